"""What a review is asked, and what it says."""

from __future__ import annotations

from datetime import datetime

import msgspec

from entaku.modules.sharing.access.evaluation import AccessType
from entaku.modules.sharing.model import Permission
from entaku.modules.sharing.shareable import Resource, ResourceState

USERS_AT_ONCE = 50
"""Users whose trails are read in one call, of whom a document has a page or more."""
RECORDS_OF_TARGET_MAX = 50_000
"""Records of one thing that a review reads."""

ACCESSES_AT_ONCE = 1_000
"""Accesses of a page: over REST it ends with the user with whom it has so many, and a document with as many is split,
so that no line of it is too long to be read."""
THINGS_PAGED_MAX = 20_000
"""Resources that are looked at for a page over REST; the command line has no such bound."""
DOCUMENTS_AT_ONCE_MAX = 2
"""Of one tenant, made over REST by one process: as long as somebody reads one, it holds what the tenant was."""
USERS_IN_DOCUMENT_MAX = 20_000
"""Users of a tenant whose document is made over REST, in seconds; the command line has no such bound."""


class ReviewRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which accesses to review: those of everybody to everything, unless a person or a resource is named."""

    at: datetime
    """Not in the future. What happens in this very millisecond has happened."""
    user_id: str | None = None
    resource: Resource | None = None


class ReviewBounds(msgspec.Struct, frozen=True, kw_only=True):
    """How much may be looked at for one review, so that it ends in the time that a caller waits."""

    things_max: int = THINGS_PAGED_MAX
    users_max: int = USERS_IN_DOCUMENT_MAX
    documents_max: int = DOCUMENTS_AT_ONCE_MAX


class ReviewedAccess(msgspec.Struct, frozen=True, kw_only=True):
    """What one user could do with one resource at the instant, and by what."""

    user_id: str
    user_name: str
    """As it was then, as all of this."""
    resource: Resource
    name: str
    owner: str
    state: ResourceState
    permissions: tuple[Permission, ...]
    access_type: AccessType
    via: tuple[str, ...]
    """The principals by whose shares it was, nearest first; none for the owner."""
    granted_at: datetime
    granted_by: str
    expires_at: datetime | None = None
    """When, as things stood then, one of the permissions would end."""


class ReviewPage(msgspec.Struct, frozen=True, kw_only=True):
    """The accesses of some users, by user id and then by resource. Users without any are counted and not shown."""

    users: int
    """Who were there at the instant and active."""
    accesses: tuple[ReviewedAccess, ...]
    cursor: str | None = None
    """None on the last page. A page may have no accesses although more follow."""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One access about which trail and shares do not agree."""

    user_id: str
    resource: Resource
    by_trail: tuple[Permission, ...]
    by_shares: tuple[Permission, ...]


class TrailDrift(msgspec.Struct, frozen=True, kw_only=True):
    """Whether what the trail comes to is what is true."""

    looked_at: int
    """Users."""
    differing: int
    """Accesses."""
    examples: tuple[Difference, ...]
    """At most `EXAMPLES_MAX` of them."""


EXAMPLES_MAX = 20
