"""Whatever happens, however late rows are and whoever works on them is killed: lists by rows are lists from the truth.

A failure names its seed; `SHARING_SEED=4711` plays that history again.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from entaku.modules.accounts import SharingPolicy
from entaku.modules.sharing.rows.model import Pending
from entaku.table.driver import Driver
from entaku.testing import ManualClock
from tests.modules.sharing.comparing import Comparison
from tests.modules.sharing.histories import DEPARTMENTS, GROUPS, LIBRARIES, ROLES, USERS, History
from tests.modules.sharing.naive import Naive
from tests.modules.sharing.row_world import row_world

pytestmark = pytest.mark.thorough

STEPS = 250
STEPS_IN_A_STORM = 40
MODES_CHANGED = 0.1
MOVABLE = [
    f"{kind}:{each}" for kind, ids in (("department", DEPARTMENTS), ("group", GROUPS), ("role", ROLES)) for each in ids
]


@pytest.mark.parametrize("threshold", [0, 2])
@pytest.mark.parametrize("policy", list(SharingPolicy))
async def test_lists_by_rows_are_lists_from_the_truth(
    driver: Driver, clock: ManualClock, tmp_path: Path, policy: SharingPolicy, threshold: int, is_storm: bool
) -> None:
    seed = int(os.environ.get("SHARING_SEED", 21 + threshold))
    rows = await row_world(driver, clock, tmp_path / "data", f"tenant-{seed}", policy, threshold=threshold)
    history = History(rows.world, Naive(clock.now(), policy is SharingPolicy.UNION), seed)
    dice = random.Random(seed)
    comparison = Comparison(rows.world, history.naive, dice)
    await history.begin()
    try:
        for _ in range(STEPS_IN_A_STORM if is_storm else STEPS):
            await dice.choice([history.step, history.step, history.step_of_directory])()
            if dice.random() < MODES_CHANGED:
                await rows.change_a_mode(dice, MOVABLE)
            await rows.work_a_little(dice)
            for user in history.naive.people:
                await comparison.first_page(user)
            await comparison.list(dice.choice([*history.naive.people]))
    except AssertionError as error:
        latest = "\n  ".join(history.log[-12:])
        raise AssertionError(f"SHARING_SEED={seed}, policy {policy}, the latest:\n  {latest}\n{error}") from error
    await rows.finish()

    assert (await rows.table.list(Pending.all())).items == ()
    assert await rows.wrong(USERS, LIBRARIES) == []
    assert (await rows.app.sharing.jobs.run(rows.world.actor(), "drift")).found == 0
    for user in history.naive.people:
        await comparison.list(user)
