"""Purging: erasing, for good, what is left of tenants whose retention is over.

The tenant is marked first, so that nobody brings it back half erased; its items go next, then the values that they
kept apart, then what its trail does not show yet, and last of all its entry in the registry with its sub-domain. An
interrupted purge is finished by repeating it.
"""

from __future__ import annotations

from collections.abc import Callable

from entaku.core.context import Actor
from entaku.core.errors import Conflict, Unavailable
from entaku.core.limits import ATTEMPTS_MAX
from entaku.modules.accounts.acting import check_from_afar
from entaku.modules.accounts.model import SubdomainGuard, Tenant, TenantState
from entaku.modules.accounts.sign_in.issuers import forget_issuers
from entaku.modules.accounts.tenant_trail import TenantTrail
from entaku.modules.accounts.tenants import Tenants, check_not_own, check_operator
from entaku.table import Page, Table, Transaction, changed
from entaku.table.maintenance import erase_blobs, erase_tenant


def _silent(erased: int) -> None:
    """Nobody watches."""


class Purging:
    """Erases tenants that were deleted long enough ago. For operators."""

    def __init__(self, table: Table, tenants: Tenants) -> None:
        self._table, self._tenants, self._trail = table, tenants, TenantTrail(table)

    async def list_due(self, actor: Actor, *, limit: int, after: str | None = None) -> Page[Tenant]:
        """Tenants that may be purged now, or whose purge was interrupted, by name. A page may be short."""
        page = await self._tenants.list(actor, limit=limit, after=after)
        return Page(tuple(tenant for tenant in page.items if self._is_due(tenant)), page.cursor)

    async def purge(self, actor: Actor, tenant_id: str, *, progress: Callable[[int], None] = _silent) -> int:
        """Erase a tenant and free its id and sub-domain. Says how many items it was; `progress` hears of each step.

        Walks the whole table, at least twice. Raises Forbidden, NotFound, Conflict before the retention is over.
        """
        check_operator(actor)
        check_not_own(actor, tenant_id)

        async def mark(tx: Transaction) -> None:
            await check_from_afar(self._table, actor)
            tenant = await self._tenants.get(actor, tenant_id)
            if tenant.state not in (TenantState.DELETED, TenantState.PURGING):
                raise Conflict(f"tenant {tenant_id!r} is {tenant.state.value}; only a deleted one is purged")
            if not self._is_due(tenant):
                raise Conflict(f"tenant {tenant_id!r} is kept until {tenant.purge_after}; it can be purged then")
            if tenant.state is TenantState.DELETED:
                tx.replace(changed(tenant, state=TenantState.PURGING))

        await self._table.platform.run(mark)
        erased = await self._erase(tenant_id, progress)
        await erase_blobs(self._table, tenant_id)
        await self._trail.forget(tenant_id)
        await forget_issuers(self._table, tenant_id)
        await self._table.platform.run(lambda tx: self._remove(tx, actor, tenant_id))
        return erased

    def _is_due(self, tenant: Tenant) -> bool:
        if tenant.state is TenantState.PURGING:
            return True
        ends_at = tenant.purge_after
        return tenant.state is TenantState.DELETED and ends_at is not None and ends_at <= self._table.clock.now()

    async def _erase(self, tenant_id: str, progress: Callable[[int], None]) -> int:
        """Walks until a walk finds nothing more: what was still being written when the first one began goes too."""
        total = 0
        for _ in range(ATTEMPTS_MAX):
            before, after = total, None
            while True:
                step = await erase_tenant(self._table, tenant_id, after=after)
                total, after = total + step.erased, step.after
                progress(total)
                if after is None:
                    break
            if total == before:
                return total
        raise Unavailable(f"tenant {tenant_id!r} is still being written to; purge it again in a moment")

    async def _remove(self, tx: Transaction, actor: Actor, tenant_id: str) -> None:
        """The entry in the registry and the guard of the sub-domain."""
        tenant = await self._tenants.get(actor, tenant_id)
        guard = await self._table.platform.find(SubdomainGuard.at(subdomain=tenant.subdomain))
        if guard is not None and guard.tenant_id == tenant_id:
            tx.delete(guard)
        tx.delete(tenant)
