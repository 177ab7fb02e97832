"""Serving processes and jobs of sharing are killed without a warning, and nothing is lost, half there or told twice."""

from __future__ import annotations

import logging
import random
from pathlib import Path

import pytest

from tests.reliability.killed_jobs import finish_job, jobs_violations, kill_command, kill_job, work_to_do
from tests.reliability.killed_sharing import Plan, run

KILLS_OF_A_JOB = 12
log = logging.getLogger(__name__)


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """As it was asked for, or another one each time."""
    given = request.config.getoption("--walk-seed")
    number = random.SystemRandom().getrandbits(32) if given is None else int(given)
    log.warning("these kills again: --walk-seed=%d", number)
    return number


@pytest.mark.thorough
async def test_what_was_acknowledged_is_there_once_after_some_kills(tmp_path: Path, seed: int) -> None:
    outcome = await run(tmp_path, Plan(kills=6, members=300, seed=seed))

    assert outcome.broken == []
    assert outcome.kills == 6


@pytest.mark.slow
async def test_two_hundred_kills_leave_every_change_row_and_announcement_as_if_nothing_had_been(
    tmp_path: Path, seed: int
) -> None:
    outcome = await run(tmp_path, Plan(kills=200, members=10_000, seed=seed))

    log.warning(outcome.summary)
    assert outcome.broken == []
    assert outcome.kills == 200
    assert outcome.rows_of_wide > 9_990


@pytest.mark.slow
async def test_jobs_that_are_killed_are_gone_on_with_and_do_each_thing_once(tmp_path: Path, seed: int) -> None:
    data, chance = tmp_path / "data", random.Random(seed)
    await work_to_do(data)

    killed = {"rows": await kill_job(data, "rows", KILLS_OF_A_JOB, chance)}
    # Whoever comes next waits until it is certain that this one is dead.
    await kill_command(data, "rows")
    broken = await finish_job(data, "rows")
    for job in ("expiry", "purge"):
        killed[job] = await kill_job(data, job, KILLS_OF_A_JOB, chance)
        broken += await finish_job(data, job)

    assert broken + await jobs_violations(data) == []
    assert min(killed.values()) > KILLS_OF_A_JOB // 2
