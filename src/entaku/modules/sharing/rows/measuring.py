"""Whether a principal has become too large for rows, or small enough to have them again.

It is counted when somebody shares with it, or comes to it, or leaves it: by reference above the threshold, with rows
below half of it. In between it stays what it is, so that one at the border is not turned over with every member.

The mode changes no answer, so it may come late, and counting is rare: as many members as are missing until a border
come or go before the principal is counted again, half of them while other processes may be at the same work.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from entaku.modules.accounts import Department, Group, Hierarchies, Hierarchy, Principal, PrincipalKind
from entaku.modules.sharing.model import PrincipalShare
from entaku.modules.sharing.rows.dirty import DirtyPairs
from entaku.modules.sharing.rows.model import Concern, Pending
from entaku.modules.sharing.rows.modes import Modes
from entaku.table import BoundTable

PRINCIPALS_KEPT_MAX = 20_000
"""Principals of which a process remembers how far they are from a border."""

SIZED = frozenset({PrincipalKind.GROUP, PrincipalKind.ROLE, PrincipalKind.DEPARTMENT})
"""An individual is one, and the organisation is always by reference."""


class Measuring:
    """Counts principals now and then, and changes their modes."""

    def __init__(self, hierarchies: Hierarchies, modes: Modes, dirty: DirtyPairs, threshold: int | None) -> None:
        """`threshold`: principals with more members than this have no rows; None is for no such size."""
        self._hierarchies, self._modes, self._dirty, self._threshold = hierarchies, modes, dirty, threshold
        self._patience: OrderedDict[tuple[str, Principal], int] = OrderedDict()

    async def measure(self, table: BoundTable, pending: Pending) -> None:
        """Counts what the item may have made larger or smaller. Called before the item is worked on, so that no rows
        are made for what is by reference then. Safe to repeat.

        At most `threshold` members and one more are read of each.
        """
        if self._threshold is None or pending.concern not in (Concern.SHARES, Concern.USER, Concern.ENTRIES):
            return
        hierarchy = await self._hierarchies.current(table)
        principals = [each for each in pending.principals if each.kind in SIZED]
        if pending.concern is not Concern.SHARES:
            principals = everything_around(hierarchy, principals)
        for principal in principals:
            if pending.concern is Concern.ENTRIES or self._is_due(table.tenant_id, principal):
                await self._measure(table, principal, self._threshold)

    async def _measure(self, table: BoundTable, principal: Principal, threshold: int) -> None:
        is_by_reference = principal in await self._modes.current(table)
        shares = await table.list(PrincipalShare.of_principal(principal=principal), limit=1)
        if not shares.items and not is_by_reference:
            return  # Nobody has a row by it. A share will have it counted.
        count = await self._dirty.count(table, principal, threshold)
        if count > threshold:
            becomes, missing = True, count - _half(threshold) + 1
        elif count < _half(threshold):
            becomes, missing = False, threshold + 1 - count
        else:
            becomes = is_by_reference
            missing = count - _half(threshold) + 1 if is_by_reference else threshold + 1 - count
        if becomes is not is_by_reference:
            await self._modes.set(table, principal, by_reference=becomes)
        self._patience[table.tenant_id, principal] = (missing - 1) // 2
        self._patience.move_to_end((table.tenant_id, principal))
        if len(self._patience) > PRINCIPALS_KEPT_MAX:
            self._patience.popitem(last=False)

    def _is_due(self, tenant_id: str, principal: Principal) -> bool:
        left = self._patience.get((tenant_id, principal), 0)
        if left:
            self._patience[tenant_id, principal] = left - 1
        return left == 0


def _half(threshold: int) -> int:
    """Of so many members at least, what is by reference stays so."""
    return (threshold + 1) // 2


def everything_around(hierarchy: Hierarchy, principals: Iterable[Principal]) -> list[Principal]:
    """The principals with all departments above them and all groups around them, as the directory is now."""
    found, row = set[Principal](), [*principals]
    while row:
        found.update(row)
        row = [parent for each in row for parent in _parents(hierarchy, each) if parent not in found]
    return sorted(found)


def _parents(hierarchy: Hierarchy, principal: Principal) -> list[Principal]:
    match hierarchy.entry(principal):
        case Department(parent=str(parent)):
            return [Principal(PrincipalKind.DEPARTMENT, parent)]
        case Group(parents=parents):
            return [Principal(PrincipalKind.GROUP, each) for each in parents]
        case _:
            return []
