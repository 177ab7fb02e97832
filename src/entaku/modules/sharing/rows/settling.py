"""Rows written from the truth: facts are read, and the row commits only if nothing of them has moved meanwhile.

So a row is right at the instant it is written, whoever else works on it, and whoever crashes where. What it is not, it
becomes by a later change, which has a pending item of its own. That is simpler than writing under the three versions
and reading them again afterwards, and it needs no memory of lost rows to be safe; the price is that a writer stands in
line with those who change the directory.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from entaku.core.errors import Unavailable
from entaku.core.limits import ATTEMPTS_MAX
from entaku.modules.accounts import Directory, Hierarchies, UserProfile
from entaku.modules.sharing.rows.computing import row_of
from entaku.modules.sharing.rows.model import AccessRow
from entaku.modules.sharing.rows.modes import Modes
from entaku.modules.sharing.shareable import Resource, ResourceKinds
from entaku.modules.sharing.truth import Facts, Pair, read_facts_of
from entaku.table import BoundTable, Transaction


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
        """Says how many rows were written. When it returns, each row has been right at an instant after the call."""
        left, written = list(pairs), 0
        for _ in range(ATTEMPTS_MAX):
            if not left:
                return written
            wanted = left
            count, left = await table.run(lambda tx, wanted=wanted: self._attempt(tx, table, wanted))
            written += count
        if left:
            raise Unavailable(f"what decides about {left[0].resource} kept changing; try again in a moment")
        return written

    async def _attempt(self, tx: Transaction, table: BoundTable, pairs: Sequence[Pair]) -> tuple[int, list[Pair]]:
        """How many rows the transaction writes, and the pairs that were not read at the same state as the first."""
        facts = await read_facts_of(table, self._hierarchies, pairs)
        first = facts[pairs[0]].directory
        together, left = _of_one_state(pairs, facts, first)
        modes = await self._modes.at(table, first)
        if modes is None:
            return 0, list(pairs)
        rows = await table.find_many([AccessRow.at(user_id=p.user_id, resource=p.resource) for p in together])
        count = 0
        for pair, before in zip(together, rows, strict=True):
            after = row_of(pair, facts[pair], modes, before, tx.now)
            if after is None or after is before:
                continue
            if before is None:
                tx.create(after)
            else:
                tx.replace(after)
            self._check(tx, pair, facts[pair])
            count += 1
        return count, left

    async def differing(self, table: BoundTable, pairs: Sequence[Pair], now: datetime) -> list[Pair]:
        """The pairs whose rows do not say what the truth says; what was announced is not compared."""
        facts = await read_facts_of(table, self._hierarchies, pairs)
        rows = await table.find_many([AccessRow.at(user_id=p.user_id, resource=p.resource) for p in pairs])
        wrong: list[Pair] = []
        for pair, before in zip(pairs, rows, strict=True):
            modes = await self._modes.at(table, facts[pair].directory)
            if modes is None:
                raise Unavailable("the directory is changing; try again in a moment")
            after = row_of(pair, facts[pair], modes, before, now)
            if after is not before and _content(after) != _content(before):
                wrong.append(pair)
        return wrong

    def _check(self, tx: Transaction, pair: Pair, facts: Facts) -> None:
        """Commits only if resource, profile and directory are what they were."""
        tx.check(facts.directory)
        if facts.thing is not None:
            tx.check(facts.thing)
        if facts.profile is None:
            tx.check_absent(UserProfile.at(user_id=pair.user_id))
        else:
            tx.check(facts.profile)


def _of_one_state(
    pairs: Sequence[Pair], facts: Mapping[Pair, Facts], directory: Directory
) -> tuple[list[Pair], list[Pair]]:
    """Those that can be written together, because what they have in common is at one version; and the others."""
    seen: dict[Resource | str, int] = {}
    together: list[Pair] = []
    left: list[Pair] = []
    for pair in pairs:
        thing, profile = facts[pair].thing, facts[pair].profile
        versions: dict[Resource | str, int] = {
            pair.resource: 0 if thing is None else thing.version,
            pair.user_id: 0 if profile is None else profile.version,
            "": facts[pair].directory.version,
        }
        fits = facts[pair].directory.version == directory.version
        if fits and all(seen.get(name, version) == version for name, version in versions.items()):
            seen.update(versions)
            together.append(pair)
        else:
            left.append(pair)
    return together, left


def _content(row: AccessRow | None) -> object:
    if row is None or row.is_tombstone:
        return None
    return row.thing, row.sources
