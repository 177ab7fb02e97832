"""The change log on DynamoDB: records as changes, shards that end, marks that are lost, positions that are too old."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from aiodynamo.credentials import StaticCredentials

from entaku.core.clock import to_ms
from entaku.core.errors import Conflict, Internal, Invalid
from entaku.core.limits import CHANGES_KEPT_S
from entaku.table.driver import Change, Put
from entaku.table.drivers.dynamodb import DynamoDriver, open_dynamodb
from entaku.table.drivers.dynamodb.items import attributes_of
from entaku.table.drivers.dynamodb.positions import from_text
from entaku.table.drivers.dynamodb.streams import EARLIER_S
from entaku.testing import ManualClock
from tests.emulators.dynamodb import KEY, ask, open_for_test
from tests.emulators.scripted import ScriptedService
from tests.table.raw_items import ABSENT, NOW, PRESENT, Raw, delete

ON_AN_EMULATOR = pytest.mark.engine("dynamodb")
STREAM = "arn:aws:dynamodb:eu-west-1:1:table/table/stream/now"
DESCRIBED = {"Table": {"TableStatus": "ACTIVE", "KeySchema": [], "LatestStreamArn": STREAM}}


@pytest_asyncio.fixture
async def emulated() -> AsyncIterator[DynamoDriver]:
    opened = await open_for_test()
    await opened.create_table(1)
    yield opened
    await opened.close()


async def read_all(driver: DynamoDriver, position: str, limit: int = 1) -> list[Change]:
    found: list[Change] = []
    while True:
        batch = await driver.changes(position, limit=limit)
        found += batch.changes
        if not batch.changes:
            return found
        assert len(batch.changes) <= limit
        position = batch.changes[-1].position


def versions(changes: list[Change]) -> list[tuple[int | None, int | None, int]]:
    return [(each.old and each.old.version, each.new and each.new.version, each.version) for each in changes]


@ON_AN_EMULATOR
@pytest.mark.parametrize("limit", [1, 2, 9])
async def test_a_creation_over_an_expired_item_is_a_removal_and_a_creation(emulated: DynamoDriver, limit: int) -> None:
    raw, start = Raw(emulated), (await emulated.changes(None, limit=1)).position
    await raw.write(raw.put("a", version=3, expires_ms=NOW, logged=True))
    await raw.write(raw.put("a", version=9, logged=True))

    assert versions(await read_all(emulated, start, limit)) == [(None, 3, 3), (3, None, 4), (None, 9, 9)]


@ON_AN_EMULATOR
async def test_tombstones_come_and_go_unseen(emulated: DynamoDriver) -> None:
    raw, start = Raw(emulated), (await emulated.changes(None, limit=1)).position
    await raw.write(raw.put("a", version=3, logged=True))
    await raw.write(delete("a", logged=True))
    await ask(emulated, "DeleteItem", Key={"PK": {"S": "P"}, "SK": {"S": "a"}})
    await raw.write(raw.put("a", version=1, logged=True))

    assert versions(await read_all(emulated, start)) == [(None, 3, 3), (3, None, 4), (None, 1, 1)]


@ON_AN_EMULATOR
async def test_what_dynamodb_removes_by_itself_is_a_removal(emulated: DynamoDriver) -> None:
    raw = Raw(emulated)
    await raw.write(raw.put("a", version=3, expires_ms=NOW, logged=True), raw.put("b", expires_ms=NOW))
    start = (await emulated.changes(None, limit=1)).position

    for sk in "ab":
        await ask(emulated, "DeleteItem", Key={"PK": {"S": "P"}, "SK": {"S": sk}})

    assert versions(await read_all(emulated, start)) == [(3, None, 4)]


@ON_AN_EMULATOR
async def test_a_write_that_keeps_the_version_is_no_change(emulated: DynamoDriver) -> None:
    raw, start = Raw(emulated), (await emulated.changes(None, limit=1)).position
    await raw.write(raw.put("a", logged=True))

    await raw.write(raw.put("a", n=2, expect=PRESENT, logged=True))

    assert versions(await read_all(emulated, start)) == [(None, 1, 1)]


@ON_AN_EMULATOR
async def test_a_position_is_good_in_another_process(emulated: DynamoDriver) -> None:
    raw, start = Raw(emulated), (await emulated.changes(None, limit=1)).position
    for n in range(3):
        await raw.write(raw.put(f"{n}", logged=True))
    first = await emulated.changes(start, limit=1)
    other = await open_for_test(table=emulated.table)

    rest = await other.changes(first.position, limit=9)
    await other.close()

    assert [change.key.sk for change in rest.changes] == ["1", "2"]


class Scripted:
    """A stream of shards that are made up, and a driver that reads it."""

    def __init__(self, service: ScriptedService, driver: DynamoDriver, clock: ManualClock) -> None:
        self.service, self.driver, self.clock = service, driver, clock

    async def begin(self, *shards: str) -> str:
        """A position from now on, in as many open shards."""
        self.service.answers(DESCRIBED, _stream(*({"ShardId": shard} for shard in shards)))
        self.service.answers(*({"ShardIterator": f"mark of {shard}"} for shard in shards))
        position = (await self.driver.changes(None, limit=1)).position
        self.service.asked.clear()
        return position

    def record(self, sk: str, sequence: int, *, age_s: int = 0) -> dict[str, Any]:
        """Of an item that was created."""
        raw = Raw(self.driver)
        put = Put(item=raw.item(sk), expect=ABSENT, logged=True)
        created = to_ms(self.clock.now()) / 1000 - age_s
        image = {**attributes_of(put.item, "acme"), "Data": {"M": {}}}
        return {
            "dynamodb": {"SequenceNumber": str(sequence), "ApproximateCreationDateTime": created, "NewImage": image}
        }


def _stream(*shards: dict[str, Any]) -> dict[str, Any]:
    return {"StreamDescription": {"Shards": list(shards)}}


@pytest_asyncio.fixture
async def scripted(clock: ManualClock) -> AsyncIterator[Scripted]:
    async with ScriptedService() as service:
        driver = await open_dynamodb(
            "table",
            region="eu-west-1",
            endpoint=service.endpoint,
            credentials=StaticCredentials(KEY),
            clock=clock,
        )
        yield Scripted(service, driver, clock)
        await driver.close()


async def test_the_children_of_a_shard_are_read_after_its_end_and_from_their_beginning(scripted: Scripted) -> None:
    start = await scripted.begin("old")
    family = [{"ShardId": "old"}, {"ShardId": "one", "ParentShardId": "old"}, {"ShardId": "x", "ParentShardId": "y"}]
    scripted.service.answers(
        {"Records": [scripted.record("a", 1)]},
        _stream(*family),
        {"ShardIterator": "beginning"},
        {"Records": [scripted.record("b", 2)], "NextShardIterator": "next"},
    )

    batch = await scripted.driver.changes(start, limit=9)

    assert [change.key.sk for change in batch.changes] == ["a", "b"]
    assert scripted.service.asked[2][1]["ShardIteratorType"] == "TRIM_HORIZON"
    assert [place.shard for place in from_text(batch.position).places] == ["one"]


async def test_a_change_before_the_end_of_a_shard_leaves_its_children_to_be_found(scripted: Scripted) -> None:
    start = await scripted.begin("old")
    scripted.service.answers({"Records": [scripted.record("a", 1), scripted.record("b", 2)]})

    batch = await scripted.driver.changes(start, limit=1)

    assert [(place.shard, place.sequence) for place in from_text(batch.position).places] == [("old", "1")]


async def test_every_shard_has_its_turn_though_one_is_busy(scripted: Scripted) -> None:
    position = await scripted.begin("busy", "quiet")
    seen: list[str] = []
    for answers in (
        [{"Records": [scripted.record("a", 1)], "NextShardIterator": "n"}],
        [{"Records": [scripted.record("b", 2)], "NextShardIterator": "n"}],
    ):
        scripted.service.answers(*answers)
        batch = await scripted.driver.changes(position, limit=1)
        position = batch.position
        seen += [request["ShardIterator"] for operation, request in scripted.service.asked if operation == "GetRecords"]
        scripted.service.asked.clear()

    assert seen == ["mark of busy", "mark of quiet"]


async def test_where_reading_stopped_it_goes_on_by_the_mark_that_was_given(scripted: Scripted) -> None:
    position = await scripted.begin("old")
    scripted.service.answers({"Records": [scripted.record("a", 1)], "NextShardIterator": "next"})
    position = (await scripted.driver.changes(position, limit=9)).position
    scripted.service.answers({"Records": [], "NextShardIterator": "and next"})

    batch = await scripted.driver.changes(position, limit=9)

    assert batch.changes == ()
    assert scripted.service.asked[-1] == ("GetRecords", {"ShardIterator": "next", "Limit": 9})


async def test_a_mark_that_has_expired_is_made_again_from_the_record(scripted: Scripted) -> None:
    position = await scripted.begin("old")
    scripted.service.answers({"Records": [scripted.record("a", 1)], "NextShardIterator": "next"})
    position = (await scripted.driver.changes(position, limit=9)).position
    scripted.service.refuses("ExpiredIteratorException")
    scripted.service.answers({"ShardIterator": "again"}, {"Records": [scripted.record("b", 2)]}, _stream())

    batch = await scripted.driver.changes(position, limit=9)

    assert [change.key.sk for change in batch.changes] == ["b"]
    where = scripted.service.asked[2][1]
    assert (where["ShardIteratorType"], where["SequenceNumber"]) == ("AFTER_SEQUENCE_NUMBER", "1")


async def test_a_beginning_whose_mark_has_expired_is_found_by_its_time(scripted: Scripted) -> None:
    position = await scripted.begin("old")
    scripted.clock.advance(timedelta(hours=1))
    scripted.service.refuses("ExpiredIteratorException")
    before, after = 3600 + EARLIER_S + 1, 3600 - 1
    records = [scripted.record("before", 1, age_s=before), scripted.record("after", 2, age_s=after)]
    scripted.service.answers({"ShardIterator": "beginning"}, {"Records": records, "NextShardIterator": "next"})

    batch = await scripted.driver.changes(position, limit=9)

    assert [change.key.sk for change in batch.changes] == ["after"]


async def test_an_empty_answer_on_the_way_to_the_end_is_not_the_end(scripted: Scripted) -> None:
    position = await scripted.begin("old")
    scripted.service.refuses("ExpiredIteratorException")
    scripted.service.answers(
        {"ShardIterator": "beginning"},
        {"Records": [], "NextShardIterator": "on the way"},
        {"Records": [scripted.record("a", 1)], "NextShardIterator": "next"},
    )

    assert len((await scripted.driver.changes(position, limit=9)).changes) == 1


@pytest.mark.parametrize("code", ["TrimmedDataAccessException", "ResourceNotFoundException"])
async def test_a_position_that_dynamodb_has_forgotten_is_a_conflict(scripted: Scripted, code: str) -> None:
    position = await scripted.begin("old")
    scripted.service.refuses(code)

    with pytest.raises(Conflict, match="read the table"):
        await scripted.driver.changes(position, limit=9)


async def test_a_position_that_nobody_has_read_on_from_for_a_day_is_a_conflict(scripted: Scripted) -> None:
    position = await scripted.begin("old")
    scripted.clock.advance(timedelta(seconds=CHANGES_KEPT_S + 1))

    with pytest.raises(Conflict):
        await scripted.driver.changes(position, limit=9)
    assert scripted.service.asked == []


async def test_a_position_that_is_read_on_from_stays_young(scripted: Scripted) -> None:
    position = await scripted.begin("old")
    for _ in range(3):
        scripted.clock.advance(timedelta(seconds=CHANGES_KEPT_S - 1))
        scripted.service.answers({"Records": [], "NextShardIterator": "next"})
        position = (await scripted.driver.changes(position, limit=9)).position


async def test_a_position_in_another_stream_is_a_conflict_and_no_position_invalid(scripted: Scripted) -> None:
    position = await scripted.begin("old")
    other = DynamoDriver(scripted.driver._wire, "table", scripted.clock)
    scripted.service.answers({"Table": {**DESCRIBED["Table"], "LatestStreamArn": "another"}})

    with pytest.raises(Conflict):
        await other.changes(position, limit=9)
    for text in ("", "nonsense", "7", position[:-5]):
        with pytest.raises(Invalid, match="no position"):
            await other.changes(text, limit=9)


async def test_a_table_without_a_stream_says_so(scripted: Scripted) -> None:
    scripted.service.answers({"Table": {"TableStatus": "ACTIVE", "KeySchema": []}})

    with pytest.raises(Internal, match="no stream"):
        await scripted.driver.changes(None, limit=9)
