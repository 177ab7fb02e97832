"""Tenants that never had rows: lists are made from shares until the rows are built, whatever changes meanwhile."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from entaku.modules.sharing.rows.model import RowsState
from entaku.table.driver import Driver
from entaku.testing import ManualClock
from tests.modules.sharing.row_play import LIBRARIES, PLAYS, REFERRED, USERS, DiceDeed, attempt, stage
from tests.modules.sharing.row_world import RowWorld

ROUNDS = 6
CHANGED = 0.3
"""How often something changes between some calls of the builder and some more."""
AN_HOUR = timedelta(hours=1)
"""Long enough for what a killed process held."""

EVERYTHING: dict[str, Sequence[DiceDeed]] = {
    "shares and moves": (*PLAYS["shares"], *PLAYS["moves"]),
    "the directory": (*PLAYS["departments"], *PLAYS["groups"]),
    "resources": (*PLAYS["owners"], *PLAYS["ends"]),
    "modes": REFERRED["modes"],
}


@pytest.mark.thorough
@pytest.mark.parametrize("is_killed", [False, True])
@pytest.mark.parametrize("deeds", EVERYTHING.values(), ids=EVERYTHING)
async def test_rows_that_are_built_while_everything_changes_are_right_in_the_end(
    bare_driver: Driver, clock: ManualClock, tmp_path: Path, deeds: Sequence[DiceDeed], is_killed: bool
) -> None:
    dice = random.Random(3)
    play = await stage(bare_driver, clock, tmp_path / "data")
    for number in range(ROUNDS):
        rows = await play.begin_unbuilt()
        builder = play.builder(rows)
        while builder.is_busy:
            await builder.go(dice.randint(1, 30))
            if dice.random() < CHANGED:
                await attempt(dice.choice(deeds), rows.world, dice)
            if builder.is_busy and is_killed and dice.random() < 0.1:
                await builder.kill()
            await assert_lists(rows)
        clock.advance(AN_HOUR)
        await rows.app.sharing.jobs.run_for(rows.world.tenant_id, "rows")
        await rows.finish()

        assert await rows.wrong(USERS, LIBRARIES) == [], number
        assert (await rows.table.get(RowsState.at())).is_complete
        await assert_lists(rows)


async def assert_lists(rows: RowWorld) -> None:
    for user in USERS:
        assert await rows.world.listed(user) == await rows.listed_from_truth(user)
