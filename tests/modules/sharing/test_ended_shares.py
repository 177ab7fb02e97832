"""Shares that have ended: nobody's access at the instant, listed for a while where that is asked for, then removed."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

import pytest

from entaku.core.config import Config
from entaku.main import build
from entaku.modules.sharing.jobs.kinds import job_actor
from entaku.table.driver import Driver
from entaku.testing import ManualClock
from tests.modules.sharing.paced import Paced
from tests.modules.sharing.row_world import RowWorld, row_world
from tests.modules.sharing.world import World, grant

KEPT = timedelta(days=30)


@pytest.fixture
async def rows(driver: Driver, clock: ManualClock, tmp_path: Path) -> RowWorld:
    """Bob in group `crew`; `atlas` is ann's, and shared with bob until 12:00."""
    found = await row_world(driver, clock, tmp_path / "data", "acme")
    await found.world.group("crew")
    await found.world.user("ann")
    await found.world.user("bob", groups="crew")
    await found.world.library("atlas")
    await found.world.share("atlas", "individual:bob", until="12:00")
    await found.finish()
    await found.notices()
    return found


async def clear(rows: RowWorld) -> int:
    return (await rows.app.sharing.jobs.run(rows.world.actor(), "expiry")).found


async def live_on(rows: RowWorld) -> None:
    """What a serving process does of itself, all the time."""
    await rows.app.sharing.rows.sweep("acme")
    await rows.finish()


async def test_the_end_is_announced_once_and_the_removal_announces_nothing(
    rows: RowWorld, driver: Driver, clock: ManualClock, tmp_path: Path
) -> None:
    config = Config(data=tmp_path / "data", page_cache_bytes=0, ended_shares_kept_days=0)
    at_once = await build(config, driver=driver, clock=clock)
    rows.world.wait_until("12:00")
    await live_on(rows)
    at_the_end = await rows.notices()

    removed = await at_once.sharing.jobs.run(rows.world.actor(), "expiry")
    await live_on(rows)

    assert [(notice.action, notice.user_id) for notice in at_the_end] == [("removed", "bob")]
    assert removed.found == 1
    assert await rows.notices() == []


async def test_it_is_removed_with_one_record_of_its_own_actor(rows: RowWorld, clock: ManualClock) -> None:
    rows.world.wait_until("12:00")
    clock.advance(KEPT)

    found = [await clear(rows) for _ in range(2)]
    page = await rows.world.sharing.libraries.audit(rows.world.actor(), "atlas", limit=10)

    records = [record for record in page.items if record.action == "share_removed"]
    assert found == [1, 0]
    assert [(each.actor, each.subject, each.reason) for each in records] == [("@expiry", "individual:bob", "ended")]
    assert job_actor("acme", "expiry").user_id == "@expiry"


async def test_what_has_ended_is_shown_as_long_as_it_is_kept(rows: RowWorld, clock: ManualClock) -> None:
    rows.world.wait_until("12:00")
    await live_on(rows)
    shown: list[list[str]] = []

    for wait in (KEPT - timedelta(milliseconds=1), timedelta(milliseconds=1)):
        clock.advance(wait)
        await clear(rows)
        await live_on(rows)
        shown.append([*await rows.world.listed("bob", include_expired=True)])

    assert shown == [["atlas"], []]
    assert await rows.world.listed("bob") == {}


async def test_one_that_was_extended_before_it_was_looked_at_lives_on(rows: RowWorld, clock: ManualClock) -> None:
    rows.world.wait_until("12:30")
    clock.advance(KEPT)
    await rows.world.share("atlas", "individual:bob")

    assert await clear(rows) == 0
    assert [*await rows.world.listed("bob")] == ["atlas"]


@pytest.mark.parametrize("seed", range(5))
async def test_one_that_is_extended_while_it_is_cleared_lives_on(
    rows: RowWorld, driver: Driver, clock: ManualClock, tmp_path: Path, seed: int
) -> None:
    paced = Paced(driver)
    clearing = await build(Config(data=tmp_path / "data", page_cache_bytes=0), driver=paced, clock=clock)
    rows.world.wait_until("12:30")
    clock.advance(KEPT)

    paced.begin(lambda: clearing.sharing.jobs.run_for("acme", "expiry"))
    await paced.go(random.Random(seed).randint(10, 60))
    was_there = "individual" in (await rows.world.sharing.libraries.get(rows.world.actor(), "atlas")).thing.share_counts
    await rows.world.share("atlas", "individual:bob")
    if paced.is_busy:
        await paced.go(None)

    assert [*await rows.world.listed("bob")] == ["atlas"]
    assert (await rows.world.audited("atlas")).count("share_removed") == (0 if was_there else 1)


async def test_a_share_in_the_bin_that_had_a_start_and_an_end_is_looked_at_again(
    rows: RowWorld, clock: ManualClock
) -> None:
    await rows.world.share("atlas", "group:crew", since="11:00", until="11:30")
    clock.advance(KEPT)
    await live_on(rows)
    await rows.world.sharing.libraries.delete(rows.world.actor(), "atlas")
    clock.advance(timedelta(days=1))
    in_the_bin = await clear(rows)

    await rows.world.sharing.libraries.restore(rows.world.actor(), "atlas")
    clock.advance(KEPT)

    assert (in_the_bin, await clear(rows)) == (0, 2)


async def test_what_ended_long_before_rows_were_built_is_cleared_too(rows: RowWorld, clock: ManualClock) -> None:
    unbuilt = await World(rows.app, clock, "beta").create()
    await unbuilt.user("ann", "bob")
    await unbuilt.library("atlas")
    await unbuilt.share("atlas", "individual:bob", until="12:00")
    clock.advance(3 * KEPT)

    await rows.app.sharing.jobs.run(unbuilt.actor(), "rows")
    found = [(await rows.app.sharing.jobs.run(unbuilt.actor(), "expiry")).found for _ in range(2)]

    assert found == [1, 0]


async def test_in_the_place_of_an_ended_share_anybody_who_may_share_shares_anew(rows: RowWorld) -> None:
    world = rows.world
    await world.user("cid")
    await world.share("atlas", "individual:cid", "read share")
    world.wait_until("12:00")

    outcome = await world.sharing.shares.change(world.actor("cid"), "atlas", add=[grant("individual:bob")])

    assert [str(each) for each in outcome.changed] == ["individual:bob"]
    assert await world.may("bob", "atlas") == "read"
