"""Rows in one piece: what the rest of sharing is given of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from entaku.core.clock import Clock
from entaku.core.context import Actor
from entaku.core.errors import Forbidden
from entaku.core.ids import Randomness
from entaku.modules.accounts import Hierarchies
from entaku.modules.audit import Audit
from entaku.modules.sharing.jobs.kinds import JobKind
from entaku.modules.sharing.jobs.model import JOBS_MAX, Job, JobState
from entaku.modules.sharing.retention.model import PURGE_JOB
from entaku.modules.sharing.rows.clearing import Clearing
from entaku.modules.sharing.rows.dirty import DirtyPairs
from entaku.modules.sharing.rows.jobs import RowJobs
from entaku.modules.sharing.rows.model import Pending, RowsState
from entaku.modules.sharing.rows.modes import Modes
from entaku.modules.sharing.rows.pending import Pendings
from entaku.modules.sharing.rows.progress import PendingChanges, pending_changes
from entaku.modules.sharing.rows.rounds import Rounds
from entaku.modules.sharing.rows.row_lists import RowLists
from entaku.modules.sharing.rows.settling import Settling
from entaku.modules.sharing.rows.transitions import Transitions, is_due
from entaku.modules.sharing.rows.worker import RowsWorker, WorkDone
from entaku.modules.sharing.shareable import ResourceKind, ResourceKinds
from entaku.table import Table
from entaku.table.commits import Committed
from entaku.table.entity import info_of

_PENDING = info_of(Pending).kind
CLEARED_EVERY = timedelta(days=1)
"""How often what has ended is cleared away, and the bin is looked through, where there is somebody who does so."""


class Upkeep(msgspec.Struct, frozen=True):
    """What a tenant needs to have done to it, as far as one look tells."""

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
    def is_wanted(self) -> bool:
        """Whether there is anything to do."""
        is_late = self.is_uncleared or self.is_unpurged
        return self.is_unbuilt or self.is_due or self.is_pending or self.has_left_job or is_late


class Rows:
    """Everything about rows."""

    def __init__(
        self,
        table: Table,
        hierarchies: Hierarchies,
        kinds: ResourceKinds,
        audit: Audit,
        clock: Clock,
        randomness: Randomness,
        *,
        threshold: int | None,
        ended_shares_kept: timedelta,
    ) -> None:
        """`ended_shares_kept`: for how long a share is kept that has ended."""
        self._table, self._hierarchies, self._clock = table, hierarchies, clock
        self._ended_shares_kept = ended_shares_kept
        self.pendings = Pendings(randomness)
        self.modes = Modes(self.pendings)
        self.transitions = Transitions(self.pendings)
        self.settling = settling = Settling(hierarchies, self.modes, kinds)
        dirty = DirtyPairs(hierarchies, self.modes)
        self.worker = RowsWorker(dirty, settling, self.modes, self.transitions, clock, threshold)
        jobs = RowJobs(hierarchies, dirty, settling, self.transitions, self.worker, clock)
        clearing = Clearing(self.pendings, audit, clock, kinds, ended_kept=ended_shares_kept)
        self.rounds = Rounds(table.platform, clock, randomness)
        self.job_kinds: tuple[JobKind, ...] = (*jobs.kinds, *clearing.kinds)

    async def catch_up(self, tenant_id: str) -> WorkDone:
        """Works through what is pending in a tenant. Safe to repeat, beside others, and to be killed anywhere."""
        return await self.worker.catch_up(self._table.for_tenant(tenant_id))

    async def sweep(self, tenant_id: str) -> int:
        """Makes pending what has started or ended by itself, if that is due, and says how much it was. As safe."""
        return await self.transitions.sweep(self._table.for_tenant(tenant_id), self._clock.now())

    async def due_at(self, tenant_id: str) -> datetime | None:
        """When the next share starts or ends by itself, or the tenant is swept in any case. One call."""
        state = await self._table.for_tenant(tenant_id).find(RowsState.at())
        return None if state is None else state.sweep_due_at

    def listen(self, hear: Callable[[str], None]) -> None:
        """From now on `hear` is told the tenant of each change of this process that leaves something to be done, after
        its commit. A hint: what is written by others, or when this process is killed, nobody hears."""

        def heard(committed: Committed) -> None:
            if any(item.kind == _PENDING and item.how == "created" for item in committed.items):
                hear(committed.tenant_id)

        self._table.commits.listen(heard)

    async def pending(self, actor: Actor) -> PendingChanges:
        """What is pending in the caller's tenant; for administrators. One call. Raises Forbidden."""
        if not actor.is_admin:
            raise Forbidden("what is being worked on is shown to tenant administrators")
        return await pending_changes(self._table.for_tenant(actor.tenant_id))

    async def upkeep(self, tenant_id: str) -> Upkeep:
        """Looks what there is to do in a tenant. Three calls, the cheapest there are: they may miss what was written a
        moment ago."""
        table, now = self._table.for_tenant(tenant_id), self._clock.now()
        state = await table.find(RowsState.at(), consistent=False)
        pending = await table.list(Pending.all(), limit=1, consistent=False)
        jobs = await table.list(Job.all(), limit=JOBS_MAX, consistent=False)
        cleared_until = None if state is None else state.cleared_until
        purge = next((job for job in jobs.items if job.name == PURGE_JOB), None)
        looked_at = purge.begun_at if purge is not None else None if state is None else state.created_at
        return Upkeep(
            is_unbuilt=state is None or not state.is_complete,
            is_due=state is not None and is_due(state, now),
            due_at=None if state is None else state.sweep_due_at,
            is_pending=bool(pending.items),
            has_left_job=any(job.state is JobState.RUNNING and not job.is_held(now) for job in jobs.items),
            is_uncleared=cleared_until is not None and now - self._ended_shares_kept - cleared_until >= CLEARED_EVERY,
            is_unpurged=looked_at is not None and now - looked_at >= CLEARED_EVERY,
        )

    def lists_of(self, kind: ResourceKind[Any]) -> RowLists:
        """What makes lists of rows."""
        return RowLists(self._hierarchies, self.modes, kind)
