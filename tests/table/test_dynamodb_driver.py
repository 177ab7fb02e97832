"""What is peculiar to the driver of DynamoDB: attributes, tombstones, sums over null. The rest is the contract."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from entaku.core.errors import Internal, Invalid
from entaku.core.limits import CHANGES_KEPT_S
from entaku.table.driver import Delete, Expect, ItemKey, Patch, Put, Range, Refused
from entaku.table.drivers.dynamodb import DynamoDriver
from tests.emulators.dynamodb import ask, open_for_test
from tests.table.raw_items import ABSENT, NOW, PRESENT, Raw, delete, in_index

pytestmark = pytest.mark.engine("dynamodb")


@pytest_asyncio.fixture
async def driver() -> AsyncIterator[DynamoDriver]:
    opened = await open_for_test()
    await opened.create_table(2)
    yield opened
    await opened.close()


@pytest.fixture
def raw(driver: DynamoDriver) -> Raw:
    return Raw(driver)


async def stored(driver: DynamoDriver, sk: str) -> dict[str, Any] | None:
    """The attributes as any tool shows them, without their types."""
    answer = await ask(driver, "GetItem", Key={"PK": {"S": "P"}, "SK": {"S": sk}}, ConsistentRead=True)
    return {name: next(iter(value.values())) for name, value in answer["Item"].items()} if "Item" in answer else None


async def test_an_item_can_be_read_by_any_tool(raw: Raw, driver: DynamoDriver) -> None:
    await raw.write(raw.put("a", n=7, expires_ms=NOW + 1, index_keys=in_index(2, "x"), logged=True))

    assert await stored(driver, "a") == {
        "PK": "P",
        "SK": "a",
        "GSI2PK": "I",
        "GSI2SK": "x",
        "EntityType": "KIND",
        "Schema": "1",
        "Data": {"n": {"N": "7"}, "text": {"NULL": True}},
        "CreatedAt": "2026-04-01T00:00:00.000Z",
        "UpdatedAt": "2026-04-01T00:00:00.000Z",
        "Version": "1",
        "WriteId": "w",
        "ExpiresMs": str(NOW + 1),
        "TTL": str(NOW // 1000 + 1 + CHANGES_KEPT_S),
        "LoggedFor": "acme",
    }


async def test_an_item_that_is_not_logged_has_no_label(raw: Raw, driver: DynamoDriver) -> None:
    await raw.write(raw.put("a", logged=True), raw.put("b"))

    await raw.write(raw.patch("a"), raw.patch("b", logged=True))

    assert "LoggedFor" not in (await stored(driver, "a") or {})
    assert (await stored(driver, "b") or {})["LoggedFor"] == "acme"


async def test_what_is_removed_leaves_a_tombstone_for_as_long_as_changes_are_kept(
    raw: Raw, driver: DynamoDriver
) -> None:
    await raw.write(raw.put("a", version=7, expires_ms=NOW + 9, index_keys=in_index(1, "x"), logged=True))

    await raw.write(delete("a"))

    assert await stored(driver, "a") == {
        "PK": "P",
        "SK": "a",
        "Version": "7",
        "UpdatedAt": "1970-01-01T00:16:40.000Z",
        "ExpiresMs": "0",
        "TTL": str(NOW // 1000 + CHANGES_KEPT_S),
    }


async def test_a_tombstone_is_absent_for_every_call(raw: Raw, driver: DynamoDriver) -> None:
    await raw.write(raw.put("a", index_keys=in_index(1, "x")))
    await raw.write(delete("a"))

    assert await raw.read("a", now_ms=1) == [None]
    assert await raw.sks(Range(pk="P", limit=9)) == await raw.sks(Range(pk="I", index=1, limit=9)) == []
    assert await driver.walk(0, 1, after=None, limit=9) == []
    assert await driver.remove_expired(now_ms=NOW, limit=9) == 0
    with pytest.raises(Refused) as refused:
        await raw.write(raw.patch("a"))
    assert refused.value.current is None


async def test_removing_nothing_makes_nothing_impossible(raw: Raw) -> None:
    await raw.write(Delete(key=ItemKey("P", "never"), expect=ABSENT))

    await raw.write(raw.put("never", version=2))

    assert await raw.read("never") != [None]


async def test_a_page_is_full_although_removed_items_lie_before_it(raw: Raw, driver: DynamoDriver) -> None:
    sks = [f"{n:03}" for n in range(90)]
    await raw.write(*(raw.put(sk) for sk in sks))
    await raw.write(*(delete(sk) for sk in sks[:50]))

    (stretch,) = await driver.query([Range(pk="P", limit=20)], now_ms=NOW)

    assert (stretch.positions, stretch.more) == (tuple(sks[50:70]), True)


async def test_a_page_that_is_exactly_full_is_the_last(raw: Raw, driver: DynamoDriver) -> None:
    await raw.write(*(raw.put(sk) for sk in "abc"))

    stretches = await driver.query([Range(pk="P", limit=3, reverse=reverse) for reverse in (False, True)], now_ms=NOW)

    assert [(stretch.positions, stretch.more) for stretch in stretches] == [
        (("a", "b", "c"), False),
        (("c", "b", "a"), False),
    ]


@pytest.mark.parametrize("before", [None, 5])
async def test_a_sum_begins_at_null_as_at_a_number(raw: Raw, driver: DynamoDriver, before: int | None) -> None:
    await raw.write(Put(item=raw.item("a", data=driver.codec.encode({"n": before, "m": None})), expect=ABSENT))
    three = driver.codec.encode_field(3)

    items = [
        (await raw.write(Patch(key=ItemKey("P", "a"), expect=PRESENT, write_id="", updated_at="", add=add)))[0]
        for add in ({"n": three}, {"n": three, "m": three, "new": three})
    ]

    assert items[-1] is not None
    assert driver.codec.fields(items[-1].data) == {"n": (before or 0) + 6, "m": 3, "new": 3}


async def test_a_sum_at_null_is_refused_for_its_own_reasons_only(raw: Raw, driver: DynamoDriver) -> None:
    await raw.write(raw.put("a", version=4), raw.put("b"))
    add = {"text": driver.codec.encode_field(1)}
    stale = Expect(present=True, version=3)

    with pytest.raises(Refused) as refused:
        await raw.write(
            Patch(key=ItemKey("P", "b"), expect=PRESENT, write_id="", updated_at="", add=add),
            Patch(key=ItemKey("P", "a"), expect=stale, write_id="", updated_at="", add=add),
        )

    assert (refused.value.position, refused.value.current_version) == (1, 4)
    assert raw.fields((await raw.read("b"))[0]).text is None


@pytest.mark.parametrize("others", [[], ["b"]])
@pytest.mark.parametrize("amount", [Decimal("0.1"), Decimal("9e125")])
async def test_a_sum_that_needs_more_than_38_digits_is_refused(
    raw: Raw, driver: DynamoDriver, others: list[str], amount: Decimal
) -> None:
    largest = Decimal("9." + "9" * 37 + "e125") if amount > 1 else Decimal(10**38 - 1)
    await raw.write(Put(item=raw.item("a", data=driver.codec.encode({"n": largest})), expect=ABSENT))
    patch = Patch(
        key=ItemKey("P", "a"),
        expect=PRESENT,
        write_id="",
        updated_at="",
        add={"n": driver.codec.encode_field(amount)},
    )

    with pytest.raises(Invalid, match="38 digits"):
        await raw.write(patch, *(raw.put(sk) for sk in others))


async def test_a_list_of_almost_two_megabytes_is_one_write(raw: Raw, driver: DynamoDriver) -> None:
    data = driver.codec.encode({"text": "x" * 320_000})

    await raw.write(*(Put(item=raw.item(f"{n}", data=data), expect=ABSENT) for n in range(6)))

    assert [item and item.data for item in await raw.read(*"012345")] == [data] * 6


async def test_there_are_no_snapshots_and_they_are_refused_loudly(driver: DynamoDriver) -> None:
    assert not driver.snapshots
    with pytest.raises(Internal, match="no snapshots"):
        await driver.begin_snapshot()
