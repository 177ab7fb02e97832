"""Writing audit records into the transactions of others, and reading them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from entaku.core.context import Actor
from entaku.core.errors import Forbidden
from entaku.core.ids import Randomness, new_id
from entaku.modules.audit.model import AuditRecord, Target
from entaku.modules.audit.periods import ALWAYS, Period, narrowed
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
        change_id: str | None = None,
        cause: str | None = None,
    ) -> AuditRecord:
        """Adds one record to the transaction of the change it speaks of; one action."""
        return tx.create(
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
                change_id=change_id,
                cause=cause,
                beginning_of=target.kind if before is None and after is not None and subject is None else None,
            )
        )

    def new_id(self, at: datetime) -> str:
        """A new id of a change, which its records have in common, or of what is to be the cause of some."""
        return new_id(at, self._randomness)

    async def list(
        self, actor: Actor, target: Target, *, limit: int, after: str | None = None, period: Period = ALWAYS
    ) -> Page[AuditRecord]:
        """The records of one target, newest first, for tenant administrators. Raises Forbidden."""
        table = self._readable_by(actor)
        return await self.list_of(table, target, limit=limit, after=after, period=period)

    async def list_by(
        self, actor: Actor, user_id: str, *, limit: int, after: str | None = None, period: Period = ALWAYS
    ) -> Page[AuditRecord]:
        """What was done under a user id, newest first, for tenant administrators: by everybody who has had it, and by
        an operator of another tenant who is called so there; each record says which. Raises Forbidden.

        By an index, which on some engines is a moment behind.
        """
        query = narrowed(AuditRecord.of_actor(actor=user_id), period)
        return await self._readable_by(actor).list(query, limit=limit, after=after, reverse=True)

    async def list_on(
        self, actor: Actor, day: date, *, limit: int, after: str | None = None, period: Period = ALWAYS
    ) -> Page[AuditRecord]:
        """What was done on a day, in UTC, newest first, for tenant administrators. Raises Forbidden.

        By an index, which on some engines is a moment behind.
        """
        query = narrowed(AuditRecord.of_day(recorded_at=day), period)
        return await self._readable_by(actor).list(query, limit=limit, after=after, reverse=True)

    async def list_of(
        self, table: BoundTable, target: Target, *, limit: int, after: str | None, period: Period = ALWAYS
    ) -> Page[AuditRecord]:
        """The same of one target without asking who calls: for a service that has asked already."""
        query = narrowed(AuditRecord.of_target(target=target), period)
        return await table.list(query, limit=limit, after=after, reverse=True)

    def _readable_by(self, actor: Actor) -> BoundTable:
        if not actor.is_admin:
            raise Forbidden("the audit trail is for tenant administrators")
        return self._table.for_tenant(actor.tenant_id)
