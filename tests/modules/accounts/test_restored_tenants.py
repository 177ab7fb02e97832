"""A tenant out of a backup: it is found when all of it is there, and takes nothing from those who are there already."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from entaku.core.errors import Conflict, NotFound
from entaku.modules.accounts import Accounts, IssuerRule, NewTenant, TenantChange, UserChange
from entaku.modules.accounts.sign_in.audiences import is_claimed
from entaku.table import Model, Table
from entaku.table.driver import Driver
from entaku.table.moving.backup import make_backup
from entaku.table.moving.restoring import restore_backup
from entaku.testing import ManualClock
from tests.engines import yield_once
from tests.modules.accounts.conftest import ANN, OPERATOR
from tests.table.places import Stopped, busy, stopping_at_unload

RETENTION = timedelta(days=30)


@pytest.fixture
async def file(table: Table, model: Model, clock: ManualClock, tmp_path: Path, accounts: Accounts) -> Path:
    """A backup of the tenant."""
    path = tmp_path / "acme.backup"
    await make_backup(table.driver, model, path, clock=clock, tenant="acme", sleep=yield_once)
    return path


async def restore(table: Table, file: Path, clock: ManualClock, driver: Driver | None = None) -> None:
    await restore_backup(driver or table.driver, table.model, file, clock=clock, tenant="acme", sleep=yield_once)


async def purge(accounts: Accounts, clock: ManualClock) -> None:
    await accounts.tenants.change(OPERATOR, "acme", TenantChange(is_suspended=True))
    await accounts.tenants.delete(OPERATOR, "acme")
    clock.advance(RETENTION)
    await accounts.purging.purge(OPERATOR, "acme")


async def test_a_purged_tenant_is_there_again(accounts: Accounts, table: Table, clock: ManualClock, file: Path) -> None:
    before = await accounts.tenants.get(OPERATOR, "acme")
    users = (await accounts.users.list(ANN, limit=10)).items
    await purge(accounts, clock)

    await restore(table, file, clock)

    tenant = await accounts.tenants.get(OPERATOR, "acme")
    assert (tenant.state, tenant.subdomain, tenant.created_at) == (before.state, before.subdomain, before.created_at)
    assert (await accounts.users.list(ANN, limit=10)).items == users
    assert [user.version for user in users] == [u.version for u in (await accounts.users.list(ANN, limit=10)).items]


async def test_no_version_that_the_registry_has_seen_comes_back(
    accounts: Accounts, table: Table, clock: ManualClock, file: Path
) -> None:
    await accounts.tenants.change(OPERATOR, "acme", TenantChange(name="Later"))
    later = await accounts.tenants.get(OPERATOR, "acme")
    await purge(accounts, clock)

    await restore(table, file, clock)

    assert (await accounts.tenants.get(OPERATOR, "acme")).version > later.version


async def test_a_subdomain_that_another_has_taken_is_not_taken_back(
    accounts: Accounts, table: Table, clock: ManualClock, file: Path
) -> None:
    await purge(accounts, clock)
    await accounts.tenants.create(OPERATOR, NewTenant(tenant_id="second", name="Second", subdomain="acme"))

    with pytest.raises(Conflict, match="SUBDOMAIN#acme"):
        await restore(table, file, clock)

    with pytest.raises(NotFound):
        await accounts.tenants.get(OPERATOR, "acme")


@pytest.mark.engine("dynamodb")
async def test_a_subdomain_that_changes_hands_during_a_backup_is_not_in_it(
    accounts: Accounts, table: Table, model: Model, clock: ManualClock, tmp_path: Path
) -> None:
    path, looks = tmp_path / "all.backup", iter(range(8))

    async def change_hands() -> None:
        if next(looks, None) == 7:  # when every segment has been read
            await accounts.tenants.change(OPERATOR, "acme", TenantChange(subdomain="former"))
            await accounts.tenants.change(OPERATOR, "other", TenantChange(subdomain="acme"))

    await make_backup(busy(table.driver, change_hands), model, path, clock=clock, tenant="acme", sleep=yield_once)
    await purge(accounts, clock)
    await restore(table, path, clock)

    tenant = await accounts.tenants.get(OPERATOR, "acme")
    assert tenant.subdomain == "former"


async def test_what_was_in_the_way_is_cleared_and_the_restoration_finished(
    accounts: Accounts, table: Table, clock: ManualClock, file: Path
) -> None:
    await purge(accounts, clock)
    await accounts.tenants.create(OPERATOR, NewTenant(tenant_id="second", name="Second", subdomain="acme"))
    with pytest.raises(Conflict):
        await restore(table, file, clock)
    await accounts.tenants.change(OPERATOR, "second", TenantChange(subdomain="second"))

    await restore(table, file, clock)

    assert (await accounts.tenants.get(OPERATOR, "acme")).subdomain == "acme"


@pytest.fixture
async def sharing(accounts: Accounts, table: Table, model: Model, clock: ManualClock, tmp_path: Path) -> Path:
    """A backup of the tenant, which shares an issuer with another one."""
    await accounts.issuers.put(OPERATOR, "acme", _shared("a"))
    await accounts.issuers.put(OPERATOR, "other", _shared("o"))
    path = tmp_path / "sharing.backup"
    await make_backup(table.driver, model, path, clock=clock, tenant="acme", sleep=yield_once)
    return path


def _shared(value: str) -> IssuerRule:
    return IssuerRule(
        issuer_id="staff",
        issuer="https://login.example.com",
        audience="app",
        tenant_claim="org",
        tenant_value=value,
    )


async def test_a_restored_tenant_takes_no_issuer_from_others_when_it_lets_go_of_its_own(
    accounts: Accounts, table: Table, clock: ManualClock, sharing: Path
) -> None:
    await purge(accounts, clock)
    await restore(table, sharing, clock)

    await accounts.issuers.delete(OPERATOR, "acme", "staff")

    assert await is_claimed(table.platform, "other", _shared("o"))


async def test_the_issuers_of_a_tenant_that_was_restored_elsewhere_are_put_again(
    accounts: Accounts, table: Table, clock: ManualClock, sharing: Path
) -> None:
    await purge(accounts, clock)
    await accounts.issuers.delete(OPERATOR, "other", "staff")  # so that nobody has that issuer here
    await restore(table, sharing, clock)
    assert not await is_claimed(table.platform, "acme", _shared("a"))

    await accounts.issuers.put(OPERATOR, "acme", _shared("a"))

    assert await is_claimed(table.platform, "acme", _shared("a"))


async def test_a_tenant_that_was_restored_elsewhere_leaves_no_claim_behind(
    accounts: Accounts, table: Table, clock: ManualClock, sharing: Path
) -> None:
    await purge(accounts, clock)
    await accounts.issuers.delete(OPERATOR, "other", "staff")
    await restore(table, sharing, clock)

    await purge(accounts, clock)

    await accounts.issuers.put(OPERATOR, "other", _shared("a"))


async def test_finishing_an_interrupted_restoration_takes_nothing_back_from_those_who_are_at_work_already(
    accounts: Accounts, table: Table, clock: ManualClock, file: Path
) -> None:
    await purge(accounts, clock)
    with pytest.raises(Stopped):
        await restore(table, file, clock, stopping_at_unload(table.driver))
    await accounts.users.change(ANN, "ben", UserChange(name="Benno"))
    await accounts.tenants.change(OPERATOR, "acme", TenantChange(name="Acme again"))

    await restore(table, file, clock)

    assert (await accounts.users.get(ANN, "ben")).name == "Benno"
    assert (await accounts.tenants.get(OPERATOR, "acme")).name == "Acme again"
