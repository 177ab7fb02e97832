"""Jobs of a tenant: what there is to run, how far each has come, and runs in the background of this process."""

from __future__ import annotations

import builtins
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from entaku.core.clock import Clock
from entaku.core.context import Actor
from entaku.core.errors import Conflict, EntakuError, Forbidden, Limited, NotFound
from entaku.core.ids import Randomness, new_id, shown
from entaku.modules.accounts import run_acting
from entaku.modules.sharing.jobs.kinds import JobKind
from entaku.modules.sharing.jobs.model import JOBS_MAX, Job, JobState
from entaku.modules.sharing.jobs.running import Run, held_by
from entaku.table import BoundTable, Table, Transaction

if TYPE_CHECKING:
    import asyncio

Tell = Callable[[Job], None]

BACKGROUND_MAX = 16
"""Runs in the background of one process, of all tenants together."""

log = logging.getLogger(__name__)


class JobStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of job, and its latest run on the tenant."""

    name: str
    purpose: str
    """What it does, in one line."""
    state: Literal["not_run", "running", "interrupted", "done"]
    """`interrupted`: begun and left, because its process ended; whoever runs it next goes on there."""
    looked_at: int = 0
    found: int = 0
    total: int | None = None
    """How many there were to look at when it began; null where that is not known."""
    summary: str = ""
    """What it has come to, in words."""
    asked_by: str | None = None
    begun_at: datetime | None = None
    ended_at: datetime | None = None
    held_until: datetime | None = None
    """While it runs: if it does not say by then that it is alive, it was interrupted."""


class Jobs:
    """The jobs of tenants; for their administrators."""

    def __init__(self, table: Table, clock: Clock, randomness: Randomness, kinds: Sequence[JobKind]) -> None:
        self._table, self._clock, self._randomness = table, clock, randomness
        self._kinds = {kind.name: kind for kind in sorted(kinds, key=lambda kind: kind.name)}
        self._background: set[asyncio.Task[Any]] = set()

    async def list(self, actor: Actor) -> builtins.list[JobStatus]:
        """Every kind of job with its latest run, by name. One call. Raises Forbidden."""
        _check_may(actor)
        now = self._clock.now()
        known = {job.name: job for job in await self._of_tenant(self._table.for_tenant(actor.tenant_id))}
        return [status_of(kind, known.get(kind.name), now) for kind in self._kinds.values()]

    async def get(self, actor: Actor, name: str) -> JobStatus:
        """One of them. One call. Raises Forbidden, and NotFound that names those there are."""
        _check_may(actor)
        kind = self._kind(name)
        job = await self._table.for_tenant(actor.tenant_id).find(Job.at(name=name))
        return status_of(kind, job, self._clock.now())

    async def start(self, actor: Actor, name: str) -> JobStatus:
        """Begins a run, or goes on with one that was left, in the background of this process; returns at once.

        Raises Forbidden, NotFound, Limited, and Conflict where it is running: so it is safe to repeat. If this process
        ends first, another one goes on.
        """
        kind = self._kind_for(actor, name)
        if len(self._background) >= BACKGROUND_MAX:
            raise Limited(f"{BACKGROUND_MAX} jobs run here already; begin {name!r} when one of them is done")
        job = await self._take(actor, kind)
        self._begin(self._table.for_tenant(actor.tenant_id), kind, job)
        return status_of(kind, job, self._clock.now())

    async def run(self, actor: Actor, name: str, *, tell: Tell | None = None) -> Job:
        """The same to its end; `tell` is called with each note of progress. Raises what `start` raises, and what the
        work does: what was done stays, and the next run goes on there."""
        kind = self._kind_for(actor, name)
        job = await self._take(actor, kind)
        return await self._to_end(self._table.for_tenant(actor.tenant_id), kind, job, tell)

    async def go_on(self, tenant_id: str) -> builtins.list[Job]:
        """Finishes what somebody has begun in a tenant and left, and says what it was. One call where there is none."""
        table = self._table.for_tenant(tenant_id)
        done: list[Job] = []
        for job in await self._of_tenant(table):
            kind = self._kinds.get(job.name)
            if kind is not None and job.state is JobState.RUNNING and not job.is_held(self._clock.now()):
                try:
                    mine = await table.run(lambda tx, job=job: self._hold(tx, table, job.name, job.asked_by))
                except Conflict:
                    continue  # Somebody was faster.
                done.append(await self._to_end(table, kind, mine, None))
        return done

    async def run_for(self, tenant_id: str, name: str) -> Job | None:
        """One run to its end that nobody has asked for; None where it is running already."""
        table, kind = self._table.for_tenant(tenant_id), self._kind(name)
        try:
            job = await table.run(lambda tx: self._hold(tx, table, name, ""))
        except Conflict:
            return None
        return await self._to_end(table, kind, job, None)

    async def close(self) -> None:
        """Stops what runs in the background; each run lets go of its job, so that another process goes on at once."""
        import asyncio

        tasks = [*self._background]
        if tasks:
            await asyncio.sleep(0)  # One that is cancelled before it begins could not let go of anything.
        for task in tasks:
            task.cancel()
        for task in tasks:
            await _ended(task)

    async def settled(self) -> None:
        """Until nothing runs in the background."""
        for task in [*self._background]:
            await _ended(task)

    async def _take(self, actor: Actor, kind: JobKind) -> Job:
        table = self._table.for_tenant(actor.tenant_id)
        return await run_acting(self._table, actor, lambda tx, _: self._hold(tx, table, kind.name, actor.user_id))

    async def _hold(self, tx: Transaction, table: BoundTable, name: str, asked_by: str) -> Job:
        present = await table.find(Job.at(name=name))
        runner = new_id(tx.now, self._randomness)
        job = held_by(runner, present, name=name, asked_by=asked_by, now=tx.now)
        return tx.create(job) if present is None else tx.replace(job)

    def _begin(self, table: BoundTable, kind: JobKind, job: Job) -> None:
        import asyncio
        import contextvars

        # Nothing of the request that asked for it belongs to the run.
        work = self._in_background(table, kind, job)
        task = asyncio.create_task(work, name=f"job {kind.name}", context=contextvars.Context())
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _in_background(self, table: BoundTable, kind: JobKind, job: Job) -> None:
        try:
            await self._to_end(table, kind, job, None)
        except EntakuError as error:
            log.warning("job %s of tenant %s stopped: %s", kind.name, table.tenant_id, error.message)
        except Exception:
            log.exception("job %s of tenant %s broke", kind.name, table.tenant_id)

    async def _to_end(self, table: BoundTable, kind: JobKind, job: Job, tell: Tell | None) -> Job:
        import asyncio

        run = Run(table, self._clock, job, tell)
        keeping = asyncio.create_task(run.keep_alive())
        try:
            await kind.work(table, run)
        except BaseException:
            await run.let_go()
            raise
        finally:
            keeping.cancel()
        return await run.finish()

    async def _of_tenant(self, table: BoundTable) -> builtins.list[Job]:
        (jobs,) = await table.list_all(Job.all(), at_most=JOBS_MAX)
        return jobs

    def _kind_for(self, actor: Actor, name: str) -> JobKind:
        _check_may(actor)
        return self._kind(name)

    def _kind(self, name: str) -> JobKind:
        kind = self._kinds.get(name)
        if kind is None:
            raise NotFound(f"there is no job {shown(name)}; there are {', '.join(self._kinds)}")
        return kind


def status_of(kind: JobKind, job: Job | None, now: datetime) -> JobStatus:
    """The job as users see it; its position and its runner are nobody's business."""
    if job is None:
        return JobStatus(name=kind.name, purpose=kind.line, state="not_run")
    is_running = job.state is JobState.RUNNING
    return JobStatus(
        name=kind.name,
        purpose=kind.line,
        state="done" if not is_running else "running" if job.is_held(now) else "interrupted",
        looked_at=job.looked_at,
        found=job.found,
        total=job.total,
        summary=kind.sentence(job),
        asked_by=job.asked_by or None,
        begun_at=job.begun_at,
        ended_at=job.ended_at,
        held_until=job.lease_until if job.is_held(now) else None,
    )


def _check_may(actor: Actor) -> None:
    if not actor.is_admin:
        raise Forbidden("jobs are for tenant administrators")


async def _ended(task: asyncio.Task[Any]) -> None:
    """Until the task has ended, however it did: what it was about is logged by itself."""
    import asyncio

    await asyncio.wait([task])
