"""Whatever happened to a tenant: what a review says of an instant is what everybody's list said at that instant.

A failure names its seed; `SHARING_SEED=4711` plays that history again.
"""

from __future__ import annotations

import os
import secrets
from datetime import datetime

import pytest

from entaku.core.errors import NotFound
from entaku.main import App
from entaku.modules.accounts import SharingPolicy
from entaku.modules.sharing import ReviewRequest
from entaku.testing import ManualClock
from tests.modules.sharing.histories import LIBRARIES, USERS, History
from tests.modules.sharing.naive import Naive
from tests.modules.sharing.reviewing import Lists, Settle, lists_of, reviewed
from tests.modules.sharing.world import World

pytestmark = pytest.mark.thorough

STEPS = 120
STEPS_IN_A_STORM = 25
STEPS_SLOW = 2_000
POLICIES = list(SharingPolicy)


class Remembered:
    """A history, and what every list said at each of its instants."""

    def __init__(self, history: History) -> None:
        self.history, self.said = history, dict[datetime, Lists]()

    async def play(self, steps: int) -> None:
        await self.history.begin()
        for _ in range(steps):
            # People and directory move more often here than shares, which stay: that is what a trail may lose.
            await self.history.dice.choice([self.history.step, self.history.step_of_directory])()
            # What happens later in the same millisecond has happened at that instant, too.
            self.said[self.history.naive.now] = await lists_of(self.history.world, USERS)


async def remembered(app: App, clock: ManualClock, policy: SharingPolicy, seed: int, steps: int) -> Remembered:
    seed = int(os.environ.get("SHARING_SEED", seed))
    world = await World(app, clock, f"tenant-{seed}").create(policy)
    played = Remembered(History(world, Naive(clock.now(), policy is SharingPolicy.UNION), seed))
    await played.play(steps)
    return played


async def check(played: Remembered) -> None:
    """Every instant, for everybody, one person, and one library; and now, whether the trail agrees with the shares."""
    world, dice = played.history.world, played.history.dice
    assert (await world.sharing.trail_drifts.check(world.actor())).differing == 0
    for at, said in played.said.items():
        where = f"SHARING_SEED={played.history.seed} at {at}"
        assert await reviewed(world, ReviewRequest(at=at)) == said, where
        user = dice.choice(USERS)
        try:
            alone = await reviewed(world, ReviewRequest(at=at, user_id=user))
        except NotFound:
            alone = {}
        assert alone.get(user, {}) == said.get(user, {}), f"{where} of {user}"
        resource = next(iter(world.sharing.kinds)).resource(dice.choice(LIBRARIES))
        found = await reviewed(world, ReviewRequest(at=at, resource=resource))
        only = {each: {key: row for key, row in rows.items() if key == resource} for each, rows in said.items()}
        assert {each: rows for each, rows in found.items() if rows} == {e: r for e, r in only.items() if r}, where


@pytest.mark.parametrize("policy", POLICIES)
async def test_a_review_of_any_instant_says_what_the_lists_said_then(
    app: App, clock: ManualClock, policy: SharingPolicy, is_storm: bool, settled: Settle
) -> None:
    played = await remembered(app, clock, policy, 31, STEPS_IN_A_STORM if is_storm else STEPS)
    await settled()

    await check(played)


@pytest.mark.slow
@pytest.mark.parametrize("policy", POLICIES)
async def test_of_long_histories_of_any_seed_too(
    app: App, clock: ManualClock, policy: SharingPolicy, is_storm: bool, settled: Settle
) -> None:
    steps = STEPS_SLOW // (20 if is_storm else 1)
    played = await remembered(app, clock, policy, secrets.randbelow(10**9), steps)
    await settled()

    await check(played)
