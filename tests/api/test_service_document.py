"""The document of the whole service: whoever opens it sees what to send and what comes back, told and shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from entaku.api.examples import PLAIN_TEXT
from entaku.core.config import Config
from entaku.main import build


@pytest.fixture
async def document(tmp_path: Path) -> dict[str, Any]:
    """As `/schema/openapi.json` serves it."""
    app = await build(Config(data=tmp_path))
    try:
        return app.http().openapi_document()
    finally:
        await app.close()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield f"{method.upper()} {path}", operation


def contents(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The JSON that goes in and out."""
    for part in (operation.get("requestBody", {}), *operation["responses"].values()):
        if "application/json" in part.get("content", {}):
            yield part["content"]["application/json"]


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts(inner)


async def test_every_example_is_one_that_the_schema_allows(document: dict[str, Any]) -> None:
    components = document["components"]
    unfit = [
        (name, content["example"])
        for name, operation in operations(document)
        for content in contents(operation)
        if not jsonschema_rs.is_valid({**content["schema"], "components": components}, content["example"])
    ]

    assert unfit == []


async def test_every_text_of_an_example_is_a_telling_one(document: dict[str, Any]) -> None:
    untold = {
        name
        for name, operation in operations(document)
        for content in contents(operation)
        if PLAIN_TEXT in texts(content["example"])
    }

    assert untold == set(), "give the field an example of its own, or one in API_EXAMPLES"


async def test_a_service_account_is_shown_as_one(document: dict[str, Any]) -> None:
    answer = document["paths"]["/api/service-accounts/{user_id}"]["get"]["responses"]["200"]

    example = answer["content"]["application/json"]["example"]

    assert (example["user_id"], example["is_service"]) == ("night-job", True)


async def test_every_operation_is_described_in_a_group_that_is(document: dict[str, Any]) -> None:
    groups = [tag["name"] for tag in document["tags"]]
    used = {group for _, operation in operations(document) for group in operation["tags"]}

    assert [name for name, operation in operations(document) if not operation.get("description")] == []
    assert set(groups) == used
    assert (groups[0], groups[-1]) == ("Libraries", "Operation")


async def test_nothing_is_shown_as_a_choice_of_one_or_of_null(document: dict[str, Any]) -> None:
    fields = [
        (name, field)
        for name, schema in document["components"]["schemas"].items()
        for field, about in schema.get("properties", {}).items()
        if {"type": "null"} in about.get("oneOf", []) and not any("$ref" in choice for choice in about["oneOf"])
    ]

    assert fields == []
