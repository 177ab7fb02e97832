"""Rows in one piece: what the rest of sharing is given of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from entaku.core.clock import Clock
from entaku.core.context import Actor
from entaku.core.errors import Forbidden
from entaku.core.ids import Randomness
from entaku.modules.accounts import Hierarchies
from entaku.modules.audit import Audit
from entaku.modules.sharing.jobs.kinds import JobKind
from entaku.modules.sharing.rows.clearing import Clearing
from entaku.modules.sharing.rows.dirty import DirtyPairs
from entaku.modules.sharing.rows.jobs import RowJobs
from entaku.modules.sharing.rows.model import Pending, RowsState
from entaku.modules.sharing.rows.modes import Modes
from entaku.modules.sharing.rows.pending import Pendings
from entaku.modules.sharing.rows.progress import PendingChanges, pending_changes
from entaku.modules.sharing.rows.row_lists import RowLists
from entaku.modules.sharing.rows.settling import Settling
from entaku.modules.sharing.rows.transitions import Transitions
from entaku.modules.sharing.rows.worker import RowsWorker, WorkDone
from entaku.modules.sharing.shareable import ResourceKind, ResourceKinds
from entaku.table import Table
from entaku.table.commits import Committed
from entaku.table.entity import info_of

_PENDING = info_of(Pending).kind


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
        self.pendings = Pendings(randomness)
        self.modes = Modes(self.pendings)
        self.transitions = Transitions(self.pendings)
        self.settling = settling = Settling(hierarchies, self.modes, kinds)
        dirty = DirtyPairs(hierarchies, self.modes)
        self.worker = RowsWorker(dirty, settling, self.modes, self.transitions, clock, threshold)
        jobs = RowJobs(hierarchies, dirty, settling, self.transitions, self.worker, clock)
        clearing = Clearing(self.pendings, audit, clock, kinds, ended_kept=ended_shares_kept)
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

    def lists_of(self, kind: ResourceKind[Any]) -> RowLists:
        """What makes lists of rows."""
        return RowLists(self._hierarchies, self.modes, kind)
