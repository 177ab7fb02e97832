"""What every driver promises of `query`, `walk` and `remove_expired`, asked of the engine itself."""

from __future__ import annotations

import msgspec
import pytest

from entaku.core.limits import QUERY_BYTES_MAX
from entaku.table.driver import Driver, IndexKey, ItemKey, Range
from tests.table.raw_items import NOW, PRESENT, Raw, delete, in_index

IDS = ["A", "a", "a#", "a#1", "a#2", "a$", "aé", "b", "\uffff", "\U00010000"]


@pytest.fixture
async def raw(bare_driver: Driver) -> Raw:
    made = Raw(bare_driver)
    await made.write(*(made.put(sk, index_keys=in_index(1, f"{sk}!")) for sk in IDS), made.put("a", pk="OTHER"))
    return made


@pytest.mark.parametrize("limit", [1, 3, len(IDS), 200])
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("index", [0, 1])
async def test_a_partition_comes_in_the_order_of_utf8_bytes(raw: Raw, limit: int, reverse: bool, index: int) -> None:
    part = Range(pk="I" if index else "P", index=index, limit=limit, reverse=reverse)

    expected = [f"{sk}!" if index else sk for sk in sorted(IDS, key=str.encode, reverse=reverse)]
    assert await raw.sks(part) == expected


@pytest.mark.parametrize("reverse", [False, True])
async def test_a_range_begins_at_low_and_ends_before_high(raw: Raw, reverse: bool) -> None:
    found = await raw.sks(Range(pk="P", low="a#", high="a$", limit=2, reverse=reverse))

    assert found == sorted(["a#", "a#1", "a#2"], reverse=reverse)


@pytest.mark.parametrize("after", ["a#1", "a#1x", "a#0"])
async def test_reading_goes_on_strictly_after_a_position_that_need_not_exist(raw: Raw, after: str) -> None:
    part = Range(pk="P", low="a#", high="a$", after=after, limit=9)

    assert await raw.sks(part) == [sk for sk in ("a#", "a#1", "a#2") if sk > after]
    assert await raw.sks(msgspec.structs.replace(part, reverse=True)) == [
        sk for sk in ("a#2", "a#1", "a#") if sk < after
    ]


async def test_a_position_outside_of_the_range_does_not_widen_it(raw: Raw) -> None:
    assert await raw.sks(Range(pk="P", low="a#", high="a$", after="0", limit=9)) == ["a#", "a#1", "a#2"]
    assert await raw.sks(Range(pk="P", low="a#", high="a$", after="z", limit=9, reverse=True)) == ["a#2", "a#1", "a#"]


async def test_each_range_of_a_call_is_answered_by_itself(raw: Raw) -> None:
    parts = [Range(pk="OTHER", limit=9), Range(pk="none", limit=9), Range(pk="P", low="b", high="c", limit=9)]

    stretches = await raw.driver.query(parts, now_ms=NOW)

    assert [stretch.positions for stretch in stretches] == [("a",), (), ("b",)]
    assert not any(stretch.more for stretch in stretches)


async def test_a_stretch_that_is_not_the_last_has_an_item(raw: Raw) -> None:
    large = "x" * 300_000
    for n in range(6):
        await raw.write(raw.put(f"{n}", pk="LARGE", data=raw.driver.codec.encode({"text": large})))

    assert 6 * len(large) > QUERY_BYTES_MAX
    assert await raw.sks(Range(pk="LARGE", limit=200)) == [f"{n}" for n in range(6)]


async def test_expired_items_are_left_out_of_the_table_and_of_indexes(raw: Raw) -> None:
    await raw.write(raw.put("e", pk="E", expires_ms=NOW + 1, index_keys=in_index(1, "e", pk="EI")))

    for index, pk in ((0, "E"), (1, "EI")):
        assert len(await raw.sks(Range(pk=pk, index=index, limit=9))) == 1
        assert await raw.sks(Range(pk=pk, index=index, limit=9), now_ms=NOW + 1) == []


async def test_a_deleted_item_leaves_every_index(raw: Raw) -> None:
    await raw.write(delete("a"))

    assert "a!" not in await raw.sks(Range(pk="I", index=1, limit=9))


@pytest.mark.parametrize("segments", [1, 3])
async def test_segments_are_disjoint_and_together_whole(raw: Raw, segments: int) -> None:
    await raw.write(raw.put("expired", pk="E", expires_ms=1))
    found: list[ItemKey] = []
    for segment in range(segments):
        after = None
        while True:
            items = await raw.driver.walk(segment, segments, after=after, limit=2)
            found += [ItemKey(item.pk, item.sk) for item in items]
            if len(items) < 2:
                break
            after = found[-1]

    assert sorted(found) == sorted([*(ItemKey("P", sk) for sk in IDS), ItemKey("OTHER", "a"), ItemKey("E", "expired")])


async def test_a_walk_tells_the_index_keys(raw: Raw) -> None:
    items = await raw.driver.walk(0, 1, after=None, limit=100)

    assert {item.index_keys for item in items if (item.pk, item.sk) == ("P", "b")} == {(IndexKey(1, "I", "b!"),)}


async def test_only_expired_items_are_removed_and_not_more_than_asked(raw: Raw) -> None:
    await raw.write(*(raw.put(f"e{n}", expires_ms=NOW + n) for n in range(5)))

    removed = [await raw.driver.remove_expired(now_ms=NOW + 3, limit=3) for _ in range(3)]

    assert removed == [3, 1, 0]
    assert await raw.read("e4") != [None]
    assert await raw.read("b") != [None]


async def test_an_expired_item_that_was_given_a_longer_life_stays(raw: Raw) -> None:
    await raw.write(raw.put("e", expires_ms=NOW + 1))
    await raw.write(raw.put("e", expect=PRESENT, expires_ms=NOW + 100))

    assert await raw.driver.remove_expired(now_ms=NOW + 1, limit=9) == 0
