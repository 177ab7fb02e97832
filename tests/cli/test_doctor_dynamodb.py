"""`entaku doctor` where the table is on DynamoDB: a sound one passes, and every problem comes with the way out."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import pytest_asyncio

from entaku.main import model
from entaku.table.derived.physical import create_request
from tests.cli.command_line import CommandLine
from tests.emulators.dynamodb import ask, emulator, open_for_test
from tests.emulators.scripted import Answer, ScriptedService

pytestmark = pytest.mark.engine("dynamodb")

TTL = {"TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": "TTL"}}
BACKUPS = {
    "ContinuousBackupsDescription": {"PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "ENABLED"}},
}
DENIED = Answer(
    {
        "__type": "com.amazon.coral.service#AccessDeniedException",
        "Message": "User: arn:u is not authorized to perform: dynamodb:DescribeTable on resource: arn:t",
    },
    400,
)


@pytest.fixture(autouse=True)
def on_dynamodb(monkeypatch: pytest.MonkeyPatch, entaku: CommandLine) -> None:
    monkeypatch.setenv("ENTAKU_PORT", "0")
    monkeypatch.setenv("ENTAKU_TABLE", "dynamodb")
    monkeypatch.setenv("ENTAKU_DYNAMODB_TABLE", f"doctor-{uuid.uuid4().hex}")


@pytest.fixture
def emulated(monkeypatch: pytest.MonkeyPatch, entaku: CommandLine) -> CommandLine:
    monkeypatch.setenv("ENTAKU_DYNAMODB_ENDPOINT", emulator())
    return entaku


@pytest_asyncio.fixture
async def service(monkeypatch: pytest.MonkeyPatch, entaku: CommandLine) -> AsyncIterator[ScriptedService]:
    async with ScriptedService() as started:
        monkeypatch.setenv("ENTAKU_DYNAMODB_ENDPOINT", started.endpoint)
        yield started


def problems(entaku: CommandLine) -> dict[str, Any]:
    findings = json.loads(entaku("doctor", "--json").out)["findings"]
    return {finding["about"]: finding for finding in findings if not finding["is_ok"]}


def described(**changes: Any) -> dict[str, Any]:
    """A sound table, but for these parts."""
    request = create_request("doctor", model().index_count)
    indexes = [{**index, "IndexStatus": "ACTIVE"} for index in request.pop("GlobalSecondaryIndexes")]
    return {"Table": {**request, "TableStatus": "ACTIVE", "GlobalSecondaryIndexes": indexes, **changes}}


def indexes(**changes: Any) -> list[dict[str, Any]]:
    """Those of a sound table, but for these parts of the first."""
    first, *others = described()["Table"]["GlobalSecondaryIndexes"]
    return [{**first, **changes}, *others]


def test_a_sound_table_passes(emulated: CommandLine) -> None:
    emulated.must("table", "create")

    lines = emulated.must("doctor").splitlines()

    assert all(line.startswith("ok ") for line in lines)
    looked_at = (
        "credentials",
        "AWS clock",
        "table",
        "indexes",
        "stream",
        "expiry",
        "recovery",
        "encryption",
        "database",
    )
    assert [about for about in looked_at if not any(line[4:].startswith(about) for line in lines)] == []


def test_a_table_that_is_not_there_is_told_and_not_made(emulated: CommandLine) -> None:
    for _ in range(2):
        assert "entaku table create" in problems(emulated)["table"]["way_out"]


async def test_each_part_that_is_missing_is_told(emulated: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = await open_for_test(through=emulator())
    made = create_request(bare.table, 0)
    del made["StreamSpecification"], made["SSESpecification"], made["TableName"]
    await ask(bare, "CreateTable", **made)
    await bare.close()
    monkeypatch.setenv("ENTAKU_DYNAMODB_TABLE", bare.table)

    found = await asyncio.to_thread(problems, emulated)

    assert found.keys() == {"indexes", "stream", "expiry", "recovery"}
    assert {finding["way_out"] for finding in found.values()} == {"run: entaku table create"}
    assert "GSI1" in found["indexes"]["says"]


@pytest.mark.parametrize(
    ("changes", "about", "says"),
    [
        ({"TableStatus": "INACCESSIBLE_ENCRYPTION_CREDENTIALS"}, "table", "INACCESSIBLE_ENCRYPTION_CREDENTIALS"),
        ({"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}, "key", "not PK and SK"),
        ({"GlobalSecondaryIndexes": indexes(IndexStatus="CREATING")}, "indexes", "GSI1 is CREATING"),
        ({"GlobalSecondaryIndexes": indexes(Projection={"ProjectionType": "KEYS_ONLY"})}, "indexes", "in GSI1"),
        ({"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}}, "stream", "KEYS_ONLY"),
    ],
)
async def test_each_part_that_is_wrong_is_told(
    service: ScriptedService, entaku: CommandLine, changes: dict[str, Any], about: str, says: str
) -> None:
    service.answers(described(**changes), TTL, BACKUPS, *[described()] * 9, *[{"Items": []}] * 9)

    found = await asyncio.to_thread(problems, entaku)

    assert says in found[about]["says"]
    assert found[about]["way_out"]


async def test_a_clock_that_is_off_is_told(service: ScriptedService, entaku: CommandLine) -> None:
    there = format_datetime(datetime.now(UTC) - timedelta(minutes=4), usegmt=True)
    bodies = described(TableStatus="UPDATING"), TTL, BACKUPS
    service.answers(*[Answer(body, headers={"Date": there}) for body in bodies])

    found = await asyncio.to_thread(problems, entaku)

    assert "ahead" in found["AWS clock"]["says"]
    assert "timedatectl" in found["AWS clock"]["way_out"]


async def test_who_is_not_let_in_hears_what_is_missing(service: ScriptedService, entaku: CommandLine) -> None:
    service.answers(DENIED)

    found = await asyncio.to_thread(problems, entaku)

    assert found["dynamodb"]["says"] == "arn:u may not dynamodb:DescribeTable on arn:t"
    assert "policy" in found["dynamodb"]["way_out"]


async def test_what_may_not_be_looked_at_keeps_nothing_else_from_being_told(
    service: ScriptedService, entaku: CommandLine
) -> None:
    service.answers(described(TableStatus="UPDATING", StreamSpecification={}), DENIED, DENIED)

    found = await asyncio.to_thread(problems, entaku)

    assert {"table", "stream", "expiry", "recovery"} <= found.keys()


def test_where_there_are_no_credentials_it_is_said_what_to_set(
    entaku: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENTAKU_DYNAMODB_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(entaku.data / "none"))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"):
        monkeypatch.delenv(name, raising=False)

    found = problems(entaku)

    assert "no credentials" in found["dynamodb"]["says"]
    assert "AWS_ACCESS_KEY_ID" in str(found["dynamodb"])


def test_where_no_region_is_named_it_is_said_what_to_set(entaku: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)

    assert "AWS_REGION" in str(problems(entaku)["dynamodb"])


def test_an_endpoint_where_nothing_listens_is_told(entaku: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTAKU_DYNAMODB_ENDPOINT", "http://127.0.0.1:1")

    found = problems(entaku)["dynamodb"]

    assert "http://127.0.0.1:1: nothing listens there" in found["says"]
    assert "ENTAKU_DYNAMODB_ENDPOINT" in found["way_out"]
