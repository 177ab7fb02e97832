"""What is kept of access requests.

USER#u              / REQUEST#LIBRARY#l     AccessRequest: under who asked, whatever they asked for
REQUEST#{id}        / PLACE                 RequestPlace: where the request of an id is
USER#u              / ASKED                 AskedLately: how often somebody has asked in the last hour
REQUESTS#LIBRARY#l  / {since}#{asked_at}#…  index 1: what waits to be decided about a resource
REQUESTS_WAITING#s  / {asked_at}#…          index 2: what waits to be decided in the tenant

Every request is in the indexes as long as it is kept, whether it is about anything or not and whether it was decided or
not: whoever looks through what waits is told how far that goes, and would else see what exists. Nothing is decided by
them, so it is no harm that some engines are a moment behind in them.
"""

from __future__ import annotations

import enum
from datetime import UTC, datetime, timedelta

import msgspec

from entaku.core.limits import PAGE_SIZE_MAX
from entaku.modules.sharing.model import Permission
from entaku.modules.sharing.shareable import Resource
from entaku.table import Entity, access, key

REQUEST_OPEN = timedelta(days=30)
"""How long a request is kept after it was asked last, decided or not."""
REQUESTS_OF_USER_MAX = 100
"""Requests of one user that are kept at the same time."""
ASKS_MAX = 30
"""How often one user may ask in `ASKS_PERIOD`, whatever for."""
ASKS_PERIOD = timedelta(hours=1)
MESSAGE_LENGTH_MAX = 500
RESOURCES_DECIDED_MAX = 100
"""Resources of one user whose waiting requests are read together. Who decides about more looks through the tenant."""
SHARES_LOOKED_AT_MAX = 1_000
"""Shares of one principal that are read for that."""
WAITING_OF_RESOURCE_MAX = PAGE_SIZE_MAX
"""Requests for one resource that are read for that."""
WAITS_FOR_NOBODY = datetime(1970, 1, 1, tzinfo=UTC)
"""In place of when the resource began: no resource is that old."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody asks for."""

    permissions: frozenset[Permission] = frozenset({Permission.READ})
    message: str | None = None
    """To whoever decides."""
    expires_at: datetime | None = None
    """Until when the access is wanted; None is for good."""


class RequestState(enum.StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    NOT_NEEDED = "not_needed"
    """Who asked has the access already, and nothing is kept; or has come to own what they asked for since."""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody has answered."""

    state: RequestState
    decided_by: str
    decided_at: datetime
    reason: str | None = None
    change_id: str | None = None
    """Of the share that was made; None where there was one already, or none was made."""


class AccessRequest(Entity, kind="ACCESS_REQUEST", expires="open_until"):
    """That somebody has asked for a resource, which may not exist."""

    user_id: str
    resource: Resource
    request_id: str
    """The same as long as the request is kept, however often it is asked again."""
    user_since: datetime
    """When who asked was created: a later user of the same id is another."""
    wanted: Wanted
    asked_at: datetime
    open_until: datetime
    thing_since: datetime | None = None
    """When the resource began that it is about; None where there was none, and whatever comes later is another."""
    waits_since: datetime | None = None
    """The same as long as somebody is to decide; WAITS_FOR_NOBODY where nobody is."""
    decision: Decision | None = None

    @key("USER#{user_id}", "REQUEST#{resource.kind:upper}#{resource.id}")
    def at(*, user_id: str, resource: Resource) -> None:
        "What a user has asked about one resource."

    @access("USER#{user_id}", "REQUEST#")
    def of_user(*, user_id: str) -> None:
        "What a user has asked for, by kind and id of the resource."

    @access("REQUESTS#{resource.kind:upper}#{resource.id}", "{waits_since}#{asked_at}#{request_id}#{user_id}", index=1)
    def of_resource(*, resource: Resource, waits_since: datetime) -> None:
        "What waits to be decided about a resource that began then, oldest first."

    @access(
        "REQUESTS_WAITING#{request_id:shard4}",
        "{asked_at}#{waits_since}#{request_id}#{user_id}#{resource.kind:upper}#{resource.id}",
        index=2,
    )
    def waiting() -> None:
        "What waits to be decided in the tenant, oldest first."


class RequestPlace(Entity, kind="REQUEST_PLACE", expires="open_until"):
    """Which request has an id."""

    request_id: str
    user_id: str
    resource: Resource
    open_until: datetime

    @key("REQUEST#{request_id}", "PLACE")
    def at(*, request_id: str) -> None:
        "The place of one request."


class AskedLately(Entity, kind="ASKED_LATELY", expires="ends_at"):
    """How often somebody has asked, in a period that began with the first time."""

    user_id: str
    count: int
    ends_at: datetime

    @key("USER#{user_id}", "ASKED")
    def at(*, user_id: str) -> None:
        "How often a user has asked lately."


REQUEST_ENTITIES = (AccessRequest, RequestPlace, AskedLately)
