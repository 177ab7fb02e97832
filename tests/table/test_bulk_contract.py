"""What an engine promises to those who move whole tables: one test for each sentence of `table/moving/bulk.py`."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

import pytest

from entaku.table import BoundTable, Table, changed
from entaku.table.driver import Driver, Expect, Item, ItemKey, Put
from entaku.table.moving.bulk import BulkDriver, FrozenTable, LoadedItem, bulk, tenant_of
from entaku.testing import ManualClock
from tests.table.entities import Account, Note, Site, Token
from tests.table.raw_items import NOW, Raw, in_index


@pytest.fixture
def engine_itself(bare_driver: Driver) -> BulkDriver:
    return bulk(bare_driver)


@pytest.fixture
def raw(bare_driver: Driver) -> Raw:
    return Raw(bare_driver)


def key_of(item: Item) -> ItemKey:
    return ItemKey(item.pk, item.sk)


async def walked(driver: BulkDriver) -> list[Item]:
    return sorted(await driver.walk(0, 1, after=None, limit=1000), key=key_of)


async def test_what_is_loaded_stands_as_it_was_given(engine_itself: BulkDriver, raw: Raw) -> None:
    items = [
        raw.item(f"{n}", n=n, version=7 + n, expires_ms=NOW + n, index_keys=in_index(1, f"{n}")) for n in range(60)
    ]

    await engine_itself.load([LoadedItem(item) for item in items])

    assert await walked(engine_itself) == sorted(items, key=key_of)


async def test_a_load_takes_the_place_of_what_is_there_also_with_an_older_version(
    engine_itself: BulkDriver, raw: Raw
) -> None:
    await raw.write(raw.put("a", version=9, n=1))

    older = raw.item("a", version=3, n=2, index_keys=in_index(2, "x"))
    await engine_itself.load([LoadedItem(older)])
    await engine_itself.load([LoadedItem(older)])

    assert await walked(engine_itself) == [older]


async def test_a_load_may_bring_back_versions_that_were_removed(engine_itself: BulkDriver, raw: Raw) -> None:
    await raw.write(raw.put("a", version=9))
    (removed,) = await walked(engine_itself)
    await engine_itself.unload([key_of(removed)])

    await engine_itself.load([LoadedItem(removed)])

    assert await walked(engine_itself) == [removed]


async def test_loads_and_unloads_are_in_no_change_log(engine_itself: BulkDriver, raw: Raw) -> None:
    position = (await engine_itself.changes(None, limit=9)).position

    await engine_itself.load([LoadedItem(raw.item("a"))])
    await engine_itself.unload([ItemKey("P", "a")])

    assert (await engine_itself.changes(position, limit=9)).changes == ()


async def test_what_was_loaded_for_a_tenant_is_logged_for_it_when_it_expires(
    engine_itself: BulkDriver, raw: Raw
) -> None:
    await engine_itself.load([LoadedItem(raw.item("a", expires_ms=NOW), "acme")])
    position = (await engine_itself.changes(None, limit=9)).position

    await engine_itself.remove_expired(now_ms=NOW + 1, limit=9)

    (change,) = (await engine_itself.changes(position, limit=9)).changes
    assert (change.tenant, change.new) == ("acme", None)


async def test_what_is_unloaded_is_gone_from_its_indexes_too_and_may_be_unloaded_again(
    engine_itself: BulkDriver, raw: Raw
) -> None:
    await engine_itself.load([LoadedItem(raw.item("a", index_keys=in_index(1, "x")))])

    await engine_itself.unload([ItemKey("P", "a"), ItemKey("P", "none")])
    await engine_itself.unload([ItemKey("P", "a")])

    assert await walked(engine_itself) == []


async def test_a_put_that_keeps_the_version_is_no_change_and_stays_logged(engine_itself: BulkDriver, raw: Raw) -> None:
    await raw.write(raw.put("a", version=5, logged=True))
    position = (await engine_itself.changes(None, limit=9)).position

    again = raw.item("a", version=5, expires_ms=NOW, index_keys=in_index(1, "x"))
    await raw.write(Put(item=again, expect=Expect(present=True, version=5), logged=True))

    assert (await engine_itself.changes(position, limit=9)).changes == ()
    await engine_itself.remove_expired(now_ms=NOW + 1, limit=9)
    assert len((await engine_itself.changes(position, limit=9)).changes) == 1


@pytest.mark.engine("dynamodb")
async def test_every_write_is_told_with_the_item_as_it_became(
    engine_itself: BulkDriver, acme: BoundTable, clock: ManualClock
) -> None:
    position = (await engine_itself.writes(None, limit=9)).position

    account = await acme.create(Account(id="1"))
    note = await acme.create(Note(book="b", id="n", stars=3))
    await acme.delete(account)
    await acme.patch(note, stars=4)
    await acme.create(Token(user="u", id="t", expires_at=clock.now() - timedelta(days=1)))

    told: dict[ItemKey, Item | None] = {}
    while changes := (batch := await engine_itself.writes(position, limit=2)).changes:
        position = batch.position
        told |= {change.key: change.new for change in changes}
    there = [item for item in told.values() if item is not None]
    assert sorted(there, key=key_of) == await walked(engine_itself)
    assert list(told.values()).count(None) == 1


@pytest.mark.engine("dynamodb")
async def test_a_write_that_keeps_the_version_is_told(engine_itself: BulkDriver, raw: Raw) -> None:
    await raw.write(raw.put("a", version=5))
    position = (await engine_itself.writes(None, limit=9)).position

    again = raw.item("a", version=5, index_keys=in_index(1, "x"))
    await raw.write(Put(item=again, expect=Expect(present=True, version=5)))

    assert [change.new for change in (await engine_itself.writes(position, limit=9)).changes] == [again]


@pytest.mark.engine("sqlite")
async def test_a_frozen_state_can_be_walked_while_others_write(engine_itself: BulkDriver, acme: BoundTable) -> None:
    notes = [await acme.create(Note(book="b", id=f"{n}")) for n in range(5)]
    before = await walked(engine_itself)
    frozen = await engine_itself.begin_snapshot()

    await acme.replace(changed(notes[0], text="later"))
    await acme.delete(notes[4])

    found: list[Item] = []
    while page := await cast("FrozenTable", frozen).walk(after=key_of(found[-1]) if found else None, limit=2):
        found += page
    await frozen.close()
    assert found == before


async def test_partitions_tell_their_tenant(table: Table, engine_itself: BulkDriver) -> None:
    await table.for_tenant("a b#c").create(Account(id="1"))
    await table.platform.create(Site(id="a b#c"))

    assert sorted(tenant_of(item.pk) for item in await walked(engine_itself)) == ["", "a b#c"]
