"""What is kept of jobs, and what a kind of job is made of.

JOBS / {name}     Job
"""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from entaku.core.context import AccessLevel, Actor
from entaku.table import BoundTable, Entity, access, key

if TYPE_CHECKING:
    from entaku.modules.sharing.jobs.running import Run

LEASE = timedelta(seconds=20)
"""For so long after it has last said so a run is believed to be alive."""
JOBS_MAX = 100
"""Kinds of job."""


class JobState(enum.StrEnum):
    RUNNING = "running"
    """Begun and not at its end. Whether somebody works on it, its lease says."""
    DONE = "done"


class Job(Entity, kind="JOB", changes=True):
    """The latest run of one kind of job on one tenant, and how far it has come: whoever runs it next goes on there."""

    name: str
    state: JobState
    position: str = ""
    looked_at: int = 0
    found: int = 0
    """What the job counts: rows that differed, shares that were ended."""
    total: int | None = None
    """How many there were to look at when it began; None where nobody has counted them. There may be more by now."""
    asked_by: str = ""
    begun_at: datetime
    ended_at: datetime | None = None
    runner: str = ""
    """Which run holds it, a name made up for that; empty for nobody."""
    lease_until: datetime | None = None

    @key("JOBS", "{name}")
    def at(*, name: str) -> None:
        "The latest run of one job."

    @access("JOBS", "")
    def all() -> None:
        "The jobs of the tenant, by name."

    def is_held(self, now: datetime) -> bool:
        """Whether somebody works on it."""
        return self.state is JobState.RUNNING and self.lease_until is not None and now < self.lease_until


Work: TypeAlias = "Callable[[BoundTable, Run], Awaitable[None]]"
"""Does a job from where its run stands to its end. It is cancelled or fails at any step, and is called again later."""


class JobKind(msgspec.Struct, frozen=True):
    """One kind of job."""

    name: str
    line: str
    """What it does, in one line."""
    looks_at: str
    """What `looked_at` counts, in the plural."""
    finds: str
    """What `found` counts, as in `shares removed`."""
    work: Work

    def sentence(self, job: Job) -> str:
        """What a run has come to, as in `12 users looked at, 3 rows written`."""
        of = f" of {job.total}" if job.total is not None and job.state is JobState.RUNNING else ""
        return f"{job.looked_at}{of} {self.looks_at} looked at, {job.found} {self.finds}"


def job_actor(tenant_id: str, job_name: str) -> Actor:
    """Who acts where a job does, in the audit trail: `@expiry`. No user can have such an id."""
    return Actor(tenant_id=tenant_id, user_id=f"@{job_name}", level=AccessLevel.TENANT_ADMIN)
