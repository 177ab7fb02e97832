"""Starts and ends come by themselves: none is missed, whoever sweeps, is killed, or has a wrong clock.

A failure names its seed; `SHARING_SEED=4711` plays that history again.
"""

from __future__ import annotations

import os
import random
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from entaku.core.config import Config
from entaku.core.errors import EntakuError
from entaku.main import App, build
from entaku.modules.accounts import parse_principal
from entaku.modules.sharing import Grant
from entaku.modules.sharing.access.truth import Pair, read_facts
from entaku.modules.sharing.model import library_resource
from entaku.modules.sharing.rows.computing import told_of
from entaku.modules.sharing.rows.model import Told
from entaku.modules.sharing.rows.transitions import OVERLAP, SWEPT_EVERY, between, days
from entaku.table.driver import Driver
from entaku.testing import ManualClock
from tests.modules.sharing.paced import Paced
from tests.modules.sharing.row_world import RowWorld, row_world

SEED = os.environ.get("SHARING_SEED")
SEEDS = [int(SEED)] if SEED else [0, 1, 2, 3, 17, 18, 45, 46]
"""The last four have found what the others did not."""
STEPS = 60
LIBRARIES = ("atlas", "guide")
PRINCIPALS = ("individual:bob", "individual:cara", "group:crew")
ADVANCED_AT_ONCE = timedelta(hours=8)
SKEW_MAX = OVERLAP / 2
"""How far a clock may be from the right one; two are twice as far apart."""

Announced = dict[tuple[str, str], Told | None]
"""By user and library."""


class Skewed:
    """A clock that is wrong by always the same."""

    def __init__(self, clock: ManualClock, error: timedelta) -> None:
        self._clock, self._error = clock, error

    def now(self) -> datetime:
        return self._clock.now() + self._error


class Process:
    """Sweeps and settles by its own clock, and is killed now and then."""

    def __init__(self, app: App, paced: Paced) -> None:
        self._app, self._paced = app, paced

    async def go_on(self, dice: random.Random) -> None:
        if not self._paced.is_busy:
            self._paced.begin(dice.choice([self._sweep, self._settle]))
        await self._paced.go(dice.choice([None, dice.randint(1, 60)]))
        if self._paced.is_busy and dice.random() < 0.4:
            await self._paced.kill()

    async def finish(self) -> None:
        if self._paced.is_busy:
            await self._paced.go(None)
        await self._app.sharing.rows.sweep("acme")
        await self._app.sharing.rows.catch_up("acme")

    async def _sweep(self) -> None:
        try:
            await self._app.sharing.rows.sweep("acme")
        except EntakuError:
            return

    async def _settle(self) -> None:
        try:
            await self._app.sharing.rows.catch_up("acme")
        except EntakuError:
            return


@pytest.fixture
async def rows(driver: Driver, clock: ManualClock, tmp_path: Path) -> RowWorld:
    """Bob and cara in group `crew`; two libraries of ann's."""
    found = await row_world(driver, clock, tmp_path / "data", "acme")
    await found.world.group("crew")
    await found.world.user("ann")
    await found.world.user("bob", "cara", groups="crew")
    for each in LIBRARIES:
        await found.world.library(each)
    await found.finish()
    return found


async def process(driver: Driver, clock: ManualClock, folder: Path, error: timedelta) -> Process:
    paced = Paced(driver)
    config = Config(data=folder, page_cache_bytes=0, rows_threshold=0)
    return Process(await build(config, driver=paced, clock=Skewed(clock, error)), paced)


async def change_a_share(rows: RowWorld, dice: random.Random) -> None:
    """Shared from and until some instant around now, or for good, or not any more."""
    library, principal = dice.choice(LIBRARIES), parse_principal(dice.choice(PRINCIPALS))
    now, actor = rows.world.clock.now(), rows.world.actor()
    if dice.random() < 0.2:
        await rows.world.sharing.shares.change(actor, library, remove=[principal])
        return
    starts_at = dice.choice([None, now + timedelta(minutes=dice.randint(-90, 180))])
    ends_at = dice.choice([None, (starts_at or now) + timedelta(minutes=dice.randint(1, 300))])
    grant = Grant(principal=principal, starts_at=starts_at, expires_at=ends_at)
    await rows.world.sharing.shares.change(actor, library, add=[grant], expect="*")


async def truth(rows: RowWorld) -> Announced:
    """What each user may do with each library now."""
    hierarchies, kind = rows.app.accounts.hierarchies, rows.app.sharing.kinds.named("library")
    found: Announced = {}
    for user in ("ann", "bob", "cara"):
        for library in LIBRARIES:
            pair = Pair(user, library_resource(library), kind.at(library))
            facts = await read_facts(rows.table, hierarchies, pair)
            found[user, library] = told_of(facts.access(rows.world.clock.now()))
    return found


async def announced(rows: RowWorld, told: Announced) -> None:
    """Goes on with what each user was told. Each notice begins where the one before has ended."""
    for notice in await rows.notices():
        pair = (notice.user_id, notice.resource.id)
        assert notice.before == told.get(pair)
        told[pair] = notice.after


async def live_through(
    rows: RowWorld, clock: ManualClock, processes: list[Process], dice: random.Random, told: Announced | None = None
) -> None:
    """Some hours in which shares start, end and are changed, and then long enough for every clock to have passed all
    of that."""
    for _ in range(STEPS):
        clock.advance(timedelta(minutes=dice.choice([0, 1, 30, 120])))
        if dice.random() < 0.4:
            await change_a_share(rows, dice)
        await dice.choice(processes).go_on(dice)
        if told is not None:
            await announced(rows, told)
    for _ in range(2 * OVERLAP // ADVANCED_AT_ONCE):
        clock.advance(ADVANCED_AT_ONCE)
        for each in processes:
            await each.finish()
        if told is not None:
            await announced(rows, told)


@pytest.mark.thorough
@pytest.mark.parametrize("seed", SEEDS)
async def test_no_start_and_no_end_is_missed_whatever_the_clocks_say(
    rows: RowWorld, driver: Driver, clock: ManualClock, tmp_path: Path, seed: int
) -> None:
    dice = random.Random(seed)
    errors = [timedelta(0), SKEW_MAX * dice.random(), -SKEW_MAX * dice.random()]
    processes = [await process(driver, clock, tmp_path / "data", error) for error in errors]

    await live_through(rows, clock, processes, dice)

    right = await truth(rows)
    found = {pair: row and row.told for pair in right if (row := await rows.row(*pair)) or True}
    assert found == right, f"SHARING_SEED={seed}"
    assert await rows.pending() == [], f"SHARING_SEED={seed}"
    assert (await rows.app.sharing.jobs.run(rows.world.actor(), "drift")).found == 0


@pytest.mark.thorough
@pytest.mark.parametrize("seed", SEEDS)
async def test_everybody_is_told_of_each_once(
    rows: RowWorld, driver: Driver, clock: ManualClock, tmp_path: Path, seed: int
) -> None:
    dice = random.Random(seed)
    processes = [await process(driver, clock, tmp_path / "data", timedelta(0)) for _ in range(2)]
    told: Announced = {}

    await live_through(rows, clock, processes, dice, told)

    right = await truth(rows)
    assert {pair: told.get(pair) for pair in right} == right, f"SHARING_SEED={seed}"


async def test_a_start_that_is_noted_late_is_swept_all_the_same(rows: RowWorld, clock: ManualClock) -> None:
    transitions = rows.app.sharing.rows.transitions
    await rows.world.share("atlas", "individual:bob", since="12:00")
    rows.world.wait_until("13:00")
    await transitions.sweep(rows.table, clock.now())

    await transitions.note(rows.table, library_resource("atlas"), [parse_principal("individual:bob")], clock.now())

    assert await transitions.sweep(rows.table, clock.now()) == 1
    assert await transitions.sweep(rows.table, clock.now()) == 0


async def test_what_a_slow_clock_notes_behind_the_overlap_is_swept_too(rows: RowWorld, clock: ManualClock) -> None:
    transitions, now = rows.app.sharing.rows.transitions, clock.now()
    bob = parse_principal("individual:bob")
    long_ago = Grant(principal=bob, starts_at=now - SKEW_MAX - timedelta(hours=10))
    await rows.world.sharing.shares.change(rows.world.actor(), "atlas", add=[long_ago])
    await transitions.sweep(rows.table, now + SKEW_MAX)

    await transitions.note(rows.table, library_resource("atlas"), [bob], now - SKEW_MAX)

    assert await transitions.sweep(rows.table, now) == 1


async def test_nothing_is_read_before_something_is_due(rows: RowWorld, clock: ManualClock) -> None:
    await rows.world.share("atlas", "individual:bob", since="12:00")
    await rows.finish()
    rows.world.wait_until("11:00")
    await rows.app.sharing.rows.sweep("acme")

    due_at = await rows.app.sharing.rows.due_at("acme")
    rows.world.wait_until("12:00")

    assert due_at == rows.world.at("12:00")
    assert await rows.app.sharing.rows.sweep("acme") == 1
    assert await rows.app.sharing.rows.due_at("acme") == clock.now() + SWEPT_EVERY


async def test_a_sweep_that_failed_leaves_everything_due(
    rows: RowWorld, driver: Driver, clock: ManualClock, tmp_path: Path
) -> None:
    await rows.world.share("atlas", "individual:bob", since="12:00")
    await rows.finish()
    rows.world.wait_until("12:00")
    paced = Paced(driver)
    sweeping = await build(Config(data=tmp_path / "data", page_cache_bytes=0), driver=paced, clock=clock)

    paced.begin(lambda: sweeping.sharing.rows.sweep("acme"))
    await paced.go(12)
    assert paced.is_busy
    await paced.kill()

    assert await rows.app.sharing.rows.sweep("acme") == 1


async def test_days_are_looked_at_from_both_ends(rows: RowWorld, clock: ManualClock) -> None:
    midnight = datetime.combine(clock.now().date(), datetime.min.time(), clock.now().tzinfo)
    found = [each async for each in between(rows.table, None, midnight)]

    assert found == []
    assert days(midnight - timedelta(milliseconds=1), midnight) == ["2026-03-31", "2026-04-01"]
    assert days(midnight - OVERLAP, midnight) == ["2026-03-30", "2026-03-31", "2026-04-01"]
