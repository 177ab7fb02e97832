"""The invariants notice what they are there for: each single item that is lost, and counters that are wrong by one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from entaku.core.config import Config
from entaku.main import App, build
from entaku.modules.accounts import Group, NewTenant, NewUser, Principal, PrincipalKind, individual
from entaku.modules.accounts.model import Usage
from entaku.modules.sharing import Grant, Library, NewLibrary, Permission, Share
from entaku.modules.sharing.model import library_resource
from entaku.table import BoundTable, changed
from entaku.table.driver import Expect, Item, Put
from tests.reliability.invariants import violations
from tests.reliability.stored import items_of

TENANT = "acme"
READERS = Principal(PrincipalKind.GROUP, "readers")
MISSED = ("LIBRARY", "SHARE", "PRINCIPAL_SHARE", "OWNERSHIP", "MEMBER", "EMAIL", "USER", "DIRECTORY", "SUBDOMAIN")


@pytest_asyncio.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    """Two people, one of them in a group, and a library shared with the group and with the other one."""
    app = await build(Config(data=tmp_path / "data"))
    actor = app.operator(TENANT)
    await app.accounts.tenants.create(actor, NewTenant(tenant_id=TENANT, name="Acme"))
    await app.accounts.directory.create(actor, Group(group_id="readers", name="Readers"))
    people = (
        NewUser(user_id="ann", name="Ann", email="ann@example.com", groups=frozenset({"readers"})),
        NewUser(user_id="ben", name="Ben"),
    )
    for new in people:
        await app.accounts.users.create(actor, new)
    await app.sharing.libraries.create(actor, NewLibrary(name="Handbook", library_id="handbook", owner="ann"))
    grants = [Grant(principal=READERS), Grant(principal=individual("ben"))]
    await app.sharing.shares.change(actor, "handbook", add=grants)
    yield app
    await app.close()


@pytest.fixture
def table(app: App) -> BoundTable:
    return app.table.for_tenant(TENANT)


async def test_a_sound_table_has_no_violations(app: App) -> None:
    assert await violations(app) == []


@asynccontextmanager
async def loss_of(app: App, item: Item) -> AsyncIterator[None]:
    """For a time the item has expired, which is to be absent. What was deleted could not come back at its version."""
    expired = Put(item=msgspec.structs.replace(item, expires_ms=1), expect=Expect(present=True))
    await app.table.driver.write([expired], tenant=TENANT, now_ms=0)
    yield
    await app.table.driver.write([Put(item=item, expect=Expect(present=True))], tenant=TENANT, now_ms=0)


async def test_the_loss_of_any_single_item_is_noticed(app: App) -> None:
    lost = [item for item in await items_of(app) if item.kind in MISSED or item.sk.endswith("READERS")]
    assert {item.kind for item in lost} == set(MISSED)

    for item in lost:
        async with loss_of(app, item):
            assert await violations(app), f"{item.pk} / {item.sk} is not missed"

    assert await violations(app) == []


async def test_the_loss_of_a_record_of_the_library_is_noticed(app: App) -> None:
    records = [item for item in await items_of(app) if item.kind == "AUDIT" and "library" in item.pk]

    for item in records:
        async with loss_of(app, item):
            assert await violations(app), f"{item.pk} / {item.sk} is not missed"

    assert len(records) == 3


async def test_a_counter_that_is_wrong_by_one_is_noticed(app: App, table: BoundTable) -> None:
    usage = await table.get(Usage.at())

    await table.replace(changed(usage, users=usage.users + 1))

    assert await violations(app) == ["tenant acme: usage is counted as 3 users, 1 libraries; it is 2, 1"]


async def test_a_share_that_was_changed_alone_is_noticed(app: App, table: BoundTable) -> None:
    share = await table.get(Share.at(resource=library_resource("handbook"), principal=READERS))
    more = msgspec.structs.replace(share.terms, permissions=frozenset(Permission))

    await table.replace(changed(share, terms=more))

    found = await violations(app)
    assert any("on other terms under its principal" in sentence for sentence in found)
    assert any("not what its records lead to" in sentence for sentence in found)


async def test_a_library_that_moved_without_a_record_is_noticed(app: App, table: BoundTable) -> None:
    library = await table.get(Library.at(library_id="handbook"))

    await table.replace(changed(library, name="Handbuch"))

    assert any("has no record of its versions" in sentence for sentence in await violations(app))
