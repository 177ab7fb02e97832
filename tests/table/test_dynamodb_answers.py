"""What DynamoDB answers on a bad day, and no emulator does: half an answer, conflicts, refusals for other reasons."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from aiodynamo.credentials import StaticCredentials

from entaku.core.errors import EntakuError, Internal, Invalid, Unavailable
from entaku.core.limits import ITEM_BYTES_MAX
from entaku.table.driver import ItemKey, Patch, Range, Refused, Reused
from entaku.table.drivers.dynamodb import DynamoDriver, open_dynamodb
from tests.emulators.dynamodb import KEY
from tests.emulators.scripted import Answer, ScriptedService
from tests.table.raw_items import NOW, PRESENT, Raw, check, delete


@pytest_asyncio.fixture
async def service() -> AsyncIterator[ScriptedService]:
    async with ScriptedService() as started:
        yield started


@pytest_asyncio.fixture
async def driver(service: ScriptedService) -> AsyncIterator[DynamoDriver]:
    opened = await open_dynamodb(
        "table", region="eu-west-1", endpoint=service.endpoint, credentials=StaticCredentials(KEY)
    )
    yield opened
    await opened.close()


@pytest.fixture
def raw(driver: DynamoDriver) -> Raw:
    return Raw(driver)


def image(sk: str, *, version: int = 1, expires_ms: int | None = None, **fields: dict[str, Any]) -> dict[str, Any]:
    """An item as DynamoDB answers it."""
    texts = {"PK": "P", "SK": sk, "EntityType": "KIND", "WriteId": "w", "CreatedAt": "c", "UpdatedAt": "u"}
    numbers = {"Schema": 1, "Version": version} | ({} if expires_ms is None else {"ExpiresMs": expires_ms})
    return {
        **{name: {"S": text} for name, text in texts.items()},
        **{name: {"N": str(number)} for name, number in numbers.items()},
        "Data": {"M": fields or {"n": {"N": "1"}}},
    }


def reasons(*codes: str, **of_first: Any) -> dict[str, Any]:
    first, *others = codes
    return {"CancellationReasons": [{"Code": first, **of_first}, *({"Code": code} for code in others)]}


async def test_keys_that_were_left_over_are_asked_for_again(service: ScriptedService, raw: Raw) -> None:
    left_over = {"table": {"Keys": [{"PK": {"S": "P"}, "SK": {"S": "b"}}], "ConsistentRead": True}}
    service.answers(
        {"Responses": {"table": [image("a")]}, "UnprocessedKeys": left_over}, {"Responses": {"table": [image("b")]}}
    )

    found = await raw.read("b", "a", "b", "c")

    assert [item and item.sk for item in found] == ["b", "a", "b", None]
    assert service.asked[1] == ("BatchGetItem", {"RequestItems": left_over})


async def test_keys_that_stay_left_over_are_unavailable(service: ScriptedService, raw: Raw) -> None:
    both = [{"PK": {"S": "P"}, "SK": {"S": sk}} for sk in "ab"]
    service.answers({"UnprocessedKeys": {"table": {"Keys": both}}})

    with pytest.raises(Unavailable):
        await raw.read("a", "b")


@pytest.mark.parametrize("code", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"])
async def test_a_transaction_that_others_were_in_the_way_of_was_not_done(
    service: ScriptedService, raw: Raw, code: str
) -> None:
    service.refuses("TransactionCanceledException", **reasons("None", code))
    service.refuses("TransactionCanceledException", **reasons("None", code))

    with pytest.raises(Unavailable) as failed:
        await raw.write(raw.put("a"), raw.put("b"))
    assert not failed.value.outcome_unknown
    with pytest.raises(Unavailable):
        await raw.driver.read([ItemKey("P", "a"), ItemKey("P", "b")], now_ms=NOW, snapshot=True)


async def test_a_condition_that_failed_counts_more_than_a_conflict(service: ScriptedService, raw: Raw) -> None:
    codes = ("TransactionConflict", "ConditionalCheckFailed", "ConditionalCheckFailed")
    service.refuses("TransactionCanceledException", **reasons(*codes))

    with pytest.raises(Refused) as refused:
        await raw.write(raw.put("a"), delete("b"), delete("c"))
    assert refused.value.position == 1


async def test_a_reused_version_names_the_newest_of_all_that_were_refused(service: ScriptedService, raw: Raw) -> None:
    failed = "ConditionalCheckFailed"
    gone = [{"Code": failed, "Item": image("a", version=version, expires_ms=0)} for version in (7, 9)]
    service.refuses("TransactionCanceledException", CancellationReasons=gone)

    with pytest.raises(Reused) as refused:
        await raw.write(raw.put("a"), raw.put("b"))
    assert (refused.value.position, refused.value.newest) == (0, 10)


async def test_all_patched_items_are_read_back_in_one_call(service: ScriptedService, raw: Raw) -> None:
    service.answers({}, {"Responses": {"table": [image("c"), image("a")]}})

    written = await raw.write(raw.patch("a"), raw.put("b"), raw.patch("c"), check("d", PRESENT))

    assert [item and item.sk for item in written] == ["a", "b", "c", None]


@pytest.mark.parametrize(
    ("message", "error", "said"),
    [
        ("An operand in the update expression has an incorrect data type", Invalid, "numbers"),
        ("Item size to update has exceeded the maximum allowed size", Invalid, str(ITEM_BYTES_MAX)),
        ("Number overflow. Attempting to store a number with magnitude larger ...", Invalid, "38 digits"),
        ("Attempting to store more than 38 significant digits in a Number", Invalid, "38 digits"),
        ("Invalid ConditionExpression: Syntax error", Internal, "Syntax error"),
    ],
)
async def test_a_value_that_is_refused_is_invalid_and_a_request_that_is_wrong_internal(
    service: ScriptedService, raw: Raw, message: str, error: type[EntakuError], said: str
) -> None:
    service.refuses("ValidationException", message)
    service.refuses("TransactionCanceledException", **reasons("ValidationError", "ConflictingReason", Message=message))

    for actions in ([raw.patch("a")], [raw.patch("a"), raw.put("b")]):
        with pytest.raises(error, match=said):
            await raw.write(*actions)


async def test_a_number_that_keeps_becoming_null_is_unavailable(service: ScriptedService, raw: Raw) -> None:
    add = {"n": raw.driver.codec.encode_field(1)}
    for value in ({"NULL": True}, {"N": "1"}, {"NULL": True}, {"N": "1"}):
        service.refuses("ConditionalCheckFailedException", Item=image("a", n=value))

    with pytest.raises(Unavailable, match="null"):
        await raw.write(Patch(key=ItemKey("P", "a"), expect=PRESENT, write_id="", updated_at="", add=add))


async def test_a_stale_sum_is_refused_at_once(service: ScriptedService, raw: Raw) -> None:
    add = {"n": raw.driver.codec.encode_field(1)}
    service.refuses("ConditionalCheckFailedException", Item=image("a", version=2))

    with pytest.raises(Refused):
        await raw.write(Patch(key=ItemKey("P", "a"), expect=PRESENT, write_id="", updated_at="", add=add))
    assert len(service.asked) == 1


async def test_a_query_goes_on_where_a_page_had_nothing_and_ends_where_a_page_was_full(
    service: ScriptedService, driver: DynamoDriver
) -> None:
    last = {"PK": {"S": "P"}, "SK": {"S": "x"}}
    gone = image("a", expires_ms=0)
    service.answers({"Items": [gone], "LastEvaluatedKey": last}, {"Items": [image("b")], "LastEvaluatedKey": last})

    (stretch,) = await driver.query([Range(pk="P", limit=5)], now_ms=NOW)

    assert (stretch.positions, stretch.more) == (("b",), True)
    assert service.asked[1][1]["ExclusiveStartKey"] == last


async def test_one_range_that_fails_fails_the_call(service: ScriptedService, driver: DynamoDriver) -> None:
    service.answers({"Items": []}, Answer(status=503))

    with pytest.raises(Unavailable):
        await driver.query([Range(pk="P", limit=5), Range(pk="Q", limit=5)], now_ms=NOW)


@pytest.mark.parametrize(
    "refusal", ["ThrottlingException", "AccessDeniedException", "ResourceNotFoundException", "SomethingElseException"]
)
async def test_what_was_written_but_cannot_be_read_back_for_any_reason_has_an_unknown_outcome(
    service: ScriptedService, raw: Raw, refusal: str
) -> None:
    service.answers({})
    service.refuses(refusal)

    with pytest.raises(Unavailable) as failed:
        await raw.write(raw.patch("a"), raw.put("b"))
    assert failed.value.outcome_unknown
    assert service.operations == ["TransactWriteItems", "GetItem"]


@pytest.mark.parametrize("keys", [["a"], ["a", "b"]])
async def test_a_table_that_is_gone_is_unavailable_and_named(
    service: ScriptedService, raw: Raw, keys: list[str]
) -> None:
    service.refuses("ResourceNotFoundException", "Requested resource not found")

    with pytest.raises(Unavailable, match=r"the table 'table' is not at http.*'entaku table create'"):
        await raw.read(*keys)


async def test_an_index_that_is_not_ready_is_unavailable(service: ScriptedService, driver: DynamoDriver) -> None:
    service.refuses("ValidationException", "Cannot read from backfilling global secondary index: GSI1")

    with pytest.raises(Unavailable, match="entaku table create"):
        await driver.query([Range(pk="P", index=1, limit=5)], now_ms=NOW)
