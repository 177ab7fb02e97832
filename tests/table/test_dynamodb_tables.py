"""The physical table: what it is made of, that it is waited for, and that another one is not taken for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from aiodynamo.credentials import StaticCredentials

from entaku.core.errors import Conflict, Unavailable
from entaku.table.drivers.dynamodb.tables import LOOKS_MAX, Tables
from entaku.table.drivers.dynamodb.wire import Wire
from tests.emulators.dynamodb import KEY
from tests.emulators.scripted import ScriptedService

SCHEMA = [{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}]
ENABLED: list[dict[str, Any]] = [
    {"TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED"}},
    {
        "ContinuousBackupsDescription": {
            "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "ENABLED"},
        }
    },
]
DISABLED: list[dict[str, Any]] = [
    {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}},
    {},
    {"ContinuousBackupsDescription": {"ContinuousBackupsStatus": "ENABLED"}},
]


class Waits:
    """Counts the waits in place of waiting."""

    count = 0

    async def __call__(self, seconds: float) -> None:
        self.count += 1


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest_asyncio.fixture
async def service() -> AsyncIterator[ScriptedService]:
    async with ScriptedService() as started:
        yield started


@pytest_asyncio.fixture
async def tables(service: ScriptedService, waits: Waits) -> AsyncIterator[Tables]:
    wire = Wire(region="eu-west-1", endpoint=service.endpoint, credentials=StaticCredentials(KEY))
    yield Tables(wire, "items", waits)
    await wire.close()


def described(
    status: str = "ACTIVE", *, indexes: int = 0, index_status: str = "ACTIVE", schema: Any = SCHEMA
) -> dict[str, Any]:
    made = [{"IndexName": f"GSI{n}", "IndexStatus": index_status} for n in range(1, indexes + 1)]
    return {"Table": {"TableStatus": status, "KeySchema": schema, "GlobalSecondaryIndexes": made}}


async def test_a_table_is_made_with_all_that_is_needed_and_waited_for(
    service: ScriptedService, tables: Tables, waits: Waits
) -> None:
    service.refuses("ResourceNotFoundException")
    service.answers({}, described("CREATING"), described(indexes=1, index_status="CREATING"), described(indexes=1))
    service.answers(*DISABLED)
    service.refuses("ContinuousBackupsUnavailableException")
    service.answers({})

    await tables.create(1)

    definition = service.asked[1][1]
    assert (definition["BillingMode"], definition["SSESpecification"]["Enabled"]) == ("PAY_PER_REQUEST", True)
    assert definition["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    assert [index["Projection"] for index in definition["GlobalSecondaryIndexes"]] == [{"ProjectionType": "ALL"}]
    assert service.operations[-4:] == [
        "UpdateTimeToLive",
        "DescribeContinuousBackups",
        "UpdateContinuousBackups",
        "UpdateContinuousBackups",
    ]
    assert waits.count == 3


async def test_a_table_that_is_there_is_left_as_it_is(service: ScriptedService, tables: Tables) -> None:
    service.answers(described(indexes=3), *ENABLED)

    await tables.create(2)

    assert service.operations == ["DescribeTable", "DescribeTimeToLive", "DescribeContinuousBackups"]


async def test_a_table_that_somebody_else_has_just_made_is_waited_for(service: ScriptedService, tables: Tables) -> None:
    service.refuses("ResourceNotFoundException")
    service.refuses("ResourceInUseException")
    service.answers(described("CREATING"), described(), *ENABLED)

    await tables.create(0)

    assert service.operations[:4] == ["DescribeTable", "CreateTable", "DescribeTable", "DescribeTable"]


@pytest.mark.parametrize(
    ("there", "said"),
    [
        (described(indexes=1), "GSI2, GSI3 must be made first"),
        (described(indexes=3, schema=SCHEMA[:1]), "another key"),
    ],
)
async def test_a_table_that_does_not_do_is_a_conflict(
    service: ScriptedService, tables: Tables, there: dict[str, Any], said: str
) -> None:
    service.answers(there)

    with pytest.raises(Conflict, match=said):
        await tables.create(3)


async def test_waiting_has_an_end(service: ScriptedService, tables: Tables, waits: Waits) -> None:
    service.answers(*[described("CREATING")] * (LOOKS_MAX + 1))

    with pytest.raises(Unavailable, match="not ready"):
        await tables.create(0)
    assert waits.count == LOOKS_MAX - 1
