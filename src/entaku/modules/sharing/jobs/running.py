"""One run of a job: taken with a lease, noted as it goes on, and let go at the end or where it stops."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import datetime

from entaku.core.clock import Clock, instant_text
from entaku.core.errors import Conflict, EntakuError
from entaku.modules.sharing.jobs.model import LEASE, Job, JobState
from entaku.table import BoundTable, Transaction, changed

RENEWED_EVERY_S = LEASE.total_seconds() / 4


class Run:
    """A job that this process works on, for as long as nobody else has taken it."""

    def __init__(self, table: BoundTable, clock: Clock, job: Job, tell: Callable[[Job], None] | None = None) -> None:
        """`tell` is called with the job whenever something new is noted of it."""
        self._table, self._clock, self._job, self._tell = table, clock, job, tell

    @property
    def job(self) -> Job:
        return self._job

    @property
    def position(self) -> str | None:
        """Where to go on, as the work noted it; None for the beginning."""
        return self._job.position or None

    async def note(self, *, looked_at: int = 0, found: int = 0, position: str | None = None) -> None:
        """Adds to the counts and notes where to go on, from which all before is done. Renews the lease.

        Raises Conflict where another run has taken the job over; this one is to stop then.
        """
        await self._write(
            lambda job: changed(
                job,
                looked_at=job.looked_at + looked_at,
                found=job.found + found,
                position=job.position if position is None else position,
                lease_until=self._clock.now() + LEASE,
            )
        )

    async def keep_alive(self) -> None:
        """Renews the lease now and then, however long a step takes, until it is cancelled or another has the job."""
        import asyncio

        while True:
            await asyncio.sleep(RENEWED_EVERY_S)
            try:
                await self.note()
            except Conflict:
                return
            except EntakuError:
                continue  # There is time for some more tries.

    async def expect(self, total: int) -> None:
        """Notes how many there are to look at."""
        if self._job.total is None:
            await self._write(lambda job: changed(job, total=total))

    async def finish(self) -> Job:
        """The work has reached its end."""
        now = self._clock.now()
        return await self._write(
            lambda job: changed(job, state=JobState.DONE, position="", ended_at=now, runner="", lease_until=None)
        )

    async def let_go(self) -> None:
        """The work stops here and somebody else may go on at once. What prevents that only delays it: the lease runs
        out by itself."""
        with contextlib.suppress(EntakuError):
            await self._write(lambda job: changed(job, runner="", lease_until=None))

    async def _write(self, change: Callable[[Job], Job]) -> Job:
        """Read again each time: the work and what keeps it alive both write, and either may be stopped meanwhile."""

        async def work(tx: Transaction) -> Job:
            current = await self._table.find(Job.at(name=self._job.name))
            if current is None or current.runner != self._job.runner:
                raise Conflict(f"job {self._job.name!r} was taken over by another run; it goes on there")
            return tx.replace(change(current))

        self._job = written = await self._table.run(work)
        if self._tell is not None:
            self._tell(written)
        return written


def held_by(runner: str, present: Job | None, *, name: str, asked_by: str, now: datetime) -> Job:
    """The job as that runner takes it: the run that was left where it stopped, or a new one. Raises Conflict where
    somebody works on it."""
    if present is None or present.state is JobState.DONE:
        new = Job(
            name=name,
            state=JobState.RUNNING,
            asked_by=asked_by,
            begun_at=now,
            runner=runner,
            lease_until=now + LEASE,
        )
        return new if present is None else changed(new, _stored=present.stored)
    if present.is_held(now):
        raise Conflict(
            f"job {name!r} is running since {instant_text(present.begun_at)} and has looked at {present.looked_at};"
            " look at it again later"
        )
    return changed(present, runner=runner, lease_until=now + LEASE)
