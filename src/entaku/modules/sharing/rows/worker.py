"""Works through what is pending. Any number may do so at once, and be killed anywhere: somebody else goes on.

A pending item goes when each of its pairs was settled after it had been written. An item of many pairs notes how far it
has come.
"""

from __future__ import annotations

import msgspec

from entaku.core.clock import Clock
from entaku.core.errors import Conflict
from entaku.core.limits import PAGE_SIZE_MAX
from entaku.modules.accounts import PrincipalKind
from entaku.modules.sharing.rows.computing import is_by_reference
from entaku.modules.sharing.rows.dirty import DirtyPairs
from entaku.modules.sharing.rows.model import Concern, Pending
from entaku.modules.sharing.rows.modes import Modes
from entaku.modules.sharing.rows.settling import Settling
from entaku.modules.sharing.rows.transitions import Transitions
from entaku.table import BoundTable, changed

STEPS_BETWEEN_NOTES = 5
"""A worker that is killed leaves at most so many steps to be done again."""


class WorkDone(msgspec.Struct, frozen=True):
    """What a run came to."""

    items: int
    rows: int


class RowsWorker:
    """Settles what is pending in one tenant after the other."""

    def __init__(
        self,
        dirty: DirtyPairs,
        settling: Settling,
        modes: Modes,
        transitions: Transitions,
        clock: Clock,
        threshold: int | None,
    ) -> None:
        """`threshold`: principals with more members than this have no rows; None is for no such size."""
        self._dirty, self._settling, self._modes, self._transitions = dirty, settling, modes, transitions
        self._clock, self._threshold = clock, threshold

    async def catch_up(self, table: BoundTable, *, items_max: int | None = None) -> WorkDone:
        """Works until nothing is pending that was there when it began. Safe to repeat, and beside others."""
        items = rows = 0
        cursor: str | None = None
        while True:
            page = await table.list(Pending.all(), limit=PAGE_SIZE_MAX, after=cursor)
            for pending in page.items:
                if items_max is not None and items >= items_max:
                    return WorkDone(items, rows)
                rows += await self.do(table, pending)
                items += 1
            cursor = page.cursor
            if cursor is None:
                return WorkDone(items, rows)

    async def do(self, table: BoundTable, pending: Pending) -> int:
        """Settles the pairs of one item and removes it; how many rows were written."""
        if pending.concern is Concern.SHARES:
            assert pending.resource is not None
            await self._transitions.note(table, pending.resource, pending.principals, self._clock.now())
            await self._measure(table, pending)
        written, steps = 0, 0
        async for step in self._dirty.of(table, pending):
            pairs = self._settling.pairs(step.pairs)
            written += await self._settling.settle(table, pairs) if pairs else 0
            steps += 1
            pending = changed(pending, settled=pending.settled + len(pairs), position=step.position)
            if steps % STEPS_BETWEEN_NOTES == 0:
                try:
                    pending = await table.replace(pending)
                except Conflict:
                    return written  # Somebody else is at it, or has done it.
        await self._acknowledge(table, pending)
        return written

    async def _acknowledge(self, table: BoundTable, pending: Pending) -> None:
        """Whoever is first removes it; each of them has settled every pair."""
        current = await table.find(Pending.at(pending_id=pending.pending_id))
        if current is None:
            return
        try:
            await table.delete(current)
        except Conflict:
            return

    async def _measure(self, table: BoundTable, pending: Pending) -> None:
        """Puts a principal that has grown above the threshold by reference, before rows are made for it."""
        if self._threshold is None:
            return
        modes = await self._modes.current(table)
        for principal in pending.principals:
            if principal.kind is PrincipalKind.INDIVIDUAL or is_by_reference(principal, modes):
                continue
            if await self._dirty.count(table, principal, self._threshold) > self._threshold:
                await self._modes.set(table, principal, by_reference=True)
