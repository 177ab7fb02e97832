"""What lists are asked, and what they answer."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from entaku.core.context import Actor
from entaku.core.errors import Forbidden, Invalid
from entaku.core.limits import PAGE_SIZE_MAX, SEARCH_LENGTH_MAX
from entaku.modules.sharing.lists.reached import ListedLibrary, ReachedLibrary
from entaku.modules.sharing.model import Permission

Sort = Literal["name", "granted_at", "owner", "id"]


class ListRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What of a user's libraries to show, and how."""

    limit: int
    sort: Sort = "name"
    q: str = ""
    """Only libraries whose name contains it, compared casefolded after NFKC."""
    permission: Permission | None = None
    """Only libraries in which the user has it now."""
    include_expired: bool = False
    """Also libraries that the user reached once, through shares that have all ended. Of one that the user may not know
    of any more only administrators are told name and owner."""
    cursor: str | None = None


class ReachedPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a user's libraries."""

    user_id: str
    total: int
    """Of the whole list, exactly."""
    libraries: tuple[ReachedLibrary, ...]
    next_cursor: str | None
    valid_until: datetime | None
    """Unless something is written before, the page is right until this instant; None is for good."""
    depends_on: Reached


class WholeList(msgspec.Struct, frozen=True, kw_only=True):
    """The list of a user that is to be worked out, of which a page is then a part."""

    user_id: str
    now: datetime
    include_expired: bool
    tells_all: bool


class Reached(msgspec.Struct, frozen=True):
    """All that a user reaches at an instant, and what that was derived from."""

    user_id: str
    principals: tuple[str, ...]
    library_ids: frozenset[str]
    """Also of libraries that are not shown, but could be after a change of theirs."""
    libraries: list[tuple[ListedLibrary, ReachedLibrary]]
    """In no order."""
    valid_until: datetime | None


def check_request(request: ListRequest) -> None:
    """Raises Invalid for a limit or search text that does not fit."""
    if not 1 <= request.limit <= PAGE_SIZE_MAX:
        raise Invalid(f"limit {request.limit} is out of range; a page holds 1 to {PAGE_SIZE_MAX} items")
    if len(request.q) > SEARCH_LENGTH_MAX:
        raise Invalid(f"the search text has {len(request.q)} characters; at most {SEARCH_LENGTH_MAX} are possible")


def check_may_list(actor: Actor, user_id: str) -> None:
    """Raises Forbidden for somebody else's list, unless the caller administers the tenant."""
    if actor.user_id != user_id and not actor.is_admin:
        raise Forbidden("what others reach is shown to tenant administrators; your own list is at your own id")


def tells_all(actor: Actor, request: ListRequest) -> bool:
    """Whether a page shows more to the caller than to the user whose list it is."""
    return actor.is_admin and request.include_expired
