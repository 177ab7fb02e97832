"""What goes over the wire about lists: of libraries, of another kind of resource, and of many users at once."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Annotated

import msgspec

from entaku.core.limits import PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX, SEARCH_LENGTH_MAX
from entaku.modules.sharing.access.evaluation import AccessType
from entaku.modules.sharing.lists.many import USERS_LISTED_MAX, ListsOfUsers
from entaku.modules.sharing.lists.model import ReachedPage, Sort
from entaku.modules.sharing.lists.reached import ReachedLibrary
from entaku.modules.sharing.model import Permission
from entaku.modules.sharing.shareable import Resource, ResourceState

UserId = Annotated[str, msgspec.Meta(min_length=1, examples=["hana.sato"])]


class PlacedLibrary(ReachedLibrary, frozen=True, kw_only=True):
    """A library in somebody's list, and where on its page it stands."""

    place: int
    """In the order that was asked for, whatever the group; the first of each page has 1."""


class GroupedLibraries(msgspec.Struct, frozen=True, kw_only=True):
    """The libraries of a page by what the user may do; each stands in one of the three."""

    owned: tuple[PlacedLibrary, ...]
    write_access: tuple[PlacedLibrary, ...]
    read_access: tuple[PlacedLibrary, ...]


class ReachedLibraries(msgspec.Struct, frozen=True, kw_only=True):
    """One page of everything a user reaches."""

    user_id: str
    total: int
    """Libraries of the whole list, exactly: a page is cut from all of them."""
    libraries: GroupedLibraries
    next_cursor: str | None
    complete: bool
    """Whether the list, with all its pages, is everything the user reaches. Always true: what is still being worked out
    elsewhere is worked out for the list."""
    response_time_ms: float
    """Time the server took; no part of the ETag."""


class ReachedResource(msgspec.Struct, frozen=True, kw_only=True):
    """A resource in somebody's list."""

    resource: Resource
    name: str | None
    """None, as are owner and grantor, where all shares have ended and who asks may not know of it any more."""
    owner: str | None
    permissions: tuple[Permission, ...]
    """In the order read, write, delete, share; empty for one whose shares have all ended."""
    access_type: AccessType
    granted_at: datetime
    """The earliest grant that counts; for an owner when the resource was created."""
    granted_by: str | None
    expires_at: datetime | None
    """When one of these permissions ends, as things stand now; past for one that has ended."""
    state: ResourceState | None
    """`archived` is only read; None where the name is."""


class ReachedResources(msgspec.Struct, frozen=True, kw_only=True):
    """One page of everything of one kind that a user reaches, in the order that was asked for."""

    user_id: str
    total: int
    """Of the whole list."""
    items: tuple[ReachedResource, ...]
    next_cursor: str | None


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


def reached_resources(kind: str, page: ReachedPage) -> ReachedResources:
    entries = (msgspec.structs.asdict(entry) for entry in page.libraries)
    return ReachedResources(
        user_id=page.user_id,
        total=page.total,
        items=tuple(ReachedResource(resource=Resource(kind, entry.pop("library_id")), **entry) for entry in entries),
        next_cursor=page.next_cursor,
    )


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


def grouped_libraries(page: ReachedPage) -> GroupedLibraries:
    """The libraries of the page, each with its place."""
    entries = [placed(entry, place) for place, entry in enumerate(page.libraries, 1)]
    return GroupedLibraries(
        owned=tuple(entry for entry in entries if entry.access_type == "owner"),
        write_access=tuple(entry for entry in entries if entry.access_type != "owner" and _writes(entry)),
        read_access=tuple(entry for entry in entries if entry.access_type != "owner" and not _writes(entry)),
    )


def placed(entry: ReachedLibrary, place: int) -> PlacedLibrary:
    """The entry with its place on the page."""
    return PlacedLibrary(place=place, **msgspec.structs.asdict(entry))


def _writes(entry: ReachedLibrary) -> bool:
    return Permission.WRITE in entry.permissions
