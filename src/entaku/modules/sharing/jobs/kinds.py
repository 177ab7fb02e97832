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
