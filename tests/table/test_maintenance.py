"""Erasing a tenant step by step: all of its items go, and only they, wherever one starts and stops."""

from __future__ import annotations

import pytest

from entaku.table import Entity, Model, Table, key
from entaku.table.driver import Driver, ItemKey
from entaku.table.maintenance import erase_tenant


class Stone(Entity, kind="STONE", changes=True):
    """Something a tenant has."""

    stone_id: str

    @key("STONE#{stone_id}", "STONE")
    def at(*, stone_id: str) -> None:
        "One stone."


@pytest.fixture
def model() -> Model:
    return Model([Stone])


async def fill(table: Table, tenant_id: str, count: int) -> None:
    async with table.for_tenant(tenant_id).transaction() as tx:
        for number in range(count):
            tx.create(Stone(stone_id=f"s{number:03}"))


async def count(table: Table, tenant_id: str) -> int:
    keys = [Stone.at(stone_id=f"s{number:03}") for number in range(90)]
    found = await table.for_tenant(tenant_id).find_many(keys)
    return sum(stone is not None for stone in found)


async def test_all_items_of_the_tenant_go_and_only_they(table: Table) -> None:
    for tenant_id in ("a", "aa", "b"):
        await fill(table, tenant_id, 90)

    step = await erase_tenant(table, "aa")

    assert (step.erased, step.after) == (90, None)
    assert [await count(table, tenant_id) for tenant_id in ("a", "aa", "b")] == [90, 0, 90]


async def test_an_erasure_goes_on_where_it_stopped(table: Table) -> None:
    for tenant_id in ("a", "b"):
        await fill(table, tenant_id, 20)
    steps, erased = 0, 0
    after: ItemKey | None = None
    while True:
        step = await erase_tenant(table, "b", after=after, limit=7)
        steps, erased, after = steps + 1, erased + step.erased, step.after
        if after is None:
            break

    assert (steps, erased, await count(table, "a")) == (6, 20, 20)


async def test_erasing_twice_erases_nothing_more(table: Table) -> None:
    await fill(table, "a", 3)
    await erase_tenant(table, "a")

    assert (await erase_tenant(table, "a")).erased == 0


async def test_followers_of_changes_hear_of_it(table: Table, bare_driver: Driver) -> None:
    await fill(table, "a", 2)
    position = (await bare_driver.changes(None, limit=10)).position

    await erase_tenant(table, "a")

    batch = await bare_driver.changes(position, limit=10)
    assert [(change.tenant, change.kind, change.new) for change in batch.changes] == [("a", "STONE", None)] * 2
