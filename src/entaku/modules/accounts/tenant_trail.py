"""What operators do to a tenant, in the tenant's own audit trail.

The registry of tenants is the platform's and each trail is its tenant's, and no transaction reaches both. So a change
of the registry comes first, and in its transaction a note of it; then the record is written into the trail, and then
the note goes. Whoever is interrupted in between leaves the note, and the next request about the tenant, a repetition
first of all, makes the record from it: once, with the time and the version of the change.

The other order would be simpler and would record what a conflict or a crash then prevents. A trail that tells of
changes which never were is worse than one that is late.
"""

from __future__ import annotations

import contextlib
from typing import Any

import msgspec

from entaku.core.context import Actor
from entaku.core.errors import Conflict
from entaku.core.ids import new_id
from entaku.modules.accounts.model import Tenant, TenantNote, TenantState
from entaku.modules.audit import AuditRecord, Target
from entaku.table import Table, Transaction, changed, pages_of


class TenantTrail:
    """Keeps the trails of tenants complete. Crosses from the platform to the tenant that the note is about."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def note(self, tx: Transaction, actor: Actor, action: str, before: Tenant, after: Tenant) -> None:
        """Adds the note to the transaction of the change: the fields that differ, as they were and as they are."""
        old, new = _shown(before), _shown(after)
        names = [name for name in new if new[name] != old[name]]
        tx.create(
            TenantNote(
                tenant_id=after.tenant_id,
                target_version=after.version,
                tenant_created_at=after.created_at,
                noted_at=tx.now,
                action=action,
                actor=actor.user_id,
                actor_tenant=actor.home_outside(after.tenant_id),
                api_key=actor.api_key,
                request_id=actor.request_id,
                before={name: old[name] for name in names},
                after={name: new[name] for name in names},
            )
        )

    async def complete(self, tenant: Tenant) -> None:
        """Makes the record of every note there is: of the change just made, and of those that were interrupted.

        Safe to repeat, and for several at once. One call when there is none; for each two more.
        """
        if tenant.state is TenantState.PURGING:
            return  # Its trail is being erased.
        notes = await self._table.platform.list(TenantNote.of_tenant(tenant_id=tenant.tenant_id))
        for note in notes.items:
            # A note of an earlier tenant, which has been purged, only goes.
            if note.tenant_created_at == tenant.created_at:
                await self._record(note)
            with contextlib.suppress(Conflict):  # Somebody else has removed it.
                await self._table.platform.delete(note)

    async def forget(self, tenant_id: str) -> None:
        """Removes every note about a tenant that is being purged: the trail it was for is erased. Safe to repeat."""
        async for notes in pages_of(self._table.platform, TenantNote.of_tenant(tenant_id=tenant_id)):
            for note in notes.items:
                with contextlib.suppress(Conflict):  # Somebody else has removed it.
                    await self._table.platform.delete(note)

    async def _record(self, note: TenantNote) -> None:
        """The same record whoever makes it, so that it is there once."""
        record = AuditRecord(
            target=Target("tenant", note.tenant_id),
            target_version=note.target_version,
            recorded_at=note.noted_at,
            record_id=new_id(note.noted_at, lambda count: note.target_version.to_bytes(count, "big")),
            action=note.action,
            actor=note.actor,
            actor_tenant=note.actor_tenant,
            api_key=note.api_key,
            before=note.before,
            after=note.after,
            request_id=note.request_id,
        )
        with contextlib.suppress(Conflict):  # It is there already.
            await self._table.for_tenant(note.tenant_id).create(record)


def _shown(tenant: Tenant) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(changed(tenant, _stored=msgspec.UNSET), order="deterministic")
    return fields
