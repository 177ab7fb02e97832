"""The tenants of the platform: created, listed and suspended by operators; each looks after its own settings.

A tenant is two things that cannot be written together: its entry in the platform's registry, and its own first items.
The own items come first, so that a tenant that is found is complete; an interrupted creation is finished by repeating
it. Of a later change the registry comes first, see `tenant_trail`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

import msgspec

from entaku.core.context import Actor
from entaku.core.errors import Conflict, Forbidden, Invalid, NotFound
from entaku.core.ids import check_id, shown
from entaku.core.limits import TIER_DEFAULT
from entaku.modules.accounts.acting import Reads, check_from_afar, run_acting
from entaku.modules.accounts.entries import advance, check_version
from entaku.modules.accounts.limits import Limits
from entaku.modules.accounts.model import Directory, SharingPolicy, SubdomainGuard, Tenant, TenantState, Usage
from entaku.modules.accounts.names import check_name
from entaku.modules.accounts.tenant_trail import TenantTrail
from entaku.modules.accounts.watching import MembershipWatcher
from entaku.modules.audit import Audit, Target
from entaku.table import Entity, IdempotencyKey, Key, Page, Table, Transaction, changed

RETENTION_DAYS = 30
_SUBDOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")  # RFC 1123 label


class NewTenant(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant to create."""

    tenant_id: str
    name: str
    subdomain: str | None = None
    """A DNS label; by default the id in small letters, with `-` for what a label cannot hold."""
    tier: str = TIER_DEFAULT
    sharing_policy: SharingPolicy = SharingPolicy.PRECEDENCE


class TenantChange(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator may change; what is unset stays."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    subdomain: str | msgspec.UnsetType = msgspec.UNSET
    tier: str | msgspec.UnsetType = msgspec.UNSET
    limits: dict[str, int] | msgspec.UnsetType = msgspec.UNSET
    is_suspended: bool | msgspec.UnsetType = msgspec.UNSET
    revoke_tokens: bool = False
    """Refuse every access token issued until now."""


class TenantSettings(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant's own settings, limits and usage. The version moves whenever any of them does."""

    tenant_id: str
    name: str
    subdomain: str
    tier: str
    sharing_policy: SharingPolicy
    limits: dict[str, int]
    usage: dict[str, int]
    version: int


class Tenants:
    """The registry. Operators see all of it, everybody their own tenant."""

    def __init__(self, table: Table, limits: Limits, audit: Audit, watcher: Callable[[], MembershipWatcher]) -> None:
        self._table, self._limits, self._audit, self._trail = table, limits, audit, TenantTrail(table)
        self._watcher = watcher

    async def create(self, actor: Actor, new: NewTenant, *, idempotency: IdempotencyKey | None = None) -> Tenant:
        """Raises Forbidden, Invalid, Conflict for an id or sub-domain that is taken.

        Safe to repeat with an idempotency key.
        """
        check_operator(actor)
        tenant = Tenant(
            tenant_id=check_id(new.tenant_id, "tenant"),
            name=check_name(new.name, f"tenant {new.tenant_id}"),
            subdomain=_check_subdomain(new.subdomain or _default_subdomain(new.tenant_id)),
            tier=self._limits.check_tier(new.tier),
        )

        async def work(tx: Transaction) -> Tenant:
            await check_from_afar(self._table, actor)
            platform = self._table.platform
            if await platform.find(Tenant.at(tenant_id=tenant.tenant_id)) is not None:
                raise Conflict(f"there is a tenant {tenant.tenant_id!r} already")
            await self._check_free(tenant.subdomain)
            await self._furnish(actor, tenant.tenant_id, new.sharing_policy)
            tx.create(SubdomainGuard(subdomain=tenant.subdomain, tenant_id=tenant.tenant_id))
            return tx.create(tenant)

        return await self._table.platform.run(work, answer=Tenant, idempotency=idempotency)

    async def _furnish(self, actor: Actor, tenant_id: str, policy: SharingPolicy) -> None:
        """The tenant's own first items, unless an interrupted creation has left them already."""
        table = self._table.for_tenant(tenant_id)

        async def work(tx: Transaction) -> None:
            if await table.find(Directory.at()) is None:
                tx.create(Directory(sharing_policy=policy, has_roll=True))
                tx.create(Usage())
                self._audit.record(
                    tx,
                    actor.acting_in(tenant_id),
                    "tenant_created",
                    Target("tenant", tenant_id),
                    after={"sharing_policy": policy},
                )

        await table.run(work)

    async def list(self, actor: Actor, *, limit: int, after: str | None = None) -> Page[Tenant]:
        """All tenants by name, for operators."""
        check_operator(actor)
        return await self._table.platform.list(Tenant.by_name(), limit=limit, after=after)

    async def get(self, actor: Actor, tenant_id: str) -> Tenant:
        """One tenant: any for operators, one's own for everybody else. Raises NotFound."""
        if tenant_id != actor.tenant_id and not actor.is_operator:
            raise NotFound(f"there is no tenant {shown(tenant_id)}")
        return await self._get(tenant_id)

    async def change(
        self,
        actor: Actor,
        tenant_id: str,
        change: TenantChange,
        *,
        expect: int | None = None,
        idempotency: IdempotencyKey | None = None,
    ) -> Tenant:
        """Change, suspend or let in again. Raises Forbidden, NotFound, Invalid, Conflict.

        The record in the tenant's trail follows in a transaction of its own. If that is interrupted, repeating the
        request makes up for it, and so does any later change.
        """
        check_operator(actor)
        if change.is_suspended is True:
            check_not_own(actor, tenant_id)

        async def work(tx: Transaction) -> Tenant:
            await check_from_afar(self._table, actor)
            before = await self._get(tenant_id)
            check_version(before.version, expect, f"tenant {tenant_id!r}")
            if before.state is TenantState.PURGING:
                raise Conflict(f"tenant {tenant_id!r} is being purged; it cannot be brought back")
            fields = self._fields(change)
            if change.revoke_tokens:
                fields["tokens_valid_from"] = tx.now
            after = changed(before, **fields)
            if after == before:
                return before
            if after.subdomain != before.subdomain:
                await self._check_free(after.subdomain)
                guard = await self._table.platform.get(SubdomainGuard.at(subdomain=before.subdomain))
                tx.delete(guard)
                tx.create(SubdomainGuard(subdomain=after.subdomain, tenant_id=tenant_id))
            stored = tx.replace(after)
            self._trail.note(tx, actor, "tenant_changed", before, stored)
            return stored

        tenant = await self._table.platform.run(work, answer=Tenant, idempotency=idempotency)
        await self._trail.complete(tenant)
        return tenant

    def _fields(self, change: TenantChange) -> dict[str, Any]:
        """The fields of the tenant that the change sets."""
        fields: dict[str, Any] = {}
        if change.name is not msgspec.UNSET:
            fields["name"] = check_name(change.name, "the tenant")
        if change.subdomain is not msgspec.UNSET:
            fields["subdomain"] = _check_subdomain(change.subdomain)
        if change.tier is not msgspec.UNSET:
            fields["tier"] = self._limits.check_tier(change.tier)
        if change.limits is not msgspec.UNSET:
            fields["limits"] = self._limits.check_overrides(change.limits)
        if change.is_suspended is not msgspec.UNSET:
            fields["state"] = TenantState.SUSPENDED if change.is_suspended else TenantState.ACTIVE
            fields["purge_after"] = None
        return fields

    async def delete(self, actor: Actor, tenant_id: str, *, expect: int | None = None) -> Tenant:
        """Shut a suspended tenant for good; what it has is purged 30 days later, until when `change` can bring it back.

        Raises Forbidden, NotFound, Conflict while it is not suspended.
        """
        check_operator(actor)
        check_not_own(actor, tenant_id)

        async def work(tx: Transaction) -> Tenant:
            await check_from_afar(self._table, actor)
            before = await self._get(tenant_id)
            if before.state in (TenantState.DELETED, TenantState.PURGING):
                return before
            check_version(before.version, expect, f"tenant {tenant_id!r}")
            if before.state is TenantState.ACTIVE:
                raise Conflict(f"tenant {tenant_id!r} is active; suspend it first")
            ends_at = tx.now + timedelta(days=RETENTION_DAYS)
            after = tx.replace(changed(before, state=TenantState.DELETED, purge_after=ends_at))
            self._trail.note(tx, actor, "tenant_deleted", before, after)
            return after

        tenant = await self._table.platform.run(work)
        await self._trail.complete(tenant)
        return tenant

    async def settings(self, actor: Actor) -> TenantSettings:
        """One's own tenant: settings, limits and usage."""
        tenant = await self._get(actor.tenant_id)
        directory, usage = await self._own_items(actor.tenant_id)
        return TenantSettings(
            tenant_id=tenant.tenant_id,
            name=tenant.name,
            subdomain=tenant.subdomain,
            tier=tenant.tier,
            sharing_policy=directory.sharing_policy,
            limits=self._limits.of(tenant),
            usage={"users": usage.users, "libraries": usage.libraries},
            version=_settings_version(tenant, directory, usage),
        )

    async def change_policy(
        self,
        actor: Actor,
        policy: SharingPolicy,
        *,
        expect: int | None = None,
        idempotency: IdempotencyKey | None = None,
    ) -> TenantSettings:
        """Decide how shares of several levels add up. For tenant administrators; every answer follows it at once.

        `expect` is the version of the settings. Raises Forbidden, Conflict.
        """
        if not actor.is_admin:
            raise Forbidden("the settings of a tenant are changed by its administrators")

        async def work(tx: Transaction, reads: Reads) -> None:
            before, usage = reads.find(Directory.at()), reads.find(Usage.at())
            if before is None or usage is None:
                raise NotFound(f"there is no tenant {shown(actor.tenant_id)}")
            if expect is not None:
                tenant = await self._get(actor.tenant_id)
                check_version(_settings_version(tenant, before, usage), expect, "the tenant's settings")
            if before.sharing_policy is not policy:
                advance(tx, changed(before, sharing_policy=policy))
                self._watcher().policy_changed(tx)
                self._audit.record(
                    tx,
                    actor,
                    "sharing_policy_changed",
                    Target("tenant", actor.tenant_id),
                    before={"sharing_policy": before.sharing_policy},
                    after={"sharing_policy": policy},
                    # The policy is the directory's, so its changes are in the order of the directory's versions.
                    target_version=before.version + 1,
                )

        await run_acting(self._table, actor, work, reading=(Directory.at(), Usage.at()), idempotency=idempotency)
        return await self.settings(actor)

    async def _own_items(self, tenant_id: str) -> tuple[Directory, Usage]:
        """The tenant's own first items, as they were at one instant."""
        keys = cast("tuple[Key[Entity], ...]", (Directory.at(), Usage.at()))
        directory, usage = await self._table.for_tenant(tenant_id).find_many(keys, snapshot=True)
        if directory is None or usage is None:
            raise NotFound(f"there is no tenant {shown(tenant_id)}")
        return cast("Directory", directory), cast("Usage", usage)

    async def _get(self, tenant_id: str) -> Tenant:
        tenant = await self._table.platform.find(Tenant.at(tenant_id=check_id(tenant_id, "tenant")))
        if tenant is None:
            raise NotFound(f"there is no tenant {shown(tenant_id)}")
        return tenant

    async def _check_free(self, subdomain: str) -> None:
        guard = await self._table.platform.find(SubdomainGuard.at(subdomain=subdomain))
        if guard is not None:
            raise Conflict(f"the sub-domain {subdomain!r} is taken; choose another")


def _settings_version(tenant: Tenant, directory: Directory, usage: Usage) -> int:
    """One number that grows whenever anything does that the settings show: each of the versions only ever grows."""
    return tenant.version + directory.version + usage.version


def check_not_own(actor: Actor, tenant_id: str) -> None:
    """Raises Forbidden when an operator would shut the tenant they belong to."""
    if actor.tenant_id == tenant_id:
        raise Forbidden("an operator cannot shut the tenant they belong to: nobody would be left to open it again")


def check_operator(actor: Actor) -> None:
    """Raises Forbidden unless an operator of the platform calls."""
    if not actor.is_operator:
        raise Forbidden("tenants are administered by operators of the platform")


def _check_subdomain(value: str) -> str:
    if _SUBDOMAIN.fullmatch(value) is None:
        raise Invalid(f"{shown(value)} is no sub-domain: 1-63 small letters, digits and -, no - at either end")
    return value


def _default_subdomain(tenant_id: str) -> str:
    return re.sub(r"[^a-z0-9-]", "-", tenant_id.lower()).strip("-")[:63].strip("-")
