"""What a kind of job is made of."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import msgspec

from entaku.core.context import AccessLevel, Actor
from entaku.modules.sharing.jobs.model import Job, JobState
from entaku.modules.sharing.jobs.running import Run
from entaku.table import BoundTable

Work: TypeAlias = Callable[[BoundTable, Run], Awaitable[None]]
"""Does a job from where its run stands to its end. It is cancelled or fails at any step, and is called again later."""


class Counted(msgspec.Struct, frozen=True):
    """What a job counts, as in `row written`, `rows written`."""

    one: str
    many: str

    def __call__(self, count: int) -> str:
        return self.one if count == 1 else self.many


class JobKind(msgspec.Struct, frozen=True):
    """One kind of job."""

    name: str
    line: str
    """What it does, in one line."""
    looks_at: Counted
    """What `looked_at` counts."""
    finds: Counted
    """What `found` counts."""
    work: Work

    def sentence(self, job: Job) -> str:
        """What a run has come to, as in `12 users looked at, 3 rows written`."""
        looked_at, found = self.looks_at(job.looked_at), f"{job.found:,} {self.finds(job.found)}"
        if job.total is not None and job.state is JobState.RUNNING:
            return f"{job.looked_at:,} of {job.total:,} {self.looks_at(job.total)} looked at, {found}"
        return f"{job.looked_at:,} {looked_at} looked at, {found}"


def job_actor(tenant_id: str, job_name: str) -> Actor:
    """Who acts where a job does, in the audit trail: `@expiry`. No user can have such an id."""
    return Actor(tenant_id=tenant_id, user_id=f"@{job_name}", level=AccessLevel.TENANT_ADMIN)
