"""The promise of `create_table` for a table that is there: it gets the indexes that it lacks, and keeps its items."""

from __future__ import annotations

from entaku.table.driver import Driver, Range
from tests.table.raw_items import Raw, delete, in_index


async def test_an_index_that_is_added_shows_what_is_written_from_then_on(bare_driver: Driver) -> None:
    raw = Raw(bare_driver)
    await raw.write(raw.put("before"))

    await bare_driver.create_table(6)
    await raw.write(raw.put("after", index_keys=in_index(6, "shown")))

    assert await raw.sks(Range(pk="P", limit=9)) == ["after", "before"]
    assert await raw.sks(Range(pk="I", index=6, limit=9)) == ["shown"]


async def test_a_removed_item_leaves_an_index_that_was_added(bare_driver: Driver) -> None:
    raw = Raw(bare_driver)
    await bare_driver.create_table(6)
    await raw.write(raw.put("a", index_keys=in_index(6, "shown")))

    await raw.write(delete("a"))

    assert await raw.sks(Range(pk="I", index=6, limit=9)) == []


async def test_fewer_indexes_take_none_away(bare_driver: Driver) -> None:
    raw = Raw(bare_driver)
    await bare_driver.create_table(3)

    await bare_driver.create_table(1)
    await raw.write(raw.put("a", index_keys=in_index(3, "shown")))

    assert await raw.sks(Range(pk="I", index=3, limit=9)) == ["shown"]
