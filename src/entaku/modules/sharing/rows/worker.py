"""Works through what is pending. Any number may do so at once, and be killed anywhere: somebody else goes on.

A pending item goes when each of its pairs was settled after it had been written. An item of many pairs notes after each
step how far it has come.
"""

from __future__ import annotations

import msgspec

from entaku.core.clock import Clock
from entaku.core.errors import Conflict, EntakuError
from entaku.modules.sharing.rows.dirty import DirtyPairs
from entaku.modules.sharing.rows.measuring import Measuring
from entaku.modules.sharing.rows.model import Concern, Pending
from entaku.modules.sharing.rows.modes import Modes
from entaku.modules.sharing.rows.settling import Settling
from entaku.modules.sharing.rows.transitions import Transitions
from entaku.table import BoundTable, changed, pages_of

ROUNDS = 2
"""In the second one is done what came of the first."""


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
        self._dirty, self._settling, self._transitions, self._clock = dirty, settling, transitions, clock
        self._measuring = Measuring(dirty.hierarchies, modes, dirty, threshold)

    async def catch_up(self, table: BoundTable, *, items_max: int | None = None) -> WorkDone:
        """Works until nothing is pending that was there when it began, nor what this has left to be done: a principal
        that has become too large for rows. Safe to repeat, and beside others.

        An item that cannot be done now does not stop those behind it: the first error is raised at the end.
        """
        items = rows = 0
        for _ in range(ROUNDS):
            done = await self._round(table, None if items_max is None else items_max - items)
            items, rows = items + done.items, rows + done.rows
            if not done.items or items == items_max:
                break
        return WorkDone(items, rows)

    async def _round(self, table: BoundTable, items_max: int | None) -> WorkDone:
        items = rows = 0
        failure: EntakuError | None = None
        async for page in pages_of(table, Pending.all()):
            for pending in page.items:
                if items == items_max:
                    return WorkDone(items, rows)
                try:
                    rows += await self.do(table, pending)
                except EntakuError as error:
                    failure = failure or error
                items += 1
        if failure is not None:
            raise failure
        return WorkDone(items, rows)

    async def do(self, table: BoundTable, pending: Pending) -> int:
        """Settles the pairs of one item and removes it; how many rows were written."""
        if pending.happens_at is not None and self._clock.now() < pending.happens_at:
            return 0  # It was left by a process whose clock is ahead of ours, and to ours nothing has happened yet.
        if pending.concern is Concern.SHARES:
            assert pending.resource is not None
            await self._transitions.note(table, pending.resource, pending.principals, self._clock.now())
        await self._measuring.measure(table, pending)
        written = 0
        async for step in self._dirty.of(table, pending):
            pairs = self._settling.pairs(step.pairs)
            written += await self._settling.settle(table, pairs) if pairs else 0
            pending = changed(pending, settled=pending.settled + len(pairs), position=step.position)
            if not step.is_last:
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
