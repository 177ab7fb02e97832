"""Whatever happens to a tenant: who reaches each library is who has it in a list, and whom a check lets in.

A failure names its seed; `SHARING_SEED=4711` plays that history again.
"""

from __future__ import annotations

import os
import random
from typing import Any

import pytest

from entaku.main import App
from entaku.modules.accounts import SharingPolicy
from entaku.modules.sharing import ListRequest, Permission, Reacher, Reachers, ReachersBounds
from entaku.modules.sharing.model import library_resource
from entaku.testing import ManualClock
from tests.modules.sharing.comparing import Comparison
from tests.modules.sharing.histories import History
from tests.modules.sharing.naive import Naive, level_of
from tests.modules.sharing.reaching import asked, reachers, walked
from tests.modules.sharing.world import ROOT, World

STEPS = 60
STEPS_IN_A_STORM = 12
STEPS_SLOW = 600
TIGHT = ReachersBounds(counted_unasked=1, sorted=2, counted=3, looked_at=2, member_lists=1)


class Everywhere:
    """Holds the lists of those who reach each library against what can be worked out on paper."""

    def __init__(self, world: World, naive: Naive, dice: random.Random) -> None:
        self.world, self.naive, self.dice = world, naive, dice
        kinds, hierarchies = world.sharing.kinds, world.accounts.hierarchies
        self.tight = Reachers(world.app.table, hierarchies, world.clock, kinds, TIGHT)

    async def check(self) -> None:
        by_list = await self.by_list()
        for library in self.naive.libraries:
            if not self.naive.is_open_to(ROOT, library):
                continue
            found = await reachers(self.world, library, limit=self.dice.randint(1, 4), sort=self.sort())
            assert {user: reacher.permissions for user, reacher in found.items()} == by_list.get(library, {})
            assert {*found} == {user for user in self.naive.people if self.naive.may(user, library)}
            for user, reacher in found.items():
                self.one(user, library, reacher)
            await self.walk(library, [*found.values()])

    def one(self, user: str, library: str, reacher: Reacher) -> None:
        """What is said of somebody."""
        naive = self.naive
        counting = naive.counting(user, library, naive.now)
        transitions = naive.transitions(user, library)
        nearest = min((level_of(principal), principal) for principal, _ in counting)[1] if counting else None
        assert frozenset(reacher.permissions) == naive.may(user, library)
        assert reacher.access_type == naive.access_type(user, library)
        assert reacher.next_transition == (transitions[0] if transitions else None)
        assert (None if reacher.via is None else str(reacher.via)) == nearest
        begun = naive.libraries[library].created_at
        assert reacher.granted_at == min((share.granted_at for _, share in counting), default=begun)

    async def walk(self, library: str, expected: list[Reacher]) -> None:
        """The same where everything is too much."""
        permission: Any = self.dice.choice([None, *Permission])
        request = asked(limit=self.dice.randint(1, 3), permission=permission)
        pages = await walked(self.world, self.tight, request, resource=library_resource(library))
        found = [reacher for page in pages for reacher in page.users]
        wanted = [each for each in expected if permission is None or permission in each.permissions]
        assert found == sorted(wanted, key=lambda each: each.user_id)

    async def by_list(self) -> dict[str, dict[str, tuple[Permission, ...]]]:
        """Every user's list, turned round: by library, who has what."""
        found: dict[str, dict[str, tuple[Permission, ...]]] = {}
        for user in self.naive.people:
            page = await self.world.sharing.lists.of_user(self.world.actor(), user, ListRequest(limit=100))
            for row in page.libraries:
                found.setdefault(row.library_id, {})[user] = row.permissions
        return found

    def sort(self) -> Any:
        return self.dice.choice(["id", "name", "granted_at"])


async def played(app: App, clock: ManualClock, policy: SharingPolicy, seed: int, steps: int) -> None:
    """A history of so many steps, looked at after each."""
    seed = int(os.environ.get("SHARING_SEED", seed))
    world = await World(app, clock, f"tenant-{seed}").create(policy)
    history, dice = History(world, Naive(clock.now(), policy is SharingPolicy.UNION), seed), random.Random(seed)
    everywhere, comparison = Everywhere(world, history.naive, dice), Comparison(world, history.naive, dice)
    try:
        await history.begin()
        for _ in range(steps):
            await dice.choice([history.step, history.step, history.step_of_directory])()
            await everywhere.check()
            await comparison.checks()
    except AssertionError as error:
        latest = "\n  ".join(history.log[-12:])
        raise AssertionError(f"SHARING_SEED={seed}, policy {policy}, the latest:\n  {latest}\n{error}") from error


@pytest.mark.parametrize("policy", list(SharingPolicy))
async def test_who_reaches_a_library_is_who_has_it_in_a_list(
    app: App, clock: ManualClock, policy: SharingPolicy, is_storm: bool
) -> None:
    await played(app, clock, policy, seed=31, steps=STEPS_IN_A_STORM if is_storm else STEPS)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [32, 33, 34])
@pytest.mark.parametrize("policy", list(SharingPolicy))
async def test_the_same_holds_in_long_histories(
    fair_app: App, clock: ManualClock, policy: SharingPolicy, seed: int
) -> None:
    await played(fair_app, clock, policy, seed, STEPS_SLOW)
