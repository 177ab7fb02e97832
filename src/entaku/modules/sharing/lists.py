"""Everything a user reaches, from the truth: the shares of each of the user's principals, merged by library, evaluated.

Always exact, with no index and no job. What is listed was true at one instant. The cost grows with the number of the
user's principals and of the libraries they reach.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, cast

import msgspec

from entaku.core.clock import Clock
from entaku.core.context import Actor
from entaku.core.errors import Forbidden, Invalid, NotFound, Unavailable
from entaku.core.ids import check_id, shown
from entaku.core.limits import PAGE_SIZE_MAX
from entaku.modules.accounts import Directory, Hierarchies, UserProfile, UserState
from entaku.modules.sharing.evaluation import (
    OWNER_ACCESS,
    Access,
    AccessType,
    Source,
    evaluate,
    first_lack,
    next_transition,
    reaches,
)
from entaku.modules.sharing.model import (
    REACHED_MAX,
    Library,
    LibraryState,
    Ownership,
    Permission,
    PrincipalShare,
    in_order,
)
from entaku.table import BoundTable, Entity, Query, Reader, Table, fold

Sort = Literal["name", "granted_at", "owner", "id"]


class ListRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What of a user's libraries to show, and how."""

    limit: int
    sort: Sort = "name"
    q: str = ""
    """Only libraries whose name contains it, compared casefolded after NFKC."""
    include_expired: bool = False
    """Also libraries that the user reached once, through shares that have all ended."""
    cursor: str | None = None


class ReachedLibrary(msgspec.Struct, frozen=True, kw_only=True):
    """A library in somebody's list."""

    library_id: str
    name: str
    owner: str
    permissions: tuple[Permission, ...]
    """In the order read, write, delete, share; empty for one whose shares have all ended."""
    access_type: AccessType
    granted_at: datetime
    """The earliest grant that counts; for an owner when the library was created."""
    granted_by: str
    """Who granted that."""
    expires_at: datetime | None = None
    """When one of these permissions ends, as things stand now; past for one that has ended."""


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


class Reached(msgspec.Struct, frozen=True):
    """All that a user reaches at an instant, and what that was derived from."""

    profile: UserProfile
    principals: tuple[str, ...]
    libraries: tuple[ReachedLibrary, ...]
    library_ids: tuple[str, ...]
    """Also of libraries that are not shown, but could be after a change of theirs."""
    valid_until: datetime | None


class Lists:
    """Lists of what users reach. One's own for everybody, anybody's for administrators."""

    def __init__(self, table: Table, hierarchies: Hierarchies, clock: Clock) -> None:
        self._table, self._hierarchies, self._clock = table, hierarchies, clock

    async def of_user(self, actor: Actor, user_id: str, request: ListRequest) -> ReachedPage:
        """One page. Exactly once holds for libraries whose place in the order does not change meanwhile: under
        `sort=name` one that is renamed may repeat or be missed, under `sort=id` none.

        Raises Forbidden, NotFound, Invalid for a limit or cursor that does not fit.
        """
        check_may_list(actor, user_id)
        if not 1 <= request.limit <= PAGE_SIZE_MAX:
            raise Invalid(f"limit {request.limit} is out of range; a page holds 1 to {PAGE_SIZE_MAX} items")
        table = self._table.for_tenant(actor.tenant_id)
        reached = await self.reached(table, check_id(user_id, "user"), include_expired=request.include_expired)
        return self._page(table, reached, request)

    async def reached(self, table: BoundTable, user_id: str, *, include_expired: bool = False) -> Reached:
        """Everything a user reaches, as it was at one instant. Raises NotFound for a user who is not there."""
        now = self._clock.now()

        async def collect(reader: Reader) -> Reached:
            return await self._collect(reader, user_id, now, include_expired)

        return await table.snapshot(collect)

    async def _collect(self, reader: Reader, user_id: str, now: datetime, include_expired: bool) -> Reached:
        profile = await reader.find(UserProfile.at(user_id=user_id))
        directory = await reader.find(Directory.at())
        if profile is None or profile.state is UserState.DELETING:
            raise NotFound(f"there is no user {shown(user_id)}")
        hierarchy = None if directory is None else await self._hierarchies.at(reader, directory)
        if directory is None or hierarchy is None:
            raise Unavailable("the directory is changing; try again in a moment")
        memberships = hierarchy.memberships(profile)
        queries = cast(
            "list[Query[Entity]]",
            [
                Ownership.of_owner(owner=user_id),
                *(PrincipalShare.of_principal(principal=m.principal) for m in memberships),
            ],
        )
        owned, *shared = await reader.list_all(*queries, at_most=REACHED_MAX)
        sources: dict[str, list[Source]] = {cast("Ownership", o).resource.id: [] for o in owned}
        for membership, twins in zip(memberships, cast("list[list[PrincipalShare]]", shared), strict=True):
            for twin in twins:
                if reaches(membership, twin.terms):
                    sources.setdefault(twin.resource.id, []).append(Source(membership, twin.terms))
        libraries = await reader.find_many([Library.at(library_id=library_id) for library_id in sources])
        policy, active = directory.sharing_policy, profile.state is UserState.ACTIVE
        rows: list[ReachedLibrary] = []
        valid_until: list[datetime] = []
        for library, mine in zip(libraries, sources.values(), strict=True):
            if library is None or library.state is not LibraryState.ACTIVE or not active:
                continue
            if library.owner == user_id:
                rows.append(_row(library, OWNER_ACCESS, None))
                continue
            transition = next_transition(mine, after=now)
            if transition is not None:
                valid_until.append(transition)
            access = evaluate(mine, now=now, policy=policy)
            if access.is_any:
                lost_at = first_lack(mine, access.permissions, now=now, policy=policy) if transition else None
                rows.append(_row(library, access, lost_at))
            elif include_expired and any(s.terms.has_ended(now) for s in mine):
                rows.append(_ended_row(library, mine, now))
        return Reached(
            profile,
            tuple(str(m.principal) for m in memberships),
            tuple(rows),
            tuple(sources),
            min(valid_until, default=None),
        )

    def _page(self, table: BoundTable, reached: Reached, request: ListRequest) -> ReachedPage:
        wanted = fold(request.q)
        rows = sorted(
            (
                (_sort_key(row, request.sort), row)
                for row in reached.libraries
                if not wanted or wanted in fold(row.name)
            ),
            key=lambda pair: pair[0],
        )
        listing = f"libraries of {reached.profile.user_id} by {request.sort} with {wanted} {request.include_expired}"
        total = len(rows)
        if request.cursor is not None:
            last = tuple(msgspec.json.decode(table.open_cursor(listing, request.cursor), type=tuple[str, str]))
            rows = [pair for pair in rows if pair[0] > last]
        page = rows[: request.limit]
        cursor = None
        if len(rows) > len(page):
            cursor = table.seal_cursor(listing, msgspec.json.encode(page[-1][0]).decode())
        return ReachedPage(
            user_id=reached.profile.user_id,
            total=total,
            libraries=tuple(row for _, row in page),
            next_cursor=cursor,
            valid_until=reached.valid_until,
            depends_on=reached,
        )


def check_may_list(actor: Actor, user_id: str) -> None:
    """Raises Forbidden for somebody else's list, unless the caller administers the tenant."""
    if actor.user_id != user_id and not actor.is_admin:
        raise Forbidden("what others reach is shown to tenant administrators; your own list is at your own id")


def _sort_key(row: ReachedLibrary, sort: Sort) -> tuple[str, str]:
    """What the row sorts by; the id makes every key another one."""
    match sort:
        case "name":
            return fold(row.name), row.library_id
        case "granted_at":
            return row.granted_at.isoformat(timespec="milliseconds"), row.library_id
        case "owner":
            return row.owner, row.library_id
        case "id":
            return "", row.library_id


def _row(library: Library, access: Access, lost_at: datetime | None) -> ReachedLibrary:
    earliest = min((source.terms for source in access.winning), key=lambda terms: terms.granted_at, default=None)
    assert access.access_type is not None
    return ReachedLibrary(
        library_id=library.library_id,
        name=library.name,
        owner=library.owner,
        permissions=in_order(access.permissions),
        access_type=access.access_type,
        granted_at=library.created_at if earliest is None else earliest.granted_at,
        granted_by=library.owner if earliest is None else earliest.granted_by,
        expires_at=lost_at,
    )


def _ended_row(library: Library, sources: Iterable[Source], now: datetime) -> ReachedLibrary:
    """The library as it is shown when all that reached it has ended: the share that ended last."""
    ended = [source for source in sources if source.terms.has_ended(now)]
    last = max(ended, key=lambda source: (source.terms.expires_at, -source.level))
    return ReachedLibrary(
        library_id=library.library_id,
        name=library.name,
        owner=library.owner,
        permissions=(),
        access_type=last.principal.kind.value,
        granted_at=last.terms.granted_at,
        granted_by=last.terms.granted_by,
        expires_at=last.terms.expires_at,
    )
