"""What is kept of jobs.

JOBS / {name}     Job
"""

from __future__ import annotations

import enum
from datetime import datetime, timedelta

from entaku.table import Entity, access, key

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
