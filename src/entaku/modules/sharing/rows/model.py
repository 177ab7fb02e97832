"""What rows are kept in.

USER#u          / ACCESS#LIBRARY#l              AccessRow
ACCESS_PENDING  / {id}                          Pending: sorted by the time of the change
ACCESS_ROWS     / STATE                         RowsState
ACCESS_ROWS     / BY_REFERENCE#{kind}#{id}      ByReference
TRANSITIONS#d#s / {at}#...                      Transition: starts and ends of shares by day and shard
"""

from __future__ import annotations

import enum
from datetime import datetime, timedelta

import msgspec

from entaku.modules.accounts import Principal
from entaku.modules.sharing.access.evaluation import AccessType
from entaku.modules.sharing.model import Permission, Terms
from entaku.modules.sharing.shareable import Resource, ResourceState
from entaku.table import Entity, access, key

TOMBSTONES_KEPT = timedelta(hours=48)
"""How long a row is kept of an access that was lost."""
ROWS_OF_USER_MAX = 200_000
"""Rows of one user that a list reads."""
BY_REFERENCE_MAX = 20_000
"""Principals of one tenant that have no rows."""


class RowSource(msgspec.Struct, frozen=True):
    """One share that reaches the user, live or not."""

    principal: Principal
    terms: Terms


class RowThing(msgspec.Struct, frozen=True):
    """What a list shows of the resource."""

    name: str
    owner: str
    begun_at: datetime
    is_discoverable: bool
    state: ResourceState


class Told(msgspec.Struct, frozen=True):
    """An effective access, as it was announced."""

    permissions: tuple[Permission, ...]
    """In the order read, write, delete, share."""
    access_type: AccessType


class AccessRow(Entity, kind="ACCESS", changes=True, expires="expires_at"):
    """Everything by which one user reaches one resource, but for what is by reference.

    Each change of `told` is one announcement: `computing.notice_of` makes it of the change that the log tells.
    """

    user_id: str
    resource: Resource
    thing: RowThing
    sources: tuple[RowSource, ...] = ()
    """Future and ended ones too, nearest level first; none for an owner, who needs none."""
    thing_version: int
    user_version: int
    directory_version: int
    """The three versions it was computed from; 0 for a user who is gone."""
    next_transition: datetime | None = None
    """When the access may next change by itself, as seen when it was written; by-reference sources included."""
    told: Told | None = None
    """The effective access that was last announced, over all sources. Of a tombstone, what was left by reference."""
    told_at_first: Told | None = None
    """What the user had by reference when the row came into being, or came back: no row has announced it."""
    expires_at: datetime | None = None
    """Of a tombstone, which says that an access was lost."""

    @key("USER#{user_id}", "ACCESS#{resource.kind:upper}#{resource.id}")
    def at(*, user_id: str, resource: Resource) -> None:
        "The row of one user and one resource."

    @access("USER#{user_id}", "ACCESS#")
    def of_user(*, user_id: str) -> None:
        "The rows of a user, by kind and id of the resource."

    @property
    def is_tombstone(self) -> bool:
        return self.expires_at is not None


class Concern(enum.StrEnum):
    """What a pending item is about, and so which pairs it names."""

    SHARES = "shares"
    """Shares of the resource with the principals: their members."""
    THING = "thing"
    """The resource: the users named, and the members of everybody it is shared with."""
    USER = "user"
    """The users named: everything they reach or have a row of. The principals are those they came to or left."""
    ENTRIES = "entries"
    """Where the principals stand in the directory: their members, with everything each of them reaches."""
    MODE = "mode"
    """The principal has changed to rows or to by reference: its members, with everything shared with it, and with what
    their rows say is."""
    POLICY = "policy"
    """How shares add up in the tenant: every row, for what it tells."""


class Pending(Entity, kind="ACCESS_PENDING", changes=True):
    """What a change of the truth has left to be done to rows; written with the change, removed when it is done."""

    pending_id: str
    """Sorts by time."""
    concern: Concern
    resource: Resource | None = None
    principals: tuple[Principal, ...] = ()
    users: tuple[str, ...] = ()
    is_opened: bool = False
    """The resource was closed before: it may be anybody's again, and there may be no rows to tell whose."""
    happens_at: datetime | None = None
    """The instant, where a share starts or ends by itself: nobody settles it whose clock is behind that."""
    position: str = ""
    """How far a worker has come; another one goes on there."""
    settled: int = 0
    """Pairs that were looked at so far."""

    @key("ACCESS_PENDING", "{pending_id}")
    def at(*, pending_id: str) -> None:
        "One change."

    @access("ACCESS_PENDING", "")
    def all() -> None:
        "Everything of the tenant that is pending, oldest first."


class RowsState(Entity, kind="ACCESS_ROWS_STATE"):
    """Whether the rows of a tenant are complete."""

    is_complete: bool = False
    """Every pair has its row, but for those that are pending."""
    swept_until: datetime | None = None
    """Starts and ends until then have been swept."""
    cleared_until: datetime | None = None
    """Shares that ended until then have been cleared away."""
    sweep_due_at: datetime | None = None
    """Nothing is to be swept before; None where nobody knows."""

    @key("ACCESS_ROWS", "STATE")
    def at() -> None:
        "The state of the tenant's rows."


class ByReference(Entity, kind="BY_REFERENCE"):
    """That a principal has too many members for rows. Changes with the directory version."""

    principal: Principal

    @key("ACCESS_ROWS", "BY_REFERENCE#{principal}")
    def at(*, principal: Principal) -> None:
        "One principal."

    @access("ACCESS_ROWS", "BY_REFERENCE#")
    def all() -> None:
        "All of them."


class Transition(Entity, kind="TRANSITION"):
    """That a share starts or ends at an instant; a base item, because none may be missed."""

    day: str
    """Of the instant, in UTC: `2026-11-21`."""
    shard: str
    happens_at: datetime
    resource: Resource
    principal: Principal
    is_swept: bool = False
    """It has come, and the pairs that it concerns were made pending."""

    @key("TRANSITIONS#{day}#{shard}", "{happens_at}#{resource.kind:upper}#{resource.id}#{principal}")
    def at(*, day: str, shard: str, happens_at: datetime, resource: Resource, principal: Principal) -> None:
        "One start or end."

    @access("TRANSITIONS#{day}#{shard}", "")
    def of_day(*, day: str, shard: str) -> None:
        "The starts and ends of a day in one shard, in their order."


ROW_ENTITIES = (AccessRow, Pending, RowsState, ByReference, Transition)
