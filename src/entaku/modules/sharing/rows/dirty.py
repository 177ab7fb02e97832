"""Whom and what a pending item concerns: pairs, in an order in which a worker can go on where another one stopped.

Only base items are read, never an index: what lags would be missing for good. Who comes to a principal or leaves it
while its members are read has a pending item of their own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import cast

import msgspec

from entaku.modules.accounts import (
    ORGANISATION,
    Hierarchies,
    Hierarchy,
    Member,
    Principal,
    PrincipalKind,
    UserProfile,
)
from entaku.modules.sharing.model import REACHED_MAX, SHARES_OF_LIBRARY_MAX, Ownership, PrincipalShare, Share
from entaku.modules.sharing.rows.computing import is_by_reference
from entaku.modules.sharing.rows.model import ROWS_OF_USER_MAX, AccessRow, Concern, Pending
from entaku.modules.sharing.rows.modes import By, Modes
from entaku.modules.sharing.shareable import Resource
from entaku.table import BoundTable, Entity, Query, pages_of

PAIRS_AT_ONCE = 176
"""Of one resource: what four full transactions write."""
PAIRS_OF_USERS_AT_ONCE = 5_000
"""So many pairs of one user make one step, for which the shares of the user's principals are read once."""


class Step(msgspec.Struct, frozen=True):
    """Some pairs, and the position to note when they are settled."""

    pairs: tuple[tuple[str, Resource], ...]
    position: str
    is_last: bool = False


class DirtyPairs:
    """Enumerates the pairs of pending items."""

    def __init__(self, hierarchies: Hierarchies, modes: Modes) -> None:
        self.hierarchies, self._modes = hierarchies, modes

    async def of(self, table: BoundTable, pending: Pending) -> AsyncIterator[Step]:
        """The pairs after the item's position. Some may need nothing; none that needs something is left out."""
        hierarchy = await self.hierarchies.current(table)
        modes = await self._modes.current(table)
        match pending.concern:
            case Concern.SHARES | Concern.THING:
                assert pending.resource is not None
                pairs = self._of_resource(table, pending, pending.resource, hierarchy, modes)
            case Concern.USER:
                pairs = self._of_users(table, _listed(pending.users))
            case Concern.POLICY:
                pairs = self._of_users(table, self._members_of(table, ORGANISATION, pending.position), rows_only=True)
            case Concern.ENTRIES:
                members = self._members(table, pending.principals, hierarchy, frozenset(), pending.position)
                pairs = self._of_users(table, members)
            case Concern.MODE:
                pairs = self._of_mode(table, pending, hierarchy)
        batch: list[tuple[str, Resource]] = []
        complete = current = pending.position
        async for place, user_id, resource in pairs:
            if place <= pending.position:
                continue
            if place != current:
                complete, current = current, place
                if len(batch) >= PAIRS_AT_ONCE:
                    yield Step(tuple(batch), complete)
                    batch = []
            batch.append((user_id, resource))
            if len(batch) == PAIRS_OF_USERS_AT_ONCE:
                yield Step(tuple(batch), complete)
                batch = []
        if batch:
            yield Step(tuple(batch), current, is_last=True)

    async def _of_resource(
        self, table: BoundTable, pending: Pending, resource: Resource, hierarchy: Hierarchy, modes: By
    ) -> AsyncIterator[tuple[str, str, Resource]]:
        principals = {*pending.principals}
        # What is by reference is no part of a row, but of what a row tells: of those who have one by another way.
        if pending.concern is Concern.THING or any(is_by_reference(each, modes) for each in principals):
            shares = await table.list_all(Share.of_resource(resource=resource), at_most=2 * SHARES_OF_LIBRARY_MAX)
            principals |= {share.principal for share in shares[0]}
        for user_id in pending.users:
            yield f"!{user_id}", user_id, resource  # Before the places of all principals.
        async for place, user_id in self._members(table, principals, hierarchy, modes, pending.position):
            yield place, user_id, resource

    async def _of_users(
        self, table: BoundTable, users: AsyncIterator[tuple[str, str]], *, rows_only: bool = False
    ) -> AsyncIterator[tuple[str, str, Resource]]:
        async for place, user_id in users:
            rows = self._resources_of_rows(table, user_id) if rows_only else self.resources_of(table, user_id)
            for resource in await rows:
                yield place, user_id, resource

    async def _resources_of_rows(self, table: BoundTable, user_id: str) -> list[Resource]:
        """What there is a row of that is no tombstone, which tells nothing any more."""
        (rows,) = await table.list_all(AccessRow.of_user(user_id=user_id), at_most=ROWS_OF_USER_MAX)
        return [row.resource for row in rows if not row.is_tombstone]

    async def resources_of(self, table: BoundTable, user_id: str) -> list[Resource]:
        """Everything that there is a row of, or must be: what the user owns, and what the user's principals reach."""
        hierarchy = await self.hierarchies.current(table)
        modes = await self._modes.current(table)
        profile = await table.find(UserProfile.at(user_id=user_id))
        principals = [] if profile is None else [m.principal for m in hierarchy.memberships(profile)]
        queries = [
            AccessRow.of_user(user_id=user_id),
            Ownership.of_owner(owner=user_id),
            *(PrincipalShare.of_principal(principal=p) for p in principals if not is_by_reference(p, modes)),
        ]
        found = await table.list_all(*cast("list[Query[Entity]]", queries), at_most=max(ROWS_OF_USER_MAX, REACHED_MAX))
        items = cast("list[list[AccessRow | Ownership | PrincipalShare]]", found)
        return sorted({item.resource for each in items for item in each})

    async def _of_mode(
        self, table: BoundTable, pending: Pending, hierarchy: Hierarchy
    ) -> AsyncIterator[tuple[str, str, Resource]]:
        """What is shared with the principal, and what rows say so of: a share may have gone since they were written,
        and nobody has looked after them while the principal was by reference."""
        principal = pending.principals[0]
        (twins,) = await table.list_all(PrincipalShare.of_principal(principal=principal), at_most=REACHED_MAX)
        shared = {twin.resource for twin in twins}
        async for place, user_id in self._members(table, [principal], hierarchy, frozenset(), pending.position):
            (rows,) = await table.list_all(AccessRow.of_user(user_id=user_id), at_most=ROWS_OF_USER_MAX)
            named = {row.resource for row in rows if any(source.principal == principal for source in row.sources)}
            for resource in sorted(shared | named):
                yield place, user_id, resource

    async def _members(
        self, table: BoundTable, principals: Iterable[Principal], hierarchy: Hierarchy, modes: By, after: str
    ) -> AsyncIterator[tuple[str, str]]:
        """Everybody who is one of the principals, through whatever is nested in it, each with a place; some twice."""
        wanted = [principal for principal in principals if not is_by_reference(principal, modes)]
        for principal in sorted(everything_in(hierarchy, wanted)):
            if _place(principal, "\x7f") <= after:
                continue
            if principal.kind is PrincipalKind.INDIVIDUAL:
                yield _place(principal, principal.id), principal.id
                continue
            async for member in self._members_of(table, principal, after):
                yield member

    async def _members_of(self, table: BoundTable, principal: Principal, after: str) -> AsyncIterator[tuple[str, str]]:
        """Who is directly in the principal, by user id, those left out who were settled before. Of the organisation,
        everybody on the roll; who is not on it yet has rows that are not built yet either."""
        async for page in pages_of(table, Member.of_principal(principal=principal)):
            for member in page.items:
                place = _place(principal, member.user_id)
                if place > after:
                    yield place, member.user_id

    async def count(self, table: BoundTable, principal: Principal, at_most: int) -> int:
        """How many are the principal, as far as `at_most` and one more; who is it twice counts twice."""
        hierarchy = await self.hierarchies.current(table)
        count = 0
        async for _ in self._members(table, [principal], hierarchy, frozenset(), ""):
            count += 1
            if count > at_most:
                break
        return count


def everything_in(hierarchy: Hierarchy, principals: Sequence[Principal]) -> set[Principal]:
    """The principals with all departments below and all groups inside them."""
    found, row = set[Principal](), [*principals]
    while row:
        found.update(row)
        row = [
            child
            for each in row
            for child in (Principal(each.kind, child_id) for child_id in hierarchy.children_of(each))
            if child not in found
        ]
    return found


async def _listed(users: Sequence[str]) -> AsyncIterator[tuple[str, str]]:
    for user_id in users:
        yield user_id, user_id


def _place(principal: Principal, user_id: str) -> str:
    return f"{principal.kind.value} {principal.id} {user_id}"
