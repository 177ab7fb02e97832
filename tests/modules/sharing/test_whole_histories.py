"""Everything at once: whatever happens to a tenant, every answer is the one that can be worked out on paper, rows
become what shares say, and users hear of each change once; while processes are killed in the middle of what they do.

A failure names its seed; `--walk-seed=N` plays that history again.
"""

from __future__ import annotations

import logging
import random
import secrets
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from entaku.core.config import Config
from entaku.main import build
from entaku.modules.accounts import Directory, SharingPolicy
from entaku.table.driver import Driver
from entaku.table.drivers.sqlite import open_sqlite
from entaku.testing import ManualClock
from tests.modules.sharing.naive import Naive
from tests.modules.sharing.paced import Paced
from tests.modules.sharing.row_world import RowWorld, row_world, row_world_of
from tests.modules.sharing.whole_comparing import WholeComparison
from tests.modules.sharing.whole_history import WholeHistory
from tests.modules.sharing.world import World

log = logging.getLogger(__name__)

POLICIES = list(SharingPolicy)
THRESHOLDS = [0, 2]
"""Members above which a principal has no rows; 0 is for no such number."""
STEPS = {"sqlite": 40, "dynamodb": 8, "dynalite": 8}
STEPS_THOROUGH = {"sqlite": 500, "dynamodb": 60, "dynalite": 60}
STEPS_SLOW = {"sqlite": 2_500, "dynamodb": 375, "dynalite": 375}
"""Of each of four histories."""
SLOWER_IN_A_STORM, STEPS_AT_LEAST = 10, 8
USERS_AT_MOST = {"sqlite": 10, "dynamodb": 2, "dynalite": 2}
"""Users whose lists are read one by one after each step."""
SEEDS = 10**6
LATEST = 14
"""Happenings that a failure names."""
RESTS = 0.12
"""How often everything is finished that is left to be done."""
EXPIRIES = 0.15
"""At how many of these rests what has ended is removed."""
MODES_CHANGED = 0.05
BEGINS_AT = datetime(2010, 4, 1, 9, 30, tzinfo=UTC)
"""Years pass in a long history, and none may reach today: an emulator's log of changes knows only its own clock."""
MODES = ("group:g1", "group:g2", "department:d1", "department:d2", "role:r1")

Settle = Callable[[], Awaitable[None]]


async def at_once() -> None:
    """Indexes show everything."""


@pytest.fixture
def seed(request: pytest.FixtureRequest, policy: SharingPolicy, threshold: int) -> int:
    """The same in every run, another one for each test."""
    given = request.config.getoption("--walk-seed")
    return 10 * POLICIES.index(policy) + threshold if given is None else int(given)


@pytest.fixture
def any_seed(request: pytest.FixtureRequest) -> int:
    given = request.config.getoption("--walk-seed")
    number = secrets.randbelow(SEEDS) if given is None else int(given)
    log.warning("this history again: --walk-seed=%d", number)
    return number


async def played(
    rows: RowWorld, paced: Paced, clock: ManualClock, seed: int, steps: int, settled: Settle, users_at_most: int
) -> WholeHistory:
    """A history of so many steps, compared after each. `paced` is for the process that is killed now and then."""
    directory = await rows.table.get(Directory.at())
    policy, threshold = directory.sharing_policy, rows.app.config.rows_threshold
    killed = World(await build(rows.app.config, driver=paced, clock=clock), clock, rows.world.tenant_id)
    naive, dice = Naive(clock.now(), policy is SharingPolicy.UNION), random.Random(seed)
    comparison = WholeComparison(rows, naive, dice, users_at_most=users_at_most)
    history = WholeHistory(rows.world, killed, paced, naive, seed, comparison.around)
    try:
        await history.begin()
        await settled()
        await comparison.rest()
        for _ in range(steps):
            await history.step()
            if threshold and dice.random() < MODES_CHANGED:
                await rows.change_a_mode(dice, MODES)
            await rows.work_a_little(dice)
            await comparison.step()
            if dice.random() < RESTS:
                await settled()
                await (comparison.rest() if dice.random() > EXPIRIES else comparison.rest_and_expiry())
        await settled()
        await comparison.rest()
    except Exception as error:
        latest = "\n  ".join(history.log[-LATEST:])
        raise AssertionError(
            f"--walk-seed={seed}, policy {policy}, threshold {threshold}, at {clock.now()}, after {len(history.log)}"
            f" happenings, the latest:\n  {latest}\n{type(error).__name__}: {error}"
        ) from error
    log.info("%s %s %s", history.counts, history.undoing.states, comparison.listeners.heard)
    return history


Play = Callable[[SharingPolicy, int, int, int], Awaitable[WholeHistory]]


@pytest.fixture
def play(driver: Driver, engine: str, clock: ManualClock, tmp_path: Path, is_storm: bool, settled: Settle) -> Play:
    """Plays so many steps of a policy, a threshold and a seed; fewer where each takes longer."""

    async def one(policy: SharingPolicy, threshold: int, seed: int, steps: int) -> WholeHistory:
        clock.set(BEGINS_AT)
        steps = max(STEPS_AT_LEAST, steps // SLOWER_IN_A_STORM) if is_storm else steps
        rows = await row_world(driver, clock, tmp_path / "data", f"tenant-{seed}", policy, threshold=threshold)
        return await played(rows, Paced(driver), clock, seed, steps, settled, USERS_AT_MOST[engine])

    return one


@pytest.mark.parametrize("threshold", THRESHOLDS)
@pytest.mark.parametrize("policy", POLICIES)
async def test_whatever_happens_every_answer_can_be_worked_out(
    play: Play, engine: str, policy: SharingPolicy, threshold: int, seed: int
) -> None:
    await play(policy, threshold, seed, STEPS[engine])


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize("policy", POLICIES)
async def test_what_a_process_remembers_is_as_right(clock: ManualClock, tmp_path: Path, policy: SharingPolicy) -> None:
    app = await build(Config(data=tmp_path / "own", rows_threshold=0), clock=clock)
    others = await open_sqlite(app.config.database)
    rows = await row_world_of(app, others, clock, "acme", policy)

    await played(rows, Paced(others), clock, 3, STEPS["sqlite"], at_once, USERS_AT_MOST["sqlite"])

    await others.close()
    await app.close()


@pytest.mark.thorough
@pytest.mark.parametrize("threshold", THRESHOLDS)
@pytest.mark.parametrize("policy", POLICIES)
async def test_of_longer_histories_too(
    play: Play, engine: str, policy: SharingPolicy, threshold: int, any_seed: int, is_storm: bool
) -> None:
    history = await play(policy, threshold, any_seed, STEPS_THOROUGH[engine])

    assert is_storm or len(history.log) < 100 or {"conflict", "forbidden", "not_found"} <= set(history.refused)
    assert is_storm or len(history.log) < 100 or all(history.counts.values()), history.counts


@pytest.mark.slow
@pytest.mark.parametrize("threshold", THRESHOLDS)
@pytest.mark.parametrize("policy", POLICIES)
async def test_of_very_long_histories_too(
    play: Play, engine: str, policy: SharingPolicy, threshold: int, any_seed: int
) -> None:
    await play(policy, threshold, any_seed, STEPS_SLOW[engine])
