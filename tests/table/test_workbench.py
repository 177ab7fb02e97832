"""The file for NoSQL Workbench has the structure of models that AWS and others have published, and fits the table."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import jsonschema_rs
import pytest
from aiodynamo.credentials import StaticCredentials

from entaku.core.clock import SystemClock
from entaku.main import model
from entaku.table.derived.physical import create_request
from entaku.table.derived.workbench import workbench_model
from entaku.table.drivers.dynamodb import DynamoDriver
from entaku.table.drivers.dynamodb.wire import Wire
from entaku.table.model import Model
from tests.emulators.dynamodb import KEY, REGION, ask, emulator
from tests.table.entities import ENTITIES

AT = datetime(2026, 11, 21, 18, 5, tzinfo=UTC)

_NAME = {"type": "string", "minLength": 1}
_ATTRIBUTE = {
    "type": "object",
    "required": ["AttributeName", "AttributeType"],
    "additionalProperties": False,
    "properties": {"AttributeName": _NAME, "AttributeType": {"enum": ["S", "N", "B", "BOOL", "M", "L", "SS"]}},
}
_KEYS = {
    "type": "object",
    "required": ["PartitionKey"],
    "additionalProperties": False,
    "properties": {"PartitionKey": _ATTRIBUTE, "SortKey": _ATTRIBUTE},
}
_DATA_ACCESS = {"type": "object", "required": ["MySql"], "properties": {"MySql": {"type": "object"}}}
_DATE = {"type": "string", "pattern": r"^[A-Z][a-z]{2} \d{2}, \d{4}, \d{2}:\d{2} [AP]M$"}
PUBLISHED: dict[str, Any] = {
    "type": "object",
    "required": ["ModelName", "ModelMetadata", "DataModel"],
    "additionalProperties": False,
    "properties": {
        "ModelName": _NAME,
        "ModelMetadata": {
            "type": "object",
            "required": ["Author", "DateCreated", "DateLastModified", "Description", "Version", "AWSService"],
            "additionalProperties": False,
            "properties": {
                "Author": {"type": "string"},
                "DateCreated": _DATE,
                "DateLastModified": _DATE,
                "Description": {"type": "string"},
                "AWSService": {"const": "Amazon DynamoDB"},
                "Version": {"enum": ["1.0", "3.0"]},
            },
        },
        "DataModel": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["TableName", "KeyAttributes", "NonKeyAttributes", "DataAccess", "BillingMode"],
                "additionalProperties": False,
                "properties": {
                    "TableName": {"type": "string", "pattern": "^[A-Za-z0-9_.-]{3,255}$"},
                    "KeyAttributes": _KEYS,
                    "NonKeyAttributes": {"type": "array", "items": _ATTRIBUTE},
                    "TableFacets": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["FacetName", "KeyAttributeAlias"],
                            "additionalProperties": False,
                            "properties": {
                                "FacetName": _NAME,
                                "KeyAttributeAlias": {
                                    "type": "object",
                                    "required": ["PartitionKeyAlias", "SortKeyAlias"],
                                    "additionalProperties": False,
                                    "properties": {"PartitionKeyAlias": _NAME, "SortKeyAlias": _NAME},
                                },
                                "NonKeyAttributes": {"type": "array", "items": _NAME},
                                "DataAccess": _DATA_ACCESS,
                            },
                        },
                    },
                    "GlobalSecondaryIndexes": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["IndexName", "KeyAttributes", "Projection"],
                            "additionalProperties": False,
                            "properties": {
                                "IndexName": _NAME,
                                "KeyAttributes": _KEYS,
                                "Projection": {
                                    "type": "object",
                                    "required": ["ProjectionType"],
                                    "properties": {"ProjectionType": {"enum": ["ALL", "KEYS_ONLY", "INCLUDE"]}},
                                },
                            },
                        },
                    },
                    "TableData": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "additionalProperties": {"type": "object", "minProperties": 1, "maxProperties": 1},
                        },
                    },
                    "DataAccess": _DATA_ACCESS,
                    "BillingMode": {"enum": ["PROVISIONED", "PAY_PER_REQUEST"]},
                },
            },
        },
    },
}
"""What the chat, gaming, social-network and product-catalogue models have in common that were exported by the tool."""

MODELS = {"the system": model(), "the contract": Model(ENTITIES)}


@pytest.mark.parametrize("name", MODELS)
def test_the_file_has_the_structure_of_published_models(name: str) -> None:
    document = json.loads(json.dumps(workbench_model(MODELS[name], "entaku", AT)))

    validator = jsonschema_rs.validator_for(PUBLISHED)
    assert [f"{error.instance_path}: {error.message}" for error in validator.iter_errors(document)] == []


@pytest.mark.parametrize("name", MODELS)
def test_keys_and_indexes_are_those_of_the_table_that_is_made(name: str) -> None:
    (made,) = workbench_model(MODELS[name], "entaku", AT)["DataModel"]
    request = create_request("entaku", MODELS[name].index_count)

    indexes = request.get("GlobalSecondaryIndexes", [])
    assert [_schema(each["KeyAttributes"]) for each in (made, *made["GlobalSecondaryIndexes"])] == [
        [key["AttributeName"] for key in each["KeySchema"]] for each in (request, *indexes)
    ]
    listed = {each["AttributeName"] for each in made["NonKeyAttributes"]}
    assert {name for item in made["TableData"] for name in item} <= listed | {"PK", "SK"}


@pytest.mark.parametrize("name", MODELS)
def test_every_entity_has_examples_and_every_pattern_of_the_table_a_facet(name: str) -> None:
    (made,) = workbench_model(MODELS[name], "entaku", AT)["DataModel"]

    assert {item["EntityType"]["S"] for item in made["TableData"]} == {info.kind for info in MODELS[name].entities}
    assert [facet["FacetName"] for facet in made["TableFacets"]] == [
        f"{info.kind}.{pattern.name}"
        for info in MODELS[name].entities
        for pattern in info.patterns
        if not pattern.index
    ]


@pytest.mark.engine("dynamodb")
async def test_dynamodb_takes_every_example() -> None:
    wire = Wire(region=REGION, endpoint=emulator(), credentials=StaticCredentials(KEY))
    driver = DynamoDriver(wire, f"workbench-{id(wire)}", SystemClock())
    await driver.create_table(model().index_count)

    for item in workbench_model(model(), "entaku", AT)["DataModel"][0]["TableData"]:
        await ask(driver, "PutItem", Item=item)

    await driver.close()


def _schema(keys: dict[str, Any]) -> list[str]:
    return [keys["PartitionKey"]["AttributeName"], keys["SortKey"]["AttributeName"]]
