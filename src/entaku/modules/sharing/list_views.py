"""What comes in and goes out over the wire when the lists of many users are asked for together."""

from __future__ import annotations

import time
from typing import Annotated

import msgspec

from entaku.core.limits import PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX, SEARCH_LENGTH_MAX
from entaku.modules.sharing.list_pages import GroupedLibraries, grouped_libraries
from entaku.modules.sharing.lists import Sort
from entaku.modules.sharing.many_lists import USERS_LISTED_MAX, ListsOfUsers
from entaku.modules.sharing.model import Permission

UserId = Annotated[str, msgspec.Meta(min_length=1, examples=["hana.sato"])]


class ListsBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose libraries to list, and how; the same for each of them."""

    users: Annotated[tuple[UserId, ...], msgspec.Meta(min_length=1, max_length=USERS_LISTED_MAX)]
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_SIZE_MAX)] = PAGE_SIZE_DEFAULT
    """Libraries for each."""
    sort: Sort = "name"
    q: Annotated[str, msgspec.Meta(max_length=SEARCH_LENGTH_MAX)] = ""
    """Only libraries whose name contains this; case does not matter."""
    permission: Permission | None = None
    """Only libraries in which the user has it now."""
    include_expired: bool = False
    """Also libraries whose shares have all ended."""


class UserLibraries(msgspec.Struct, frozen=True, kw_only=True):
    """The first page of what one user reaches."""

    user_id: str
    total: int
    """Libraries of the whole list."""
    libraries: GroupedLibraries
    next_cursor: str | None
    """Send it as `cursor` to the list of this user, with the same sort, q, permission and include_expired."""
    complete: bool


class ListsView(msgspec.Struct, frozen=True, kw_only=True):
    """What each user reaches."""

    lists: tuple[UserLibraries, ...]
    """In the order in which the users were named."""
    missing: tuple[str, ...]
    """Users who are not there."""
    response_time_ms: float


def lists_view(found: ListsOfUsers, started: float) -> ListsView:
    """`started` is what `time.perf_counter` said when the request came."""
    lists = tuple(
        UserLibraries(
            user_id=page.user_id,
            total=page.total,
            libraries=grouped_libraries(page),
            next_cursor=page.next_cursor,
            complete=True,
        )
        for page in found.pages
    )
    elapsed_ms = round((time.perf_counter() - started) * 1e3, 3)
    return ListsView(lists=lists, missing=found.missing, response_time_ms=elapsed_ms)
