"""The physical table: what it is made of, that it is waited for, and that another one is not taken for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from aiodynamo.credentials import StaticCredentials

from entaku.core.errors import Conflict, Internal, Unavailable
from entaku.table.drivers.dynamodb.tables import LOOKS_MAX, Tables
from entaku.table.drivers.dynamodb.wire import Wire
from tests.emulators.dynamodb import KEY
from tests.emulators.scripted import ScriptedService

SCHEMA = [{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}]
STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
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
    status: str = "ACTIVE",
    *,
    indexes: int = 0,
    index_status: str = "ACTIVE",
    schema: Any = SCHEMA,
    stream: Any = STREAM,
    billing: str = "PAY_PER_REQUEST",
) -> dict[str, Any]:
    made = [{"IndexName": f"GSI{n}", "IndexStatus": index_status} for n in range(1, indexes + 1)]
    return {
        "Table": {
            "TableStatus": status,
            "KeySchema": schema,
            "GlobalSecondaryIndexes": made,
            "StreamSpecification": stream,
            "BillingModeSummary": {"BillingMode": billing},
            "ProvisionedThroughput": {"ReadCapacityUnits": 7, "WriteCapacityUnits": 5},
        }
    }


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


async def test_indexes_that_lack_are_added_one_after_the_other(service: ScriptedService, tables: Tables) -> None:
    service.answers(described(indexes=1), {}, described("UPDATING", indexes=2, index_status="CREATING"))
    service.answers(described(indexes=2), {}, described(indexes=3), *ENABLED)

    await tables.create(3)

    updates = [request for operation, request in service.asked if operation == "UpdateTable"]
    added = [update["GlobalSecondaryIndexUpdates"][0]["Create"] for update in updates]
    assert [each["IndexName"] for each in added] == ["GSI2", "GSI3"]
    assert {each["AttributeName"] for each in updates[0]["AttributeDefinitions"]} == {"PK", "SK", "GSI2PK", "GSI2SK"}
    assert "ProvisionedThroughput" not in added[0]


async def test_an_index_of_a_table_with_provisioned_capacity_gets_as_much(
    service: ScriptedService, tables: Tables
) -> None:
    service.answers(described(billing="PROVISIONED"), {}, described(indexes=1, billing="PROVISIONED"), *ENABLED)

    await tables.create(1)

    (added,) = service.asked[1][1]["GlobalSecondaryIndexUpdates"]
    assert added["Create"]["ProvisionedThroughput"] == {"ReadCapacityUnits": 7, "WriteCapacityUnits": 5}


@pytest.mark.parametrize("refused_as", ["ResourceInUseException", "ValidationException"])
async def test_an_index_that_somebody_else_is_adding_is_waited_for(
    service: ScriptedService, tables: Tables, refused_as: str
) -> None:
    service.answers(described())
    service.refuses(refused_as, "Attempting to create an index which already exists")
    service.answers(described("UPDATING", indexes=1, index_status="CREATING"), described(indexes=1), *ENABLED)

    await tables.create(1)

    assert service.operations.count("UpdateTable") == 1


async def test_an_index_that_cannot_be_added_says_why(service: ScriptedService, tables: Tables) -> None:
    service.answers(described())
    service.refuses("ValidationException", "no more than 20 indexes")
    service.answers(described())

    with pytest.raises(Internal, match="no more than 20 indexes"):
        await tables.create(1)


async def test_a_stream_that_is_off_is_turned_on(service: ScriptedService, tables: Tables) -> None:
    service.answers(described(stream={}), {}, described(), *ENABLED)

    await tables.create(0)

    assert service.asked[1] == ("UpdateTable", {"TableName": "items", "StreamSpecification": STREAM})


async def test_each_step_is_told_when_it_begins(service: ScriptedService, tables: Tables) -> None:
    told: list[str] = []
    service.refuses("ResourceNotFoundException")
    service.answers({}, described(indexes=1), *DISABLED, {})

    await tables.create(1, told.append)

    assert [step.split(" ")[0] for step in told] == ["making", "turning", "turning"]


@pytest.mark.parametrize(
    ("there", "said"),
    [
        (described(indexes=3, schema=SCHEMA[:1]), "another key"),
        (described(indexes=3, stream={**STREAM, "StreamViewType": "KEYS_ONLY"}), "has KEYS_ONLY"),
    ],
)
async def test_a_table_that_does_not_do_is_a_conflict(
    service: ScriptedService, tables: Tables, there: dict[str, Any], said: str
) -> None:
    service.answers(there)

    with pytest.raises(Conflict, match=said):
        await tables.create(3)


async def test_removal_by_another_attribute_is_a_conflict(service: ScriptedService, tables: Tables) -> None:
    by_another = {"TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}}
    service.answers(described(), by_another)

    with pytest.raises(Conflict, match="by expires"):
        await tables.create(0)


async def test_who_only_checks_is_told_which_indexes_lack(service: ScriptedService, tables: Tables) -> None:
    service.answers(described(indexes=1))

    with pytest.raises(Conflict, match="GSI2, GSI3 must be made first"):
        await tables.check(3)


async def test_waiting_has_an_end(service: ScriptedService, tables: Tables, waits: Waits) -> None:
    service.answers(*[described("CREATING")] * (LOOKS_MAX + 1))

    with pytest.raises(Unavailable, match="not ready"):
        await tables.create(0)
    assert waits.count == LOOKS_MAX - 1
