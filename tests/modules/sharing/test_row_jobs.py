"""Long work: large principals, counts and drift. Killed anywhere, gone on with, the same in the end."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from entaku.table import changed
from entaku.table.driver import Driver
from entaku.testing import ManualClock
from tests.modules.sharing.row_world import RowWorld, row_world

MEMBERS = 200


@pytest.fixture
async def rows(driver: Driver, clock: ManualClock, tmp_path: Path) -> RowWorld:
    """Bob in group `crew`; `atlas` is ann's."""
    found = await row_world(driver, clock, tmp_path / "data", "acme")
    await found.world.group("crew")
    await found.world.user("ann")
    await found.world.user("bob", groups="crew")
    await found.world.library("atlas")
    await found.finish()
    return found


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(3))
async def test_a_large_department_is_worked_through_by_workers_that_are_killed(rows: RowWorld, seed: int) -> None:
    members = [f"u{n:03}" for n in range(MEMBERS)]
    await rows.world.department("hall")
    await rows.world.user(*members, department="hall")
    await rows.finish()
    dice = random.Random(seed)

    await rows.world.share("atlas", "department:hall")
    listed: list[bool] = []
    for _ in range(60):
        await rows.work_a_little(dice)
        listed.append("atlas" in await rows.world.listed(dice.choice(members)))
    await rows.finish()
    with_rows = await rows.users_with_rows("atlas", members)
    await rows.world.unshare("atlas", "department:hall")
    await rows.work_a_little(dice)
    still_listed = await rows.world.listed(dice.choice(members))
    await rows.finish()

    assert all(listed)
    assert with_rows == members
    assert still_listed == {}
    assert await rows.users_with_rows("atlas", members) == []


async def test_work_that_was_begun_is_not_done_again(rows: RowWorld) -> None:
    members = [f"u{n:03}" for n in range(MEMBERS)]
    await rows.world.user(*members, groups="crew")
    await rows.finish()
    await rows.world.share("atlas", "group:crew")
    (worker, _) = rows.workers
    await worker.until_noted(rows.table)

    (pending,) = await rows.pending()
    with_rows = await rows.users_with_rows("atlas", members)
    await rows.finish()

    assert 0 < pending.settled <= len(with_rows) + 1 < MEMBERS
    assert await rows.users_with_rows("atlas", members) == members


@pytest.mark.thorough
async def test_somebody_with_many_rows_is_not_left_half_done(rows: RowWorld) -> None:
    libraries = [f"l{n:03}" for n in range(MEMBERS)]
    await rows.world.group("all")
    for each in libraries:
        await rows.world.library(each)
        await rows.world.share(each, "group:all")
    await rows.finish()

    await rows.world.nest("group:crew", parents=frozenset({"all"}))
    (worker, _) = rows.workers
    await worker.until_noted(rows.table)
    await rows.finish()

    assert await rows.wrong(["bob"], libraries) == []
    assert [*sorted(await rows.world.listed("bob"))] == libraries


async def test_counts_that_are_wrong_are_set_right(rows: RowWorld) -> None:
    await rows.world.share("atlas", "group:crew")
    library = (await rows.world.sharing.libraries.get(rows.world.actor(), "atlas")).thing
    await rows.table.replace(changed(library, share_counts={"role": 7}))

    runs = [await rows.app.sharing.jobs.run(rows.world.actor(), "statistics") for _ in range(2)]

    library = (await rows.world.sharing.libraries.get(rows.world.actor(), "atlas")).thing
    assert [run.found for run in runs] == [1, 0]
    assert library.share_counts == {"group": 1}


async def test_drift_is_found_and_building_anew_mends_it(rows: RowWorld) -> None:
    jobs, root = rows.app.sharing.jobs, rows.world.actor()
    await rows.world.share("atlas", "group:crew")
    await rows.finish()
    row = await rows.row("bob", "atlas")
    assert row is not None
    await rows.table.replace(changed(row, sources=()))

    found = [(await jobs.run(root, "drift")).found]
    await jobs.run(root, "rows")
    found.append((await jobs.run(root, "drift")).found)

    assert found == [1, 0]
