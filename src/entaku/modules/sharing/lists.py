"""Everything a user reaches, from the truth: the shares of each of the user's principals, merged by library, evaluated.

A library stands here for a thing of any kind: the list is one of libraries, or of another kind of resource.

Always exact, with no index and no job. What is listed was true at one instant. The cost grows with the number of the
user's principals and of the libraries they reach.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal, Protocol

import msgspec

from entaku.core.clock import Clock
from entaku.core.context import Actor
from entaku.core.errors import Forbidden, Invalid
from entaku.core.ids import check_id
from entaku.core.limits import ATTEMPTS_MAX, PAGE_SIZE_MAX, SEARCH_LENGTH_MAX
from entaku.modules.accounts import Directory, Hierarchy, Principal, UserProfile, UserState
from entaku.modules.sharing.list_facts import ListMemory
from entaku.modules.sharing.model import Permission
from entaku.modules.sharing.reached import ListedLibrary, ReachedLibrary, SharedLibrary, rows_of, ways_by_library
from entaku.modules.sharing.shareable import ResourceKind
from entaku.table import BoundTable, Reader, Table, fold

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


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What to work out, of which a page is then a part."""

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
    rows: list[tuple[ListedLibrary, ReachedLibrary]]
    """In no order."""
    valid_until: datetime | None


class ByRows(Protocol):
    """What lists are made of in place of shares, where they are kept ready."""

    async def reached(self, reader: Reader, wanted: Wanted) -> Reached:
        """The very same as `reached_from_truth`, read through a reader of one instant."""
        ...


class FactsForLists(Protocol):
    """What a list asks for; see `list_facts.ListFacts`."""

    async def profile_and_directory(self, user_id: str) -> tuple[UserProfile, Directory, Hierarchy]: ...

    async def owned_and_shared(
        self, user_id: str, principals: Sequence[Principal]
    ) -> tuple[list[str], list[tuple[SharedLibrary, ...]]]: ...

    async def libraries(self, library_ids: Iterable[str]) -> list[ListedLibrary | None]: ...


class Lists:
    """Lists of what users reach. One's own for everybody, anybody's for administrators."""

    def __init__(
        self,
        table: Table,
        clock: Clock,
        kind: ResourceKind[Any],
        by_rows: ByRows,
        memory: ListMemory | None = None,
    ) -> None:
        self._table, self._clock = table, clock
        self._kind, self._by_rows, self._memory = kind, by_rows, memory

    async def of_user(self, actor: Actor, user_id: str, request: ListRequest) -> ReachedPage:
        """One page. Exactly once holds for libraries whose place in the order does not change meanwhile: under
        `sort=name` one that is renamed may repeat or be missed, under `sort=id` none.

        Names that are the same for as long as the table sorts them stand in the order of ids.

        Raises Forbidden, NotFound, Invalid for a limit, cursor or search text that does not fit.
        """
        check_may_list(actor, user_id)
        check_request(request)
        table = self._table.for_tenant(actor.tenant_id)
        wanted = Wanted(
            user_id=check_id(user_id, "user"),
            now=self._clock.now(),
            include_expired=request.include_expired,
            tells_all=tells_all(actor, request),
        )
        return page_of(table, self._kind, await self._reached(table, wanted), request)

    async def _reached(self, table: BoundTable, wanted: Wanted) -> Reached:
        """Everything the user reaches, as it was at one instant."""
        for _ in range(ATTEMPTS_MAX if self._memory is not None else 0):
            assert self._memory is not None
            if (found := await self._memory.attempt(table, lambda f: reached_from_truth(f, wanted))) is not None:
                return found[0]
        # Nothing is remembered here, or others write so much that no moment was quiet: a snapshot needs none.
        return await table.snapshot(lambda reader: self._by_rows.reached(reader, wanted))


def page_of(table: BoundTable, kind: ResourceKind[Any], reached: Reached, request: ListRequest) -> ReachedPage:
    """The page that the request asks for. Raises Invalid for a cursor of another list."""
    wanted = fold(request.q)
    rows = sorted(
        (
            (_sort_key(library, row, request.sort), row)
            for library, row in reached.rows
            if (not wanted or wanted in library.folded_name)
            and (request.permission is None or request.permission in row.permissions)
        ),
        key=lambda pair: pair[0],
    )
    order = f"{request.sort} who {request.permission or ''}"
    listing = f"{kind.name} of {reached.user_id} by {order} with {wanted} {request.include_expired}"
    total = len(rows)
    if request.cursor is not None:
        library_id, _, text = table.open_cursor(listing, request.cursor).partition(" ")
        rows = [pair for pair in rows if pair[0] > (text, library_id)]
    page = rows[: request.limit]
    cursor = None
    if len(rows) > len(page):
        text, library_id = page[-1][0]
        cursor = table.seal_cursor(listing, f"{library_id} {text}")  # No id holds a space.
    return ReachedPage(
        user_id=reached.user_id,
        total=total,
        libraries=tuple(row for _, row in page),
        next_cursor=cursor,
        valid_until=reached.valid_until,
        depends_on=reached,
    )


async def reached_from_truth(facts: FactsForLists, wanted: Wanted) -> Reached:
    """Everything the user reaches, worked out from shares. Right if all that is read is as it was at one instant."""
    user_id = wanted.user_id
    profile, directory, hierarchy = await facts.profile_and_directory(user_id)
    memberships = hierarchy.memberships(profile)
    principals = [membership.principal for membership in memberships]
    owned, shared = await facts.owned_and_shared(user_id, principals)
    ways = ways_by_library(owned, zip(memberships, shared, strict=True))
    libraries = await facts.libraries(ways)
    rows, valid_until = rows_of(
        user_id,
        zip(libraries, ways.values(), strict=True) if profile.state is UserState.ACTIVE else (),
        policy=directory.sharing_policy,
        now=wanted.now,
        include_expired=wanted.include_expired,
        tells_all=wanted.tells_all,
    )
    return Reached(user_id, tuple(str(principal) for principal in principals), frozenset(ways), rows, valid_until)


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


def _sort_key(library: ListedLibrary, row: ReachedLibrary, sort: Sort) -> tuple[str, str]:
    """What the row sorts by; the id makes every key another one."""
    match sort:
        case "name":
            return library.sorts_as, library.library_id
        case "granted_at":
            return row.granted_at.isoformat(timespec="milliseconds"), library.library_id
        case "owner":
            return library.owner, library.library_id
        case "id":
            return "", library.library_id
