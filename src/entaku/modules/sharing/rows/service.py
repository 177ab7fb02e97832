"""Rows in one piece: what the rest of sharing is given of them."""

from __future__ import annotations

from typing import Any, Literal

from entaku.core.clock import Clock
from entaku.core.context import Actor
from entaku.core.errors import Forbidden
from entaku.core.ids import Randomness
from entaku.modules.accounts import Hierarchies
from entaku.modules.audit import Audit
from entaku.modules.sharing.rows.clearing import Clearing
from entaku.modules.sharing.rows.dirty import DirtyPairs
from entaku.modules.sharing.rows.jobs import RowJobs
from entaku.modules.sharing.rows.model import Job
from entaku.modules.sharing.rows.modes import Modes
from entaku.modules.sharing.rows.pending import Pendings
from entaku.modules.sharing.rows.row_lists import RowLists
from entaku.modules.sharing.rows.settling import Settling
from entaku.modules.sharing.rows.transitions import Transitions
from entaku.modules.sharing.rows.worker import RowsWorker, WorkDone
from entaku.modules.sharing.shareable import ResourceKind, ResourceKinds
from entaku.table import Table

JobName = Literal["rows", "expiry", "statistics", "drift"]


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
    ) -> None:
        self._table, self._hierarchies, self._clock = table, hierarchies, clock
        self.pendings = Pendings(randomness)
        self.modes = Modes(self.pendings)
        self.transitions = Transitions(self.pendings)
        self.settling = settling = Settling(hierarchies, self.modes, kinds)
        dirty = DirtyPairs(hierarchies, self.modes)
        self.jobs = RowJobs(hierarchies, dirty, settling, self.transitions, clock)
        self._clearing = Clearing(self.pendings, self.transitions, audit, clock, kinds)
        self.worker = RowsWorker(dirty, settling, self.modes, self.transitions, clock, threshold)

    async def catch_up(self, tenant_id: str) -> WorkDone:
        """Works through what is pending in a tenant. Safe to repeat, beside others, and to be killed anywhere."""
        return await self.worker.catch_up(self._table.for_tenant(tenant_id))

    async def sweep(self, tenant_id: str) -> int:
        """Makes pending what has started or ended by itself, and says how much it was. As safe."""
        return await self.transitions.sweep(self._table.for_tenant(tenant_id), self._clock.now())

    async def run(self, actor: Actor, job: JobName) -> Job:
        """One job on the caller's tenant, to its end; for administrators. A run that was killed is gone on with.

        Raises Forbidden.
        """
        if not actor.is_admin:
            raise Forbidden("jobs are for tenant administrators")
        table = self._table.for_tenant(actor.tenant_id)
        match job:
            case "rows":
                done = await self.jobs.build(table)
                await self.sweep(actor.tenant_id)
                await self.catch_up(actor.tenant_id)
                return done
            case "expiry":
                return await self._clearing.expiry(table, actor)
            case "statistics":
                return await self._clearing.statistics(table)
            case "drift":
                return await self.jobs.drift(table)

    def lists_of(self, kind: ResourceKind[Any]) -> RowLists:
        """What makes lists of rows."""
        return RowLists(self._hierarchies, self.modes, kind)
