"""Tenancy: a table is one tenant's, and nothing that a tenant can say makes it another's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import msgspec
import pytest

from entaku.core.errors import Conflict, Internal, Invalid, NotFound
from entaku.table import BoundTable, Model, Table, idempotency_key
from entaku.table.driver import Driver, Item, ItemKey
from entaku.testing import CountingDriver, ManualClock
from tests.engines import SECRET
from tests.table.entities import ENTITIES, Account, Member, Note, Site
from tests.table.walking import walk


async def test_two_tenants_use_the_same_ids(acme: BoundTable, globex: BoundTable) -> None:
    ours = await acme.create(Account(id="1", balance=1))
    theirs = await globex.create(Account(id="1", balance=2))

    assert await acme.get(Account.at(id="1")) == ours
    assert await globex.get(Account.at(id="1")) == theirs


async def test_another_tenants_item_is_not_found(acme: BoundTable, globex: BoundTable) -> None:
    await acme.create(Account(id="1"))

    with pytest.raises(NotFound):
        await globex.get(Account.at(id="1"))
    with pytest.raises(NotFound):
        await globex.patch(Account.at(id="1"), balance=9)


async def test_listings_show_only_the_tenants_own(
    acme: BoundTable, globex: BoundTable, settled: Callable[[], Awaitable[None]]
) -> None:
    mine = await acme.create(Member(id="1", name="Ada"))
    await globex.create(Member(id="2", name="Bob"))
    await settled()

    assert await walk(acme, Member.by_name()) == [mine]


async def test_a_tenant_cannot_delete_with_another_tenants_entity(acme: BoundTable, globex: BoundTable) -> None:
    ours = await acme.create(Account(id="1", balance=1))
    theirs = await globex.create(Account(id="1", balance=2))

    with pytest.raises(Conflict):
        await globex.delete(ours)
    assert await globex.get(Account.at(id="1")) == theirs


@pytest.mark.parametrize("tenant", ["acme#BOOK", "acme#BOOK#b", "acme%23BOOK", "acm", "acme#", "ACME", " acme"])
async def test_no_spelling_of_a_tenant_reaches_into_another(table: Table, acme: BoundTable, tenant: str) -> None:
    await acme.create(Note(book="b", id="n"))

    stranger = table.for_tenant(tenant)

    assert await stranger.find(Note.at(book="b", id="n")) is None
    assert await walk(stranger, Note.in_book(book="b")) == []


def test_a_tenant_without_a_name_is_refused(table: Table) -> None:
    with pytest.raises(Invalid):
        table.for_tenant("")


async def test_another_tenants_cursor_is_invalid(acme: BoundTable, globex: BoundTable) -> None:
    for tenant in (acme, globex):
        for name in "abc":
            await tenant.create(Note(book="b", id=name))
    cursor = (await acme.list(Note.in_book(book="b"), limit=1)).cursor

    with pytest.raises(Invalid, match="cursor"):
        await globex.list(Note.in_book(book="b"), limit=1, after=cursor)


async def test_an_idempotency_key_is_its_tenants_own(acme: BoundTable, globex: BoundTable) -> None:
    async def work(_: object) -> str:
        return "done"

    ours, theirs = idempotency_key("k", b"payload"), idempotency_key("k", b"another payload")
    await acme.run(work, answer=str, idempotency=ours)
    await globex.run(work, answer=str, idempotency=theirs)

    assert not theirs.replayed


async def test_a_tenants_table_refuses_entities_of_the_platform(acme: BoundTable, table: Table) -> None:
    with pytest.raises(TypeError, match="platform"):
        await acme.create(Site(id="acme"))
    with pytest.raises(TypeError, match="tenant"):
        await table.platform.find(Account.at(id="1"))


async def test_the_platforms_items_and_a_tenants_live_side_by_side(table: Table, acme: BoundTable) -> None:
    site = await table.platform.create(Site(id="acme"))
    account = await acme.create(Account(id="1"))

    assert await table.platform.get(Site.at(id="acme")) == site
    assert await acme.get(Account.at(id="1")) == account


class Smuggler(CountingDriver):
    """An engine that has been changed by somebody: it answers every read with the item it was given."""

    item: Item | None = None

    async def read(
        self, keys: Sequence[ItemKey], *, now_ms: int, consistent: bool = True, snapshot: bool = False
    ) -> list[Item | None]:
        found = await super().read(keys, now_ms=now_ms, consistent=consistent, snapshot=snapshot)
        return found if self.item is None else [self.item]


@pytest.mark.parametrize("tenant", ["globex", "acmee"])
async def test_an_item_of_another_tenant_in_an_answer_is_internal(
    bare_driver: Driver, clock: ManualClock, tenant: str
) -> None:
    smuggler = Smuggler(bare_driver)
    table = Table(smuggler, Model(ENTITIES), secret=SECRET, clock=clock)
    await table.for_tenant(tenant).create(Account(id="1"))
    (smuggler.item,) = await bare_driver.read([ItemKey(f"TENANT#{tenant}#ACCOUNT#1", "BALANCE")], now_ms=0)
    assert smuggler.item is not None

    with pytest.raises(Internal, match="another tenant"):
        await table.for_tenant("acme").find(Account.at(id="1"))
    with pytest.raises(Internal, match="another tenant"):
        await table.platform.find(Site.at(id="acme"))


async def test_an_item_of_another_kind_in_an_answer_is_internal(bare_driver: Driver, clock: ManualClock) -> None:
    smuggler = Smuggler(bare_driver)
    acme = Table(smuggler, Model(ENTITIES), secret=SECRET, clock=clock).for_tenant("acme")
    await acme.create(Account(id="1"))
    (item,) = await bare_driver.read([ItemKey("TENANT#acme#ACCOUNT#1", "BALANCE")], now_ms=0)
    assert item is not None
    smuggler.item = msgspec.structs.replace(item, kind="NOTE")

    with pytest.raises(Internal, match="NOTE"):
        await acme.find(Account.at(id="1"))
