"""Purging: nothing of a deleted tenant is left, nothing of another is touched, and nobody brings back a half of one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from entaku.core.errors import Conflict, Forbidden, NotFound
from entaku.modules.accounts import Accounts, NewTenant, TenantChange, TenantState
from entaku.table import Table, idempotency_key
from entaku.table.driver import Item
from entaku.testing import ManualClock
from tests.modules.accounts.conftest import ANN, OPERATOR

RETENTION = timedelta(days=30)


async def items(table: Table, tenant_id: str) -> list[Item]:
    found = await table.driver.walk(0, 1, after=None, limit=10_000)
    return [item for item in found if item.pk.startswith(f"TENANT#{tenant_id}#")]


async def shut(accounts: Accounts) -> None:
    await accounts.tenants.change(OPERATOR, "acme", TenantChange(is_suspended=True))
    await accounts.tenants.delete(OPERATOR, "acme")


async def test_a_purged_tenant_is_gone_and_the_others_are_whole(
    accounts: Accounts, table: Table, clock: ManualClock
) -> None:
    await accounts.tenants.create(OPERATOR, NewTenant(tenant_id="acme2", name="Begins alike"))
    others = await items(table, "other") + await items(table, "acme2")
    await shut(accounts)
    clock.advance(RETENTION)

    count = len(await items(table, "acme"))
    erased = await accounts.purging.purge(OPERATOR, "acme")

    assert (erased, await items(table, "acme")) == (count, [])
    assert await items(table, "other") + await items(table, "acme2") == others
    with pytest.raises(NotFound):
        await accounts.tenants.get(OPERATOR, "acme")


async def test_what_had_expired_is_erased_too(accounts: Accounts, table: Table, clock: ManualClock) -> None:
    from entaku.modules.accounts import UserChange

    key = idempotency_key("k", b"x")
    await accounts.users.change(ANN, "ben", UserChange(name="Benno"), idempotency=key)
    await shut(accounts)
    clock.advance(RETENTION)

    await accounts.purging.purge(OPERATOR, "acme")

    assert await items(table, "acme") == []


async def test_id_and_subdomain_of_a_purged_tenant_are_free(accounts: Accounts, clock: ManualClock) -> None:
    await shut(accounts)
    clock.advance(RETENTION)
    await accounts.purging.purge(OPERATOR, "acme")

    created = await accounts.tenants.create(OPERATOR, NewTenant(tenant_id="acme", name="Acme again"))

    assert created.subdomain == "acme"
    assert (await accounts.users.list(ANN, limit=10)).items == ()


async def test_nothing_is_purged_before_its_time(accounts: Accounts, clock: ManualClock) -> None:
    with pytest.raises(Conflict, match="only a deleted one"):
        await accounts.purging.purge(OPERATOR, "acme")
    await shut(accounts)
    clock.advance(RETENTION - timedelta(seconds=1))

    with pytest.raises(Conflict, match="kept until"):
        await accounts.purging.purge(OPERATOR, "acme")
    with pytest.raises(Forbidden):
        await accounts.purging.purge(ANN, "acme")


async def test_an_interrupted_purge_is_due_again_and_cannot_be_taken_back(
    accounts: Accounts, table: Table, clock: ManualClock
) -> None:
    def crash(erased: int) -> None:
        raise ConnectionError("the power is gone")

    await shut(accounts)
    clock.advance(RETENTION)
    with pytest.raises(ConnectionError):
        await accounts.purging.purge(OPERATOR, "acme", progress=crash)
    due = await accounts.purging.list_due(OPERATOR, limit=10)
    with pytest.raises(Conflict, match="being purged"):
        await accounts.tenants.change(OPERATOR, "acme", TenantChange(is_suspended=False))

    await accounts.purging.purge(OPERATOR, "acme")

    assert [(tenant.tenant_id, tenant.state) for tenant in due.items] == [("acme", TenantState.PURGING)]
    assert await items(table, "acme") == []
