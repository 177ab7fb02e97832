"""What one tenant needs to have done to it, as far as one look tells."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from entaku.modules.sharing.jobs.model import JOBS_MAX, Job, JobState
from entaku.modules.sharing.retention.model import PURGE_JOB
from entaku.modules.sharing.rows.model import Pending, RowsState
from entaku.modules.sharing.rows.transitions import is_due
from entaku.table import BoundTable

CLEARED_EVERY = timedelta(days=1)
"""How often what has ended is cleared away, and the bin is looked through, where there is somebody who does so."""


class Needs(msgspec.Struct, frozen=True):
    """What there is to do."""

    is_unbuilt: bool
    """Its rows were never built to the end."""
    is_due: bool
    """Shares may have started or ended by themselves."""
    due_at: datetime | None
    """When the next one does, as far as it is known."""
    is_pending: bool
    """Changes have left something to be done."""
    has_left_job: bool
    """Somebody has begun a job, and left it."""
    is_uncleared: bool
    """What has ended was not cleared away today."""
    is_unpurged: bool
    """What was in the bin long enough was not looked for today."""

    @property
    def is_any(self) -> bool:
        """Whether there is anything to do."""
        is_late = self.is_uncleared or self.is_unpurged
        return self.is_unbuilt or self.is_due or self.is_pending or self.has_left_job or is_late


async def needs_of(table: BoundTable, now: datetime, *, ended_shares_kept: timedelta) -> Needs:
    """Three calls, the cheapest there are: they may miss what was written a moment ago."""
    state = await table.find(RowsState.at(), consistent=False)
    pending = await table.list(Pending.all(), limit=1, consistent=False)
    jobs = await table.list(Job.all(), limit=JOBS_MAX, consistent=False)
    cleared_until = None if state is None else state.cleared_until
    purge = next((job for job in jobs.items if job.name == PURGE_JOB), None)
    looked_at = purge.begun_at if purge is not None else None if state is None else state.created_at
    return Needs(
        is_unbuilt=state is None or not state.is_complete,
        is_due=state is not None and is_due(state, now),
        due_at=None if state is None else state.sweep_due_at,
        is_pending=bool(pending.items),
        has_left_job=any(job.state is JobState.RUNNING and not job.is_held(now) for job in jobs.items),
        is_uncleared=cleared_until is not None and now - ended_shares_kept - cleared_until >= CLEARED_EVERY,
        is_unpurged=looked_at is not None and now - looked_at >= CLEARED_EVERY,
    )
