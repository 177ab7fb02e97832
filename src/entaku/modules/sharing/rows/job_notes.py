"""How far the jobs of a tenant have come: a run that was killed is gone on with by the next one of its name."""

from __future__ import annotations

from entaku.core.clock import Clock
from entaku.modules.sharing.rows.model import Job, JobState
from entaku.table import BoundTable, changed


class JobNotes:
    """Begins and ends runs."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def begun(self, table: BoundTable, name: str) -> Job:
        """The run that was not finished, or a new one. Raises Conflict when another one begins at the same time."""
        present = await table.find(Job.at(name=name))
        if present is not None and present.state is JobState.RUNNING:
            return present
        new = Job(name=name, state=JobState.RUNNING, begun_at=self._clock.now())
        if present is None:
            return await table.create(new)
        return await table.replace(changed(new, _stored=present.stored))

    async def done(self, table: BoundTable, job: Job) -> Job:
        return await table.replace(changed(job, state=JobState.DONE, position=""))
