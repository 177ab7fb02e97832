"""Long pieces of work on the rows of a tenant, one user after the other. Whoever is killed is followed by who goes on.

    rows    every row that must be there; lists are made of rows from then on
    drift   how many rows do not say what the truth says: none, when nothing is pending

Users are found by the index of names: who is created meanwhile has a pending item, so that an index that lags misses
nobody.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from entaku.core.clock import Clock
from entaku.modules.accounts import (
    ORGANISATION,
    Directory,
    Hierarchies,
    Principal,
    PrincipalKind,
    Usage,
    UserProfile,
    complete_roll,
    enroll_present,
    individual,
)
from entaku.modules.sharing.access.truth import Pair
from entaku.modules.sharing.jobs.kinds import Counted, JobKind
from entaku.modules.sharing.jobs.running import Run
from entaku.modules.sharing.model import REACHED_MAX, PrincipalShare
from entaku.modules.sharing.rows.dirty import PAIRS_AT_ONCE, DirtyPairs
from entaku.modules.sharing.rows.model import RowsState
from entaku.modules.sharing.rows.settling import Settling
from entaku.modules.sharing.rows.transitions import Transitions
from entaku.modules.sharing.rows.worker import RowsWorker
from entaku.table import BoundTable, Transaction, changed, pages_of

USERS_AT_ONCE = 20
"""A run that is killed leaves at most so many users to be done again."""

OfUser = Callable[[str], Awaitable[int]]


class RowJobs:
    """Builds rows and compares them with the truth."""

    def __init__(
        self,
        hierarchies: Hierarchies,
        dirty: DirtyPairs,
        settling: Settling,
        transitions: Transitions,
        worker: RowsWorker,
        clock: Clock,
    ) -> None:
        self._hierarchies, self._dirty, self._settling = hierarchies, dirty, settling
        self._transitions, self._worker, self._clock = transitions, worker, clock

    @property
    def kinds(self) -> tuple[JobKind, ...]:
        """The jobs of this file."""
        return (
            JobKind(
                "rows",
                "Build the rows that lists are made of, and work through what is pending.",
                Counted("user", "users"),
                Counted("row written", "rows written"),
                self.build,
            ),
            JobKind(
                "drift",
                "Compare the rows with the shares, and say how many differ.",
                Counted("user", "users"),
                Counted("row that differs", "rows that differ"),
                self.compare,
            ),
        )

    async def build(self, table: BoundTable, run: Run) -> None:
        """Makes every row that must be there, and the roll where there is none yet. Safe to repeat: rows that are right
        are not written again."""
        has_roll = (await table.get(Directory.at())).has_roll

        async def of_user(user_id: str) -> int:
            if not has_roll:
                await enroll_present(table, user_id)
            await self._note_transitions(table, individual(user_id))
            count = 0
            for pairs in await self._pairs(table, user_id):
                count += await self._settling.settle(table, pairs)
            return count

        if run.position is None:
            await table.run(lambda tx: _begin(tx, table))
            await self._note_transitions_of_all(table)
        await self._for_each_user(table, run, of_user)
        await complete_roll(table)
        await table.run(lambda tx: _complete(tx, table))
        await self._transitions.sweep(table, self._clock.now())
        await self._worker.catch_up(table)

    async def compare(self, table: BoundTable, run: Run) -> None:
        """Compares every row with the truth, and finds those that differ. What is pending may differ."""

        async def of_user(user_id: str) -> int:
            now, count = self._clock.now(), 0
            for pairs in await self._pairs(table, user_id):
                count += len(await self._settling.differing(table, pairs, now))
            return count

        await self._for_each_user(table, run, of_user)

    async def _pairs(self, table: BoundTable, user_id: str) -> list[list[Pair]]:
        named = [(user_id, resource) for resource in await self._dirty.resources_of(table, user_id)]
        pairs = self._settling.pairs(named)
        return [pairs[start : start + PAIRS_AT_ONCE] for start in range(0, len(pairs), PAIRS_AT_ONCE)]

    async def _for_each_user(self, table: BoundTable, run: Run, of_user: OfUser) -> None:
        usage = await table.find(Usage.at())
        await run.expect(0 if usage is None else usage.users)
        async for page in pages_of(table, UserProfile.by_name(), limit=USERS_AT_ONCE, after=run.position):
            found = sum([await of_user(profile.user_id) for profile in page.items])
            await run.note(looked_at=len(page.items), found=found, position=page.cursor)

    async def _note_transitions_of_all(self, table: BoundTable) -> None:
        """Of all principals but people, who come one after the other."""
        hierarchy = await self._hierarchies.current(table)
        await self._note_transitions(table, ORGANISATION)
        for kind, ids in (
            (PrincipalKind.DEPARTMENT, hierarchy.departments),
            (PrincipalKind.GROUP, hierarchy.groups),
            (PrincipalKind.ROLE, hierarchy.roles),
        ):
            for each in ids:
                await self._note_transitions(table, Principal(kind, each))

    async def _note_transitions(self, table: BoundTable, principal: Principal) -> None:
        (twins,) = await table.list_all(PrincipalShare.of_principal(principal=principal), at_most=REACHED_MAX)
        for twin in twins:
            if twin.terms.starts_at is not None or twin.terms.expires_at is not None:
                await self._transitions.note(table, twin.resource, [principal], self._clock.now())


async def _begin(tx: Transaction, table: BoundTable) -> None:
    """What is noted from now on is swept and cleared; what lies further back moves that mark."""
    if await table.find(RowsState.at()) is None:
        tx.create(RowsState(swept_until=tx.now, cleared_until=tx.now))


async def _complete(tx: Transaction, table: BoundTable) -> None:
    """From now on lists are made of rows."""
    tx.replace(changed(await table.get(RowsState.at()), is_complete=True))
