"""Whatever happens to a tenant, in whatever order: every answer is the one that can be worked out on paper.

A failure names its seed; `SHARING_SEED=4711` plays that history again.
"""

from __future__ import annotations

import os
import random
import secrets

import pytest

from entaku.main import App
from entaku.modules.accounts import SharingPolicy
from entaku.testing import ManualClock
from tests.modules.sharing.comparing import Comparison
from tests.modules.sharing.histories import History
from tests.modules.sharing.naive import Naive
from tests.modules.sharing.world import World

pytestmark = pytest.mark.thorough

STEPS = 200
STEPS_IN_A_STORM = 30
STEPS_SLOW = 3_000
POLICIES = list(SharingPolicy)


async def played(app: App, clock: ManualClock, policy: SharingPolicy, seed: int, steps: int) -> History:
    """A history of so many steps, compared after each."""
    seed = int(os.environ.get("SHARING_SEED", seed))
    world = await World(app, clock, f"tenant-{seed}").create(policy)
    history = History(world, Naive(clock.now(), policy is SharingPolicy.UNION), seed)
    comparison = Comparison(world, history.naive, random.Random(seed))
    try:
        await history.begin()
        for _ in range(steps):
            await history.step()
            await comparison.everything()
    except AssertionError as error:
        latest = "\n  ".join(history.log[-12:])
        raise AssertionError(
            f"SHARING_SEED={seed}, policy {policy}, at {clock.now()}, after {len(history.log)} happenings, the latest:"
            f"\n  {latest}\n{error}"
        ) from error
    return history


@pytest.mark.parametrize("policy", POLICIES)
async def test_every_answer_is_what_can_be_worked_out(
    app: App, clock: ManualClock, policy: SharingPolicy, is_storm: bool
) -> None:
    history = await played(app, clock, policy, seed=11, steps=STEPS_IN_A_STORM if is_storm else STEPS)

    assert is_storm or {"conflict", "forbidden", "not_found"} <= set(history.refused)


@pytest.mark.parametrize("policy", POLICIES)
async def test_pages_that_are_remembered_are_as_right(
    remembering_app: App, clock: ManualClock, policy: SharingPolicy
) -> None:
    await played(remembering_app, clock, policy, seed=12, steps=STEPS)


@pytest.mark.slow
@pytest.mark.parametrize("policy", POLICIES)
async def test_long_histories_of_any_seed(
    app: App, remembering_app: App, clock: ManualClock, policy: SharingPolicy, is_storm: bool
) -> None:
    for each in (app, remembering_app):
        await played(each, clock, policy, seed=secrets.randbelow(10**9), steps=STEPS_SLOW // (10 if is_storm else 1))
