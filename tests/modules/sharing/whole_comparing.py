"""Everything that the system answers about a tenant, held against the naive tenant: after each step, and at rest."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from entaku.modules.sharing import ListRequest, Permission, ReachedLibrary
from tests.modules.sharing.comparing import Comparison
from tests.modules.sharing.naive import Naive, level_of
from tests.modules.sharing.reaching import reachers
from tests.modules.sharing.row_world import RowWorld
from tests.modules.sharing.whole_notices import Listeners
from tests.modules.sharing.whole_paper import truth_on_paper, truth_stored
from tests.modules.sharing.world import ROOT

Rows = dict[str, dict[str, ReachedLibrary]]
"""By user and id of the library."""


class WholeComparison:
    """Every method raises AssertionError where the two sides differ."""

    def __init__(self, rows: RowWorld, naive: Naive, dice: random.Random, *, users_at_most: int) -> None:
        """`users_at_most`: so many lists are read by rows after each step; all are worked out from shares."""
        self._rows, self._naive, self._dice = rows, naive, dice
        self._users_at_most = users_at_most
        self._comparison = Comparison(rows.world, naive, dice)
        self._ended_in_bin = set[str]()
        self.listeners = Listeners(rows, naive)

    async def step(self) -> None:
        """All pairs, all lists; of one user and one library everything that is said of them."""
        world, naive, dice, one = self._rows.world, self._naive, self._dice, self._comparison
        self.listeners.look()
        assert await truth_stored(world, naive) == truth_on_paper(naive)
        await one.checks()
        together = await self._lists_at_once()
        users = dice.sample([*naive.people], min(self._users_at_most, len(naive.people)))
        for each in users:
            assert await world.listed(each) == together[each], each
            await one.first_page(each)
        user = users[0]
        assert await self._rows.listed_from_truth(user) == together[user]
        await one.list(user)
        await self._filtered(user, together[user])
        if naive.libraries:
            library = dice.choice([*naive.libraries])
            await one.access(user, library)
            if naive.is_open_to(ROOT, library):
                await self._reverse(library, together)

    async def _lists_at_once(self) -> Rows:
        """As worked out from shares for all users together; what they may do is compared with the naive tenant."""
        naive, world = self._naive, self._rows.world
        users = [*naive.people, "nobody"]
        found = await world.sharing.many_lists.of_users(world.actor(), users, ListRequest(limit=100))
        assert found.missing == ("nobody",)
        lists = {page.user_id: {row.library_id: row for row in page.libraries} for page in found.pages}
        for user in naive.people:
            may = {each: frozenset(map(str, row.permissions)) for each, row in lists[user].items()}
            assert may == {each: held for each in naive.libraries if (held := naive.may(user, each))}, user
        return lists

    async def _filtered(self, user: str, rows: dict[str, ReachedLibrary]) -> None:
        """Those with one permission, two at a time."""
        permission = self._dice.choice([*Permission])
        found = await self._rows.world.listed(user, permission=permission, limit=2, sort="id")
        assert found == {each: row for each, row in rows.items() if permission in row.permissions}
        assert [*found] == sorted(found)

    async def _reverse(self, library: str, lists: Rows) -> None:
        """Who reaches a library is who has it in a list."""
        naive = self._naive
        sort: Any = self._dice.choice(["id", "name", "granted_at"])
        found = await reachers(self._rows.world, library, limit=self._dice.randint(1, 4), sort=sort)
        expected = {user: rows[library] for user, rows in lists.items() if library in rows}
        assert {*found} == {*expected}
        for user, reacher in found.items():
            counting = naive.counting(user, library, naive.now)
            transitions = naive.transitions(user, library)
            nearest = min((level_of(principal), principal) for principal, _ in counting)[1] if counting else None
            row = expected[user]
            assert (reacher.permissions, reacher.access_type) == (row.permissions, row.access_type)
            assert reacher.granted_at == row.granted_at
            assert reacher.next_transition == (transitions[0] if transitions else None)
            assert (None if reacher.via is None else str(reacher.via)) == nearest

    async def around(self, by: timedelta, let_pass: Callable[[timedelta], Awaitable[None]]) -> None:
        """Nobody can hear later what was announced long ago, and nobody stands in the middle of a write for days."""
        is_long = by >= timedelta(days=1)
        for worker in self._rows.workers if is_long else ():
            await worker.finish()
        await self.listeners.listen()
        await let_pass(by)
        if is_long:
            await self._rows.hear_from_now()

    async def rest(self) -> None:
        """Until nothing is left to be done; then rows are the truth, and users were told what has changed."""
        rows, world = self._rows, self._rows.world
        await rows.app.sharing.rows.transitions.sweep(rows.table, world.clock.now())
        await rows.finish()
        assert await rows.pending() == []
        for job in ("drift", "statistics"):
            assert (await world.sharing.jobs.run(world.actor(), job)).found == 0, job
        await self.listeners.hear()

    async def rest_and_expiry(self) -> None:
        """At rest what has ended long enough ago is removed, with a record; and nothing else."""
        await self.rest()
        world, naive, kept = self._rows.world, self._naive, self._rows.app.config.ended_shares_kept_days
        self.listeners.look()
        await world.sharing.jobs.run(world.actor(), "expiry")
        stored = await truth_stored(world, naive)
        for library, known in naive.libraries.items():
            if known.kept_until is not None:
                self._ended_in_bin.add(library)
            for principal, share in [*known.shares.items()]:
                end = share.terms.expires_at
                is_over = end is not None and (naive.now - end).days >= kept and known.kept_until is None
                is_there = principal in stored["shares"].get(library, {})
                # One that was looked at in the bin waits for as long again.
                if is_over and not (is_there and library in self._ended_in_bin):
                    del known.shares[principal]
                    known.records += 1
        assert stored == truth_on_paper(naive)
        await self.rest()
