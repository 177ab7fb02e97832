"""Long pieces of work on the rows of a tenant, one user after the other. Whoever is killed is followed by who goes on.

    build   every row that must be there; lists are made of rows from then on
    drift   how many rows do not say what the truth says: none, when nothing is pending

How far a run has come is kept as a Job. Users are found by the index of names: who is created meanwhile has a pending
item, so that an index that lags misses nobody.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from entaku.core.clock import Clock
from entaku.modules.accounts import ORGANISATION, Hierarchies, Principal, PrincipalKind, UserProfile, individual
from entaku.modules.sharing.model import REACHED_MAX, PrincipalShare
from entaku.modules.sharing.rows.dirty import PAIRS_AT_ONCE, DirtyPairs
from entaku.modules.sharing.rows.job_notes import JobNotes
from entaku.modules.sharing.rows.model import Job, RowsState
from entaku.modules.sharing.rows.settling import Settling
from entaku.modules.sharing.rows.transitions import Transitions
from entaku.modules.sharing.shareable import Resource
from entaku.modules.sharing.truth import Pair
from entaku.table import BoundTable, Transaction, changed

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
        clock: Clock,
    ) -> None:
        self._hierarchies, self._dirty, self._settling = hierarchies, dirty, settling
        self._transitions, self._clock, self._notes = transitions, clock, JobNotes(clock)

    async def build(self, table: BoundTable) -> Job:
        """Makes every row that must be there. Safe to repeat: rows that are right are not written again."""

        async def of_user(user_id: str) -> int:
            await self._note_transitions(table, individual(user_id))
            return sum([await self._settling.settle(table, pairs) for pairs in await self._pairs(table, user_id)])

        hierarchy = await self._hierarchies.current(table)
        await self._note_transitions(table, ORGANISATION)
        for kind, ids in (
            (PrincipalKind.DEPARTMENT, hierarchy.departments),
            (PrincipalKind.GROUP, hierarchy.groups),
            (PrincipalKind.ROLE, hierarchy.roles),
        ):
            for each in ids:
                await self._note_transitions(table, Principal(kind, each))
        job = await self._for_each_user(table, "rows", of_user)
        await self._complete(table)
        return job

    async def drift(self, table: BoundTable) -> Job:
        """Compares every row with the truth; `found` is how many differ. What is pending may differ."""

        async def of_user(user_id: str) -> int:
            now = self._clock.now()
            return sum(
                [len(await self._settling.differing(table, pairs, now)) for pairs in await self._pairs(table, user_id)]
            )

        return await self._for_each_user(table, "drift", of_user)

    async def _pairs(self, table: BoundTable, user_id: str) -> list[list[Pair]]:
        named = [(user_id, resource) for resource in await self._dirty.resources_of(table, user_id)]
        pairs = self._settling.pairs(named)
        return [pairs[start : start + PAIRS_AT_ONCE] for start in range(0, len(pairs), PAIRS_AT_ONCE)]

    async def _for_each_user(self, table: BoundTable, name: str, of_user: OfUser) -> Job:
        """Goes on where the latest run stopped, or begins anew after one that was done."""
        job = await self._notes.begun(table, name)
        while True:
            page = await table.list(UserProfile.by_name(), limit=USERS_AT_ONCE, after=job.position or None)
            found = sum([await of_user(profile.user_id) for profile in page.items])
            looked_at = job.looked_at + len(page.items)
            job = changed(job, position=page.cursor or "", looked_at=looked_at, found=job.found + found)
            if page.cursor is None:
                return await self._notes.done(table, job)
            job = await table.replace(job)

    async def _note_transitions(self, table: BoundTable, principal: Principal) -> None:
        (twins,) = await table.list_all(PrincipalShare.of_principal(principal=principal), at_most=REACHED_MAX)
        resources: list[Resource] = [
            twin.resource for twin in twins if twin.terms.starts_at is not None or twin.terms.expires_at is not None
        ]
        for resource in resources:
            await self._transitions.note(table, resource, [principal], self._clock.now())

    async def _complete(self, table: BoundTable) -> None:
        """From now on lists are made of rows."""

        async def work(tx: Transaction) -> None:
            present = await table.find(RowsState.at())
            if present is None:
                tx.create(RowsState(is_complete=True, swept_until=tx.now, cleared_until=tx.now))
            else:
                tx.replace(changed(present, is_complete=True))

        await table.run(work)
