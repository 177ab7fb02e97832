"""What operators do to a tenant is in its trail, once and as it happened, also when they are interrupted half way."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from entaku.core.errors import Conflict, Unavailable
from entaku.core.limits import ATTEMPTS_MAX
from entaku.modules.accounts import Accounts, NewTenant, Purging, Tenant, TenantChange
from entaku.modules.accounts.model import TenantNote
from entaku.modules.audit import Audit, AuditRecord, Target
from entaku.table import Model, Table, idempotency_key
from entaku.table.driver import Driver
from entaku.testing import ManualClock, Storm
from entaku.testing.weather import Mishap
from tests.engines import SECRET, yield_once
from tests.modules.accounts.conftest import ANN, OPERATOR, Referring, furnished

INTERRUPTED = (None, *[Mishap.THROTTLED] * ATTEMPTS_MAX)
"""The change of the registry is written, and nothing after it."""
CHEAPER = TenantChange(tier="free")

Asking = Callable[[Accounts], Awaitable[Tenant]]


@pytest.fixture
def storm(bare_driver: Driver) -> Storm:
    return Storm(bare_driver, seed=1, percent=0)


@pytest.fixture
def stormy_table(storm: Storm, model: Model, clock: ManualClock) -> Table:
    return Table(storm, model, secret=SECRET, clock=clock, sleep=yield_once)


@pytest.fixture
async def stormy(stormy_table: Table) -> Accounts:
    return await furnished(stormy_table, Referring())


async def trail(table: Table) -> list[AuditRecord]:
    """What was done to the tenant since it was created, latest first."""
    page = await Audit(table, secrets.token_bytes).list(ANN, Target("tenant", "acme"), limit=50)
    return [record for record in page.items if record.action != "tenant_created"]


async def interrupted(stormy: Accounts, storm: Storm, ask: Asking) -> None:
    storm.next_writes(*INTERRUPTED)
    with pytest.raises(Unavailable):
        await ask(stormy)


def cheaper(accounts: Accounts) -> Awaitable[Tenant]:
    return accounts.tenants.change(OPERATOR, "acme", CHEAPER)


def cheaper_once(accounts: Accounts) -> Awaitable[Tenant]:
    return accounts.tenants.change(OPERATOR, "acme", CHEAPER, idempotency=idempotency_key("k", b""))


async def test_a_change_is_recorded_with_what_differs_and_its_version(accounts: Accounts, table: Table) -> None:
    tenant = await cheaper(accounts)

    (record,) = await trail(table)
    assert (record.action, record.actor, record.target_version) == ("tenant_changed", "@operator", tenant.version)
    assert (record.before, record.after) == ({"tier": "standard"}, {"tier": "free"})


async def test_nothing_is_left_to_record_after_a_change(accounts: Accounts, table: Table) -> None:
    await cheaper(accounts)

    assert (await table.platform.list(TenantNote.of_tenant(tenant_id="acme"))).items == ()


@pytest.mark.parametrize("ask", [cheaper, cheaper_once])
async def test_repeating_an_interrupted_change_records_it_once(
    stormy: Accounts, storm: Storm, stormy_table: Table, ask: Asking
) -> None:
    await interrupted(stormy, storm, ask)
    assert await trail(stormy_table) == []

    for _ in range(2):
        await ask(stormy)

    assert [record.after for record in await trail(stormy_table)] == [{"tier": "free"}]


async def test_repeating_an_interrupted_deletion_records_it_once(
    stormy: Accounts, storm: Storm, stormy_table: Table
) -> None:
    await stormy.tenants.change(OPERATOR, "acme", TenantChange(is_suspended=True))
    await interrupted(stormy, storm, lambda accounts: accounts.tenants.delete(OPERATOR, "acme"))

    await stormy.tenants.delete(OPERATOR, "acme")

    assert [record.action for record in await trail(stormy_table)] == ["tenant_deleted", "tenant_changed"]


async def test_a_later_change_records_an_interrupted_one_as_it_happened(
    stormy: Accounts, storm: Storm, stormy_table: Table, clock: ManualClock
) -> None:
    happened_at = clock.now()
    await interrupted(stormy, storm, cheaper)
    clock.advance(timedelta(hours=1))

    await stormy.tenants.change(OPERATOR, "acme", TenantChange(name="New"))

    later, earlier = await trail(stormy_table)
    assert (earlier.recorded_at, earlier.after) == (happened_at, {"tier": "free"})
    assert (later.recorded_at, later.after) == (clock.now(), {"name": "New"})


async def test_a_change_that_is_refused_leaves_no_record(stormy: Accounts, storm: Storm, stormy_table: Table) -> None:
    storm.next_writes(*[Mishap.THROTTLED] * ATTEMPTS_MAX)
    with pytest.raises(Unavailable):
        await cheaper(stormy)
    with pytest.raises(Conflict):
        await stormy.tenants.change(OPERATOR, "acme", TenantChange(subdomain="other"))

    await stormy.tenants.change(OPERATOR, "acme", TenantChange())

    assert await trail(stormy_table) == []


async def test_a_purged_tenant_leaves_nothing_for_the_trail_of_the_next(
    stormy: Accounts, storm: Storm, stormy_table: Table, clock: ManualClock
) -> None:
    await stormy.tenants.change(OPERATOR, "acme", TenantChange(is_suspended=True))
    await interrupted(stormy, storm, lambda accounts: accounts.tenants.delete(OPERATOR, "acme"))
    clock.advance(timedelta(days=31))
    await Purging(stormy_table, stormy.tenants).purge(OPERATOR, "acme")
    assert (await stormy_table.platform.list(TenantNote.of_tenant(tenant_id="acme"))).items == ()
    await stormy.tenants.create(OPERATOR, NewTenant(tenant_id="acme", name="Another"))

    await cheaper(stormy)

    assert [record.after for record in await trail(stormy_table)] == [{"tier": "free"}]
