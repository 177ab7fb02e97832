"""Rows written from the truth: facts are gathered, and a row commits only if nothing of them has moved meanwhile.

So a row is right at the instant it is written, whoever else works on it, and whoever crashes where. What it is not, it
becomes by a later change, which has a pending item of its own. That is simpler than writing under the three versions
and reading them again afterwards, and it needs no memory of lost rows to be safe; the price is that a writer stands in
line with those who change the directory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import msgspec

from entaku.core.errors import Conflict, Unavailable
from entaku.core.limits import ATTEMPTS_MAX, TRANSACTION_ACTIONS_MAX
from entaku.modules.accounts import Hierarchies, UserProfile
from entaku.modules.sharing.access.truth import Facts, Pair
from entaku.modules.sharing.rows.computing import row_of
from entaku.modules.sharing.rows.gathering import gather, unmoved
from entaku.modules.sharing.rows.model import AccessRow
from entaku.modules.sharing.rows.modes import By, Modes
from entaku.modules.sharing.shareable import Resource, ResourceKinds
from entaku.table import BoundTable, Transaction

ACTIONS_A_ROW_MAX = 3
"""The row, and checks of its resource and its user; the directory is checked once for all of them."""
ROWS_AT_LEAST = (TRANSACTION_ACTIONS_MAX - 1) // ACTIONS_A_ROW_MAX
"""Rows that one transaction holds whomever they belong to. Those of one user or of one resource are half as many
actions."""


class RowChange(msgspec.Struct, frozen=True):
    """A row that is not what it must be."""

    pair: Pair
    facts: Facts
    before: AccessRow | None
    after: AccessRow


class Findings(msgspec.Struct, frozen=True):
    """What was found out about some pairs: the others are right as they are, or were so while they were looked at."""

    changes: list[RowChange]
    left: list[Pair]
    """Of which something moved meanwhile."""


class Settling:
    """Makes rows what they must be."""

    def __init__(self, hierarchies: Hierarchies, modes: Modes, kinds: ResourceKinds) -> None:
        self._hierarchies, self._modes, self._kinds = hierarchies, modes, kinds

    def pairs(self, named: Iterable[tuple[str, Resource]]) -> list[Pair]:
        """The pairs by user and resource; those of kinds that no module brings any more are left alone."""
        found: dict[tuple[str, Resource], Pair] = {}
        for user_id, resource in named:
            kind = self._kinds.find(resource.kind)
            if kind is not None:
                found[user_id, resource] = Pair(user_id, resource, kind.at(resource.id))
        return list(found.values())

    async def settle(self, table: BoundTable, pairs: Sequence[Pair]) -> int:
        """Says how many rows were written. When it returns, each row has been right at an instant after the call.

        Cheapest for pairs of one user, or of one resource. Safe to repeat, and beside others.
        """
        written, left = await self._at_first(table, pairs)
        for _ in range(ATTEMPTS_MAX):
            if not left:
                return written
            again: list[Pair] = []
            for start in range(0, len(left), ROWS_AT_LEAST):
                wanted = left[start : start + ROWS_AT_LEAST]
                count, moved = await table.run(lambda tx, wanted=wanted: self._once_more(tx, table, wanted))
                written += count
                again += moved
            left = again
        if left:
            raise Unavailable(f"what decides about {left[0].resource} kept changing; try again in a moment")
        return written

    async def differing(self, table: BoundTable, pairs: Sequence[Pair], now: datetime) -> list[Pair]:
        """The pairs whose rows do not say what the truth says; what was announced is not compared."""
        wrong: list[Pair] = []
        left = list(pairs)
        for _ in range(ATTEMPTS_MAX):
            if not left:
                return wrong
            findings = await self._found(table, left, now, writes=False)
            wrong += [each.pair for each in findings.changes if _content(each.after) != _content(each.before)]
            left = findings.left
        raise Unavailable(f"what decides about {left[0].resource} kept changing; try again in a moment")

    async def _at_first(self, table: BoundTable, pairs: Sequence[Pair]) -> tuple[int, list[Pair]]:
        """Everything gathered at once, and written in transactions that are as full as can be. How many rows were
        written, and the pairs that somebody else was faster with."""
        findings = await self._found(table, pairs, table.transaction().now, writes=True)
        written, left = 0, findings.left
        for changes in _full(findings.changes):
            try:
                async with table.transaction() as tx:
                    for change in changes:
                        self._write(tx, change)
                written += len(changes)
            except Conflict:
                left += [change.pair for change in changes]
        return written, left

    async def _once_more(self, tx: Transaction, table: BoundTable, pairs: Sequence[Pair]) -> tuple[int, list[Pair]]:
        """The same for a few in one transaction, in turn with whoever else is after them."""
        findings = await self._found(table, pairs, tx.now, writes=True)
        for change in findings.changes:
            self._write(tx, change)
        return len(findings.changes), findings.left

    async def _found(self, table: BoundTable, pairs: Sequence[Pair], now: datetime, *, writes: bool) -> Findings:
        """What must change. Who `writes` it has the versions checked in doing so; else they are read once more."""
        if not pairs:
            return Findings([], [])
        gathered = await gather(table, self._hierarchies, pairs)
        modes: By | None = await self._modes.at(table, gathered.directory)
        if modes is None or not gathered.facts:
            return Findings([], list(pairs))
        rows = await table.find_many([AccessRow.at(user_id=pair.user_id, resource=pair.resource) for pair in pairs])
        changes: list[RowChange] = []
        looked_at: list[Pair] = []
        for pair, before in zip(pairs, rows, strict=True):
            facts = gathered.facts[pair]
            # No row goes back in time: what a process announced whose clock is ahead of ours stays so.
            after = row_of(pair, facts, modes, before, now if before is None else max(now, before.updated_at))
            if after is not None and after is not before:
                changes.append(RowChange(pair, facts, before, after))
            if after is None or after is before or not writes:
                looked_at.append(pair)
        right = await unmoved(table, gathered, looked_at)
        left = [pair for pair in looked_at if pair not in right]
        return Findings([each for each in changes if writes or each.pair in right], left)

    def _write(self, tx: Transaction, change: RowChange) -> None:
        """Commits only if resource, profile and directory are what they were."""
        if change.before is None:
            tx.create(change.after)
        else:
            tx.replace(change.after)
        pair, facts = change.pair, change.facts
        tx.check(facts.directory)
        if facts.thing is None:
            tx.check_absent(pair.at)
        else:
            tx.check(facts.thing)
        if facts.profile is None:
            tx.check_absent(UserProfile.at(user_id=pair.user_id))
        else:
            tx.check(facts.profile)


def _full(changes: Iterable[RowChange]) -> Iterator[list[RowChange]]:
    """The changes, as many together as one transaction holds: 44 of one user, or of one resource."""
    batch: list[RowChange] = []
    checked: set[object] = set()
    for change in changes:
        missing = {change.pair.user_id, change.pair.resource} - checked
        # What is there already, the row and its checks, and the one check of the directory.
        if len(batch) + len(checked) + 1 + len(missing) + 1 > TRANSACTION_ACTIONS_MAX:
            yield batch
            batch, checked = [], set()
        batch.append(change)
        checked |= {change.pair.user_id, change.pair.resource}
    if batch:
        yield batch


def _content(row: AccessRow | None) -> object:
    if row is None or row.is_tombstone:
        return None
    return row.thing, row.sources
