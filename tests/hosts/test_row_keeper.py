"""The row keeper works on what it hears of, goes through all tenants for the rest, and goes on after a failure."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from entaku.core.config import Config
from entaku.hosts.row_keeper import RETRY_FIRST, RowKeeper
from entaku.main import App, build
from entaku.main import model as whole_model
from entaku.modules.sharing import Job
from entaku.modules.sharing.jobs.model import JobState
from entaku.modules.sharing.upkeep.rounds import LEASE, ROUND_EVERY
from entaku.table import Model
from entaku.table.driver import Driver
from entaku.testing import ManualClock
from tests.modules.sharing.row_world import RowWorld, row_world
from tests.modules.sharing.world import World


@pytest.fixture
def model() -> Model:
    return whole_model()


@pytest.fixture
async def rows(driver: Driver, clock: ManualClock, tmp_path: Path) -> RowWorld:
    """Ann owns `atlas`, and nothing is pending."""
    found = await row_world(driver, clock, tmp_path / "data", "acme")
    await found.world.user("ann", "bob")
    await found.world.library("atlas")
    await found.finish()
    await found.notices()
    return found


async def no_pause(seconds: float) -> None:
    await asyncio.sleep(0)


def keeper_of(app: App) -> RowKeeper:
    keeper = RowKeeper(app, pause=no_pause)
    app.sharing.rows.listen(keeper.hear)
    return keeper


async def another_process(rows: RowWorld, folder: Path) -> App:
    return await build(Config(data=folder, page_cache_bytes=0), driver=rows.app.table.driver, clock=rows.app.clock)


async def test_what_this_process_writes_is_worked_on_at_once(rows: RowWorld) -> None:
    keeper = keeper_of(rows.app)
    await rows.world.share("atlas", "individual:bob")

    await keeper.work()

    assert await rows.pending() == []
    assert await rows.users_with_rows("atlas", ["ann", "bob"]) == ["ann", "bob"]


async def test_what_another_process_has_left_is_found_by_a_round(rows: RowWorld, tmp_path: Path) -> None:
    keeper = keeper_of(await another_process(rows, tmp_path / "data"))
    await rows.world.share("atlas", "individual:bob")

    await keeper.work()
    before = await rows.pending()
    made = await keeper.round()

    assert (len(before), made) == (1, True)
    assert await rows.pending() == []


async def test_one_process_of_all_makes_a_round_and_not_before_a_minute_has_passed(
    rows: RowWorld, clock: ManualClock, tmp_path: Path
) -> None:
    keepers = [keeper_of(rows.app), keeper_of(await another_process(rows, tmp_path / "data"))]

    made = [[await keeper.round() for keeper in keepers]]
    for wait in (ROUND_EVERY - timedelta(milliseconds=1), timedelta(milliseconds=1)):
        clock.advance(wait)
        made.append([await keeper.round() for keeper in keepers])

    assert made == [[True, False], [False, False], [True, False]]


async def test_a_round_that_was_cut_short_is_gone_on_with(rows: RowWorld, clock: ManualClock) -> None:
    rounds = rows.app.sharing.upkeep.rounds
    taken = await rounds.take()
    assert taken is not None
    await rounds.go_on(taken, "somewhere")

    held = await rounds.take()
    clock.advance(LEASE)
    left = await rounds.take()

    assert held is None
    assert left is not None
    assert left.position == "somewhere"


async def test_a_tenant_that_never_had_rows_gets_them(rows: RowWorld, clock: ManualClock) -> None:
    beta = await World(rows.app, clock, "beta").create()
    await beta.user("ann", "bob")
    await beta.library("atlas")

    await keeper_of(rows.app).round()

    assert not (await rows.app.sharing.upkeep.needs("beta")).is_unbuilt
    assert (await rows.app.sharing.jobs.run(beta.actor(), "drift")).found == 0


async def test_a_start_that_comes_is_announced_without_a_round(rows: RowWorld, clock: ManualClock) -> None:
    keeper = keeper_of(rows.app)
    rows.world.wait_until("11:59")
    await rows.world.share("atlas", "individual:bob", since="12:00")
    await keeper.work()
    before = await rows.notices()

    rows.world.wait_until("12:00")
    await keeper.work()
    await keeper.work()

    assert before == []
    assert [(notice.action, notice.user_id) for notice in await rows.notices()] == [("added", "bob")]


async def test_a_job_that_somebody_left_is_finished(rows: RowWorld, clock: ManualClock) -> None:
    left = Job(name="drift", state=JobState.RUNNING, begun_at=clock.now(), lease_until=clock.now())
    await rows.table.create(left)

    await keeper_of(rows.app).round()

    assert (await rows.app.sharing.jobs.get(rows.world.actor(), "drift")).state == "done"


async def test_what_has_ended_is_cleared_away_each_day(rows: RowWorld, clock: ManualClock) -> None:
    await rows.world.share("atlas", "individual:bob", until="12:00")
    await rows.finish()
    clock.advance(timedelta(days=32))

    await keeper_of(rows.app).round()

    assert (await rows.world.audited("atlas")).count("share_removed") == 1


async def test_a_tenant_that_fails_stops_no_other_and_is_told_once(
    rows: RowWorld, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    beta = await World(rows.app, clock, "beta").create()
    await rows.table.delete(await rows.table.get(Job.at(name="rows")))
    broken = Job(name="drift", state=JobState.RUNNING, begun_at=clock.now(), position="no cursor")
    await rows.table.create(broken)
    keeper = keeper_of(rows.app)

    for _ in range(3):
        await keeper.round()
        clock.advance(ROUND_EVERY)

    assert not (await rows.app.sharing.upkeep.needs(beta.tenant_id)).is_unbuilt
    assert caplog.text.count("tenant acme is not looked after") == 1


async def test_a_tenant_that_failed_is_left_alone_and_then_tried_again(
    rows: RowWorld, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    broken = Job(name="drift", state=JobState.RUNNING, begun_at=clock.now(), position="no cursor")
    stored = await rows.table.create(broken)
    keeper = keeper_of(rows.app)
    await keeper.round()
    await rows.table.delete(await rows.table.get(Job.at(name=stored.name)))

    await rows.world.share("atlas", "individual:bob")
    await keeper.work()
    left_alone = len(await rows.pending())
    clock.advance(RETRY_FIRST)
    await keeper.work()

    assert left_alone == 1
    assert await rows.pending() == []
    assert "tenant acme is looked after again" in caplog.text


async def test_a_round_that_is_left_is_gone_on_with_at_once(rows: RowWorld) -> None:
    rounds = rows.app.sharing.upkeep.rounds
    taken = await rounds.take()
    assert taken is not None
    await rounds.leave(await rounds.go_on(taken, "somewhere"))

    left = await rounds.take()

    assert left is not None
    assert left.position == "somewhere"


async def test_it_stops_at_once(rows: RowWorld) -> None:
    is_between_rounds = asyncio.Event()

    async def pause(seconds: float) -> None:
        is_between_rounds.set()
        await asyncio.Event().wait()

    keeping = asyncio.create_task(RowKeeper(rows.app, pause=pause).keep())
    await is_between_rounds.wait()
    keeping.cancel()
    await asyncio.wait([keeping])

    assert keeping.cancelled()
