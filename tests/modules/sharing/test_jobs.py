"""Jobs: held by a lease, gone on with by whoever comes next, shown to administrators with how far they are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from entaku.core.errors import Conflict, Forbidden, NotFound
from entaku.modules.accounts import UserProfile
from entaku.modules.sharing import Job
from entaku.modules.sharing.jobs.model import LEASE, JobState
from entaku.modules.sharing.jobs.running import Run
from entaku.table.driver import Driver
from entaku.testing import ManualClock
from tests.modules.sharing.row_world import RowWorld, row_world

Settled = Callable[[], Awaitable[None]]


@pytest.fixture
async def rows(driver: Driver, clock: ManualClock, tmp_path: Path) -> RowWorld:
    """Thirty users."""
    found = await row_world(driver, clock, tmp_path / "data", "acme")
    await found.world.user(*(f"u{n:03}" for n in range(30)))
    await found.finish()
    return found


async def half_done(rows: RowWorld, clock: ManualClock) -> Job:
    """A drift check that has looked at the first 20 users, and whose process is about to die."""
    users = await rows.table.list(UserProfile.by_name(), limit=20)
    job = Job(
        name="drift",
        state=JobState.RUNNING,
        position=users.cursor or "",
        looked_at=20,
        begun_at=clock.now(),
        runner="somebody",
        lease_until=clock.now() + LEASE,
    )
    return await rows.table.create(job)


async def test_a_job_that_was_killed_is_gone_on_with_when_its_lease_has_run_out(
    rows: RowWorld, clock: ManualClock, settled: Settled
) -> None:
    await settled()
    await half_done(rows, clock)
    clock.advance(LEASE)

    job = await rows.app.sharing.jobs.run(rows.world.actor(), "drift")

    assert (job.looked_at, job.state, job.position) == (31, JobState.DONE, "")


async def test_a_job_that_is_running_is_not_begun_again(rows: RowWorld, clock: ManualClock) -> None:
    await half_done(rows, clock)
    clock.advance(LEASE - timedelta(milliseconds=1))

    with pytest.raises(Conflict, match=r"is running since .* and has looked at 20"):
        await rows.app.sharing.jobs.start(rows.world.actor(), "drift")


async def test_a_run_stops_where_another_has_taken_over(rows: RowWorld, clock: ManualClock) -> None:
    slow = Run(rows.table, clock, await half_done(rows, clock))
    clock.advance(LEASE)
    await rows.app.sharing.jobs.run(rows.world.actor(), "drift")

    with pytest.raises(Conflict, match="taken over"):
        await slow.note(looked_at=1)


async def test_what_somebody_has_left_is_finished_by_who_looks_after_it(rows: RowWorld, clock: ManualClock) -> None:
    await half_done(rows, clock)
    before = await rows.app.sharing.jobs.go_on("acme")
    clock.advance(LEASE)

    after = await rows.app.sharing.jobs.go_on("acme")

    assert before == []
    assert [(job.name, job.state) for job in after] == [("drift", JobState.DONE)]
    assert await rows.app.sharing.jobs.go_on("acme") == []


async def test_a_job_is_begun_in_the_background(rows: RowWorld) -> None:
    jobs = rows.app.sharing.jobs

    begun = await jobs.start(rows.world.actor(), "drift")
    await jobs.settled()
    status = await jobs.get(rows.world.actor(), "drift")

    assert (begun.state, begun.asked_by) == ("running", "root")
    assert (status.state, status.looked_at, status.found, status.total) == ("done", 31, 0, 31)
    assert status.summary == "31 users looked at, 0 rows that differ"


async def test_a_job_that_is_stopped_can_be_gone_on_with_at_once(rows: RowWorld) -> None:
    jobs = rows.app.sharing.jobs
    await jobs.start(rows.world.actor(), "rows")
    await jobs.close()

    stopped = await jobs.get(rows.world.actor(), "rows")
    job = await jobs.run(rows.world.actor(), "rows")

    assert stopped.state in ("interrupted", "done")  # It may have been that fast.
    assert job.state is JobState.DONE


async def test_every_job_is_listed_with_its_latest_run(rows: RowWorld, clock: ManualClock) -> None:
    await half_done(rows, clock)
    clock.advance(LEASE)

    listed = {each.name: each.state for each in await rows.app.sharing.jobs.list(rows.world.actor())}

    assert {"drift": "interrupted", "expiry": "not_run", "rows": "done", "statistics": "not_run"}.items() <= (
        listed.items()
    )


async def test_jobs_are_for_administrators(rows: RowWorld) -> None:
    jobs, member = rows.app.sharing.jobs, rows.world.actor("u001")

    for call in (jobs.list(member), jobs.get(member, "drift"), jobs.start(member, "drift"), jobs.run(member, "drift")):
        with pytest.raises(Forbidden, match="administrators"):
            await call


async def test_a_job_that_there_is_not_is_told_with_those_there_are(rows: RowWorld) -> None:
    with pytest.raises(NotFound, match="there is no job 'drifts'; there are drift, expiry"):
        await rows.app.sharing.jobs.get(rows.world.actor(), "drifts")


async def test_what_is_pending_is_shown_with_how_far_it_is(rows: RowWorld) -> None:
    await rows.world.group("crew")
    await rows.world.library("atlas", owner="u000")
    await rows.finish()
    await rows.world.share("atlas", "group:crew")

    shown = await rows.app.sharing.rows.pending(rows.world.actor())
    await rows.finish()
    after = await rows.app.sharing.rows.pending(rows.world.actor())

    assert (shown.count, shown.changes[0].what) == (1, "shares of library:atlas")
    assert after.summary == "rows: nothing is pending"
