"""Writing audit records into the transactions of others, and reading them."""

from __future__ import annotations

from typing import Any

from entaku.core.context import Actor
from entaku.core.errors import Forbidden
from entaku.core.ids import Randomness, new_id
from entaku.modules.audit.model import AuditRecord, Target
from entaku.table import BoundTable, Page, Table, Transaction


class Audit:
    """The audit trail of each tenant."""

    def __init__(self, table: Table, randomness: Randomness) -> None:
        self._table, self._randomness = table, randomness

    def record(
        self,
        tx: Transaction,
        actor: Actor,
        action: str,
        target: Target,
        *,
        subject: str | None = None,
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
        reason: str | None = None,
        target_version: int = 0,
    ) -> None:
        """Adds one record to the transaction of the change it speaks of; one action."""
        tx.create(
            AuditRecord(
                target=target,
                recorded_at=tx.now,
                record_id=new_id(tx.now, self._randomness),
                action=action,
                actor=actor.user_id,
                actor_tenant=actor.home_outside(actor.tenant_id),
                api_key=actor.api_key,
                subject=subject,
                before=before,
                after=after,
                reason=reason,
                request_id=actor.request_id,
                target_version=target_version,
            )
        )

    async def list(self, actor: Actor, target: Target, *, limit: int, after: str | None = None) -> Page[AuditRecord]:
        """The records of one target, newest first, for tenant administrators. Raises Forbidden."""
        if not actor.is_admin:
            raise Forbidden("the audit trail is for tenant administrators")
        return await self.list_of(self._table.for_tenant(actor.tenant_id), target, limit=limit, after=after)

    async def list_of(self, table: BoundTable, target: Target, *, limit: int, after: str | None) -> Page[AuditRecord]:
        """The same without asking who calls: for a service that has asked already."""
        return await table.list(AuditRecord.of_target(target=target), limit=limit, after=after, reverse=True)
