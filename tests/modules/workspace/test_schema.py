"""The published schema and page say what the reader does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from entaku.modules.workspace import DEMO_FILE, read_workspace, workspace_schema, workspace_schema_text
from entaku.modules.workspace.yaml_source import parse_yaml
from tests.modules.workspace.documented_keys import rows
from tests.modules.workspace.test_yaml_source import plain

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"
PAGE = (REFERENCE / "workspace-file.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)


def problems(data: bytes) -> list[str]:
    validator = jsonschema_rs.Draft202012Validator(workspace_schema(), validate_formats=True)
    return [error.message for error in validator.iter_errors(plain(parse_yaml(data, "f.yaml").root))]


def test_the_published_schema_is_current() -> None:
    assert (REFERENCE / "workspace.schema.json").read_text(encoding="utf-8") == workspace_schema_text()


def test_the_schema_is_a_schema() -> None:
    jsonschema_rs.meta.validate(workspace_schema())


@pytest.mark.parametrize("example", EXAMPLES)
def test_documented_examples_are_read_and_match_the_schema(example: str) -> None:
    read_workspace(example.encode(), "example.yaml")

    assert problems(example.encode()) == []


def test_the_demo_matches_the_schema() -> None:
    assert problems(DEMO_FILE.read_bytes()) == []


ENTRIES = [name for name, definition in workspace_schema()["$defs"].items() if "properties" in definition]


@pytest.mark.parametrize("definition", ENTRIES)
def test_every_key_is_on_the_page(definition: str) -> None:
    missing = [row for row in rows(definition) if row not in PAGE]

    assert missing == []


@pytest.mark.parametrize(
    "value",
    [
        {"user": []},
        {"users": [{"id": "a b", "name": "A"}]},
        {"users": [{"id": "a"}]},
        {"libraries": [{"id": "a", "name": "A", "owner": "b", "shares": [{"with": "staff"}]}]},
        {
            "libraries": [
                {"id": "a", "name": "A", "owner": "b", "shares": [{"with": "role:a", "permissions": ["write"]}]}
            ]
        },
        {"libraries": [{"id": "a", "name": "A", "owner": "b", "shares": [{"with": "role:a", "until": "2027-04-01"}]}]},
    ],
)
def test_the_schema_refuses_what_a_reader_need_not_look_up(value: dict[str, Any]) -> None:
    assert problems(yaml.safe_dump(value).encode()) != []
