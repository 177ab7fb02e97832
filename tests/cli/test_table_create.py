"""`entaku table create`: makes the table that the settings name, says what it did, and may be repeated."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence

import pytest

from entaku.main import model
from tests.cli.command_line import CommandLine
from tests.emulators.dynamodb import emulator


@pytest.fixture
def on_dynamodb() -> Sequence[str]:
    """The options that name a table of one's own on the emulator."""
    return ("--name", f"entaku-{uuid.uuid4().hex}", "--region", "us-east-1", "--endpoint", emulator())


def test_the_embedded_table_is_a_file(entaku: CommandLine) -> None:
    made = entaku("table", "create")

    assert made.status == 0
    assert (entaku.data / "entaku.db").exists()
    assert made.out == f"the table {entaku.data / 'entaku.db'} is ready: {model().index_count} indexes\n"


def test_made_again_it_says_that_there_was_nothing_to_do(entaku: CommandLine) -> None:
    entaku.must("table", "create")

    again = entaku("table", "create", "--json").json()

    assert (again["engine"], again["done"]) == ("sqlite", [])


def test_the_request_is_printed_without_making_anything(entaku: CommandLine) -> None:
    request = json.loads(entaku.must("table", "create", "--print", "--name", "items"))

    assert (request["TableName"], request["BillingMode"]) == ("items", "PAY_PER_REQUEST")
    assert len(request["GlobalSecondaryIndexes"]) == model().index_count
    assert not entaku.data.exists()


def test_a_table_on_dynamodb_is_made_step_by_step(entaku: CommandLine, on_dynamodb: Sequence[str]) -> None:
    made = entaku("table", "create", *on_dynamodb)
    again = entaku("table", "create", *on_dynamodb, "--json").json()

    assert made.status == 0
    assert [line.split()[1] for line in made.err.splitlines()] == ["making", "turning", "turning"]
    assert (again["engine"], again["done"]) == ("dynamodb", [])


def test_a_name_that_no_table_can_have_is_refused(entaku: CommandLine) -> None:
    refused = entaku("table", "create", "--name", "a b")

    assert refused.status == 2
    assert "'a b'" in refused.err
