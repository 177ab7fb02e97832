"""What every driver promises of `write` and `read`, asked of the engine itself."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from entaku.core.errors import Invalid
from entaku.core.limits import CHANGES_KEPT_S
from entaku.table.driver import Driver, Expect, IndexKey, ItemKey, Patch, Predicate, Put, Range, Refused, Reused
from tests.table.raw_items import ABSENT, NOW, PRESENT, Fields, Raw, check, delete, in_index


@pytest.fixture
def raw(bare_driver: Driver) -> Raw:
    return Raw(bare_driver)


async def test_items_come_in_the_order_of_the_keys_and_none_for_each_that_is_not_there(raw: Raw) -> None:
    await raw.write(raw.put("a", n=1), raw.put("b", n=2))

    found = await raw.read("b", "none", "a", "b")

    assert [item and item.sk for item in found] == ["b", None, "a", "b"]


async def test_an_item_comes_back_as_it_was_put(raw: Raw) -> None:
    put = raw.put("a", n=7, version=5, expires_ms=NOW + 1, index_keys=in_index(1, "x"))
    await raw.write(put)

    (found,) = await raw.read("a")

    assert raw.fields(found) == Fields(7)
    assert found is not None
    assert found.index_keys in ((), put.item.index_keys)
    assert (found.version, found.write_id, found.expires_ms, found.schema) == (5, "w", NOW + 1, 1)


async def test_a_write_answers_what_is_stored_and_none_for_what_stores_nothing(raw: Raw) -> None:
    await raw.write(raw.put("gone"), raw.put("kept"), raw.put("patched", n=1))

    new, patched, none, nothing = await raw.write(
        raw.put("new", n=3), raw.patch("patched", n=2), delete("gone"), check("kept", PRESENT)
    )

    assert (raw.fields(new), raw.fields(patched)) == (Fields(3), Fields(2))
    assert (none, nothing) == (None, None)


async def test_an_item_is_told_from_others_by_both_parts_of_its_key(raw: Raw) -> None:
    await raw.write(raw.put("b", pk="a", n=1), raw.put("a", pk="b", n=2), raw.put("A", pk="a", n=3))

    assert [raw.fields((await raw.read(sk, pk=pk))[0]).n for pk, sk in ("ab", "ba", "aA")] == [1, 2, 3]


@pytest.mark.parametrize(
    ("expect", "holds"),
    [
        (ABSENT, False),
        (PRESENT, True),
        (Expect(present=True, version=4), True),
        (Expect(present=True, version=3), False),
        (Expect(present=True, schema=2), True),
        (Expect(present=True, schema=1), False),
        (Expect(present=True, schema_max=2), True),
        (Expect(present=True, schema_max=1), False),
    ],
)
async def test_an_action_is_done_if_and_only_if_its_expectation_holds(raw: Raw, expect: Expect, holds: bool) -> None:
    await raw.write(raw.put("a", version=4, schema=2))

    if holds:
        await raw.write(delete("a", expect=expect))
    else:
        with pytest.raises(Refused):
            await raw.write(delete("a", expect=expect))
    assert ((await raw.read("a")) == [None]) == holds


@pytest.mark.parametrize(
    ("operator", "value", "holds"),
    [
        ("eq", 5, True),
        ("eq", 6, False),
        ("ne", 5, False),
        ("ne", 6, True),
        ("lt", 5, False),
        ("lt", 10, True),
        ("le", 5, True),
        ("gt", 4, True),
        ("gt", 5, False),
        ("ge", 5, True),
        ("ge", 10, False),
        ("present", None, True),
        ("missing", None, False),
    ],
)
async def test_predicates_compare_numbers_by_value(raw: Raw, operator: str, value: int | None, holds: bool) -> None:
    await raw.write(raw.put("a", n=5))
    encoded = None if value is None else raw.driver.codec.encode_field(value)
    where = (Predicate("n", operator, encoded),)  # pyright: ignore[reportArgumentType]

    assert await is_done(raw, Expect(present=True, where=where)) == holds


@pytest.mark.parametrize(
    ("operator", "holds"),
    [("eq", False), ("ne", True), ("lt", False), ("ge", False), ("present", False), ("missing", True)],
)
@pytest.mark.parametrize("field", ["text", "never_there"])
async def test_with_an_absent_or_null_field_only_ne_and_missing_hold(
    raw: Raw, operator: str, holds: bool, field: str
) -> None:
    await raw.write(raw.put("a"))
    where = (Predicate(field, operator, raw.driver.codec.encode_field("x")),)  # pyright: ignore[reportArgumentType]

    assert await is_done(raw, Expect(present=True, where=where)) == holds


async def is_done(raw: Raw, expect: Expect) -> bool:
    try:
        await raw.write(delete("a", expect=expect))
    except Refused:
        return False
    return True


async def test_a_refused_list_has_done_nothing_and_names_the_first_that_failed(raw: Raw) -> None:
    await raw.write(raw.put("there", version=9))

    with pytest.raises(Refused) as refused:
        await raw.write(raw.put("new"), raw.put("there"), delete("none"))

    assert refused.value.position == 1
    assert refused.value.current is not None
    assert refused.value.current.version == refused.value.current_version == 9
    assert await raw.read("new") == [None]


async def test_a_refusal_by_what_is_not_there_carries_nothing(raw: Raw) -> None:
    with pytest.raises(Refused) as refused:
        await raw.write(delete("none"))

    assert (refused.value.position, refused.value.current) == (0, None)


async def test_a_check_writes_nothing(raw: Raw) -> None:
    await raw.write(raw.put("a", version=4))

    await raw.write(check("a", Expect(present=True, version=4)), check("b", ABSENT))

    (item,) = await raw.read("a")
    assert item is not None
    assert item.version == 4


async def test_an_expired_item_is_absent_for_reads_and_expectations(raw: Raw) -> None:
    await raw.write(raw.put("a", expires_ms=NOW + 5))

    assert await raw.read("a", now_ms=NOW + 4) != [None]
    assert await raw.read("a", now_ms=NOW + 5) == [None]
    with pytest.raises(Refused) as refused:
        await raw.write(delete("a"), now_ms=NOW + 5)
    assert refused.value.current is None
    await raw.write(raw.put("a", n=2, version=9), now_ms=NOW + 5)


async def test_an_item_that_was_deleted_comes_back_only_with_a_new_version(raw: Raw) -> None:
    await raw.write(raw.put("a", version=7))
    await raw.write(delete("a"))

    assert await first_new_version(raw, "a") == 9


async def test_an_item_that_has_expired_comes_back_only_with_a_new_version(raw: Raw) -> None:
    await raw.write(raw.put("a", version=7, expires_ms=NOW))

    assert await first_new_version(raw, "a") == 9


async def test_versions_are_remembered_for_as_long_as_changes(raw: Raw) -> None:
    await raw.write(raw.put("a", version=7, expires_ms=NOW), raw.put("b", version=7))
    await raw.write(delete("b"))
    later = NOW + CHANGES_KEPT_S * 1000
    await raw.driver.remove_expired(now_ms=later, limit=9)

    assert [await first_new_version(raw, sk, now_ms=later) for sk in ("a", "b")] == [9, 9]


async def test_a_used_version_is_refused_with_one_above_which_all_are_new(raw: Raw) -> None:
    await raw.write(raw.put("a", version=7))
    await raw.write(delete("a"))

    with pytest.raises(Reused) as refused:
        await raw.write(raw.put("new", version=100), raw.put("a", version=8))

    assert (refused.value.position, refused.value.current) == (1, None)
    assert await raw.read("new", "a") == [None, None]
    await raw.write(raw.put("a", version=refused.value.newest + 1))


async def first_new_version(raw: Raw, sk: str, now_ms: int = NOW) -> int:
    """The first version, counted from 1, that an item is allowed to be created with."""
    for version in range(1, 100):
        with suppress(Reused):
            await raw.write(raw.put(sk, version=version), now_ms=now_ms)
            return version
    raise AssertionError(f"no version of {sk} is new")


async def test_a_patch_sets_some_fields_and_adds_one_to_the_version(raw: Raw) -> None:
    await raw.write(raw.put("a", n=5, version=7, expires_ms=NOW + 9))

    (item,) = await raw.write(raw.patch("a", text="new"))

    assert raw.fields(item) == Fields(5, "new")
    assert item is not None
    assert (item.version, item.write_id, item.updated_at, item.expires_ms) == (8, "w2", "later", NOW + 9)
    assert item.created_at == "2026-04-01T00:00:00.000Z"


async def test_a_patch_counts_an_absent_or_null_field_as_zero(raw: Raw) -> None:
    await raw.write(raw.put("a", n=5))
    five = raw.driver.codec.encode_field(5)

    for field, total in (("n", 10), ("other", 5), ("other", 10)):
        patch = Patch(key=ItemKey("P", "a"), expect=PRESENT, write_id="", updated_at="", add={field: five})
        (item,) = await raw.write(patch)
        assert item is not None
        assert raw.driver.codec.fields(item.data)[field] == total


async def test_a_patch_moves_the_indexes_it_names_and_leaves_the_others(raw: Raw) -> None:
    keys = (IndexKey(1, "I", "one"), IndexKey(2, "I", "two"))
    await raw.write(raw.put("a", index_keys=keys))

    await raw.write(
        Patch(
            key=ItemKey("P", "a"),
            expect=PRESENT,
            write_id="",
            updated_at="",
            index_keys={1: IndexKey(1, "I", "moved"), 3: IndexKey(3, "I", "new")},
        )
    )
    assert [await raw.sks(Range(pk="I", index=n, limit=9)) for n in (1, 2, 3)] == [["moved"], ["two"], ["new"]]

    await raw.write(
        Patch(key=ItemKey("P", "a"), expect=PRESENT, write_id="", updated_at="", index_keys={1: None, 3: None})
    )
    assert [await raw.sks(Range(pk="I", index=n, limit=9)) for n in (1, 2, 3)] == [[], ["two"], []]


async def test_a_put_shows_the_item_in_exactly_the_indexes_it_names(raw: Raw) -> None:
    await raw.write(raw.put("a", index_keys=in_index(1, "old")))

    await raw.write(raw.put("a", expect=PRESENT, index_keys=in_index(2, "new")))

    assert [await raw.sks(Range(pk="I", index=n, limit=9)) for n in (1, 2)] == [[], ["new"]]


async def test_of_concurrent_lists_that_expect_one_version_one_is_done(raw: Raw) -> None:
    await raw.write(raw.put("a", version=1))

    outcomes = await asyncio.gather(
        *(raw.write(raw.put("a", n=n, version=2, expect=Expect(present=True, version=1))) for n in range(10)),
        return_exceptions=True,
    )

    assert sum(isinstance(each, Refused) for each in outcomes) == 9


async def test_a_snapshot_read_sees_lists_whole(raw: Raw) -> None:
    await raw.write(raw.put("a", n=0), raw.put("b", n=0))

    async def keep_writing() -> None:
        for n in range(1, 20):
            await raw.write(raw.put("a", n=n, expect=PRESENT), raw.put("b", n=n, expect=PRESENT))

    writing = asyncio.create_task(keep_writing())
    while not writing.done():
        one, other = await raw.driver.read([ItemKey("P", "a"), ItemKey("P", "b")], now_ms=NOW, snapshot=True)
        assert raw.fields(one) == raw.fields(other)
        await asyncio.sleep(0)


async def test_a_frozen_state_does_not_move(raw: Raw) -> None:
    await raw.write(raw.put("a", n=1))
    snapshot = await raw.driver.begin_snapshot()

    await raw.write(raw.put("a", n=2, expect=PRESENT), raw.put("b"))

    (item,) = await snapshot.read([ItemKey("P", "a")], now_ms=NOW)
    (stretch,) = await snapshot.query([Range(pk="P", limit=9)], now_ms=NOW)
    assert raw.fields(item).n == 1
    assert stretch.positions == ("a",)
    await snapshot.close()
    await snapshot.close()


@pytest.mark.parametrize("indexes", [1, 3])
async def test_making_a_table_that_is_there_leaves_its_items(raw: Raw, indexes: int) -> None:
    await raw.write(raw.put("a", index_keys=in_index(1, "x")))

    await raw.driver.create_table(indexes)

    assert await raw.read("a") != [None]
    assert await raw.sks(Range(pk="I", index=1, limit=9)) == ["x"]


async def test_closing_is_safe_to_repeat(raw: Raw) -> None:
    await raw.write(raw.put("a"))

    await raw.driver.close()
    await raw.driver.close()


def test_a_put_knows_its_key(raw: Raw) -> None:
    assert Put(item=raw.item("a"), expect=ABSENT).key == ItemKey("P", "a")


@pytest.mark.parametrize(("operator", "holds"), [("eq", False), ("ne", True)])
async def test_nothing_equals_null_and_everything_differs_from_it(raw: Raw, operator: str, holds: bool) -> None:
    await raw.write(raw.put("a", n=5))
    null = raw.driver.codec.encode_field(None)
    where = (Predicate("n", operator, null), Predicate("text", operator, null))  # pyright: ignore[reportArgumentType]

    assert await is_done(raw, Expect(present=True, where=where)) == holds


async def test_what_has_no_order_is_refused_whatever_is_stored(raw: Raw) -> None:
    where = (Predicate("n", "lt", raw.driver.codec.encode_field(None)),)

    with pytest.raises(Invalid, match="order"):
        await raw.write(delete("there"), delete("none", expect=Expect(present=True, where=where)))


async def test_an_item_in_two_actions_is_refused_whatever_is_stored(raw: Raw) -> None:
    with pytest.raises(Invalid, match="two actions"):
        await raw.write(delete("none"), raw.put("none"))


async def test_a_sum_beyond_what_has_a_digit_for_each_place_is_an_integer_still(raw: Raw) -> None:
    await raw.write(Put(item=raw.item("a", data=raw.driver.codec.encode(Fields(10**38 - 1))), expect=ABSENT))
    one = raw.driver.codec.encode_field(1)

    (item,) = await raw.write(Patch(key=ItemKey("P", "a"), expect=PRESENT, write_id="", updated_at="", add={"n": one}))

    assert raw.fields(item).n == 10**38
