"""What is asked about everyone who reaches a resource, and what is answered."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from entaku.modules.accounts import Principal
from entaku.modules.sharing.access.evaluation import AccessType
from entaku.modules.sharing.model import Permission
from entaku.modules.sharing.shareable import Resource

ReachersSort = Literal["id", "name", "granted_at"]

COUNTED_UNASKED_MAX = 500
"""With more candidates than so many, a total is worked out only where it is asked for."""
SORTED_MAX = 2_000
"""More candidates stand in the order of ids only: any other order needs all of them for each page."""
COUNTED_MAX = 10_000
"""More candidates are not counted in one answer."""
LOOKED_AT_MAX = 1_000
"""Candidates that one page looks at. What few of them pass leaves the page short, with a cursor to go on."""
MEMBER_LISTS_MAX = 1_000
"""Principals whose members are merged, each a listing of its own in every call; with more, everybody is a candidate."""


class ReachersBounds(msgspec.Struct, frozen=True, kw_only=True):
    """How much work a page may be."""

    counted_unasked: int = COUNTED_UNASKED_MAX
    sorted: int = SORTED_MAX
    counted: int = COUNTED_MAX
    looked_at: int = LOOKED_AT_MAX
    member_lists: int = MEMBER_LISTS_MAX


class ReachersRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which of those who reach a resource to show, and how."""

    limit: int
    sort: ReachersSort = "id"
    q: str = ""
    """Only users whose name or id contains it, compared casefolded after NFKC."""
    permission: Permission | None = None
    """Only users who have it now."""
    exact_total: bool = False
    """Count them, also where that takes work that nobody needs for the page."""
    cursor: str | None = None


class Reacher(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who reaches a resource, now."""

    user_id: str
    name: str
    permissions: tuple[Permission, ...]
    """In the order read, write, delete, share."""
    access_type: AccessType
    via: Principal | None
    """The nearest principal whose share counts; None for the owner, who needs none."""
    granted_at: datetime
    """The earliest grant that counts; for the owner when the resource was created."""
    next_transition: datetime | None
    """When the access may change by itself, because a share starts or ends."""


class ReachersPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some of those who reach a resource."""

    resource: Resource
    total: int | None
    """Of the whole list, exactly; None where nobody asked for it and counting would take much work."""
    users: tuple[Reacher, ...]
    next_cursor: str | None
    complete: bool
    """Whether the list is certain to hold everybody; False as long as users have to be found by an index, which may lag
    behind: in tenants from before there was a roll of users, where a share is with the organisation."""
