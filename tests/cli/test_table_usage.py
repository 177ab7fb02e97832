"""`entaku table usage` and `entaku table iam`: what was measured, and what may be asked."""

from __future__ import annotations

import json

import pytest

from tests.cli.command_line import CommandLine


@pytest.fixture
def measured(entaku: CommandLine, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Two tenants, and somebody who has looked at one of them, while units are counted."""
    monkeypatch.setenv("ENTAKU_MEASURE_USAGE", "true")
    for tenant in ("acme", "globex"):
        entaku.must("tenants", "create", tenant, "--name", tenant.title())
    entaku.must("users", "list", "--tenant", "acme")
    return entaku


def test_units_are_shown_by_tenant_and_pattern(measured: CommandLine) -> None:
    items = measured("table", "usage", "--json").json()["items"]

    found = {(each["tenant"], each["what"]): each for each in items}
    assert found["acme", "USER.by_name"]["read_units"] == 4
    assert found["acme", "USER.by_name"]["calls"] == 1
    assert ("globex", "USER.by_name") not in found
    assert found["", "create TENANT"]["units_a_call"] == found["", "create TENANT"]["estimated_a_call"] == 3


def test_one_tenant_is_shown_by_itself(measured: CommandLine) -> None:
    shown = measured.must("table", "usage", "--tenant", "globex")

    assert "USD on demand, from " in shown
    assert "acme" not in shown


def test_nothing_is_counted_unless_it_is_wanted(entaku: CommandLine) -> None:
    entaku.must("tenants", "create", "acme", "--name", "Acme")

    refused = entaku("table", "usage")

    assert refused.status == 5
    assert "measure_usage = true" in refused.err
    assert not (entaku.data / "usage").exists()


def test_a_day_without_figures_is_told(measured: CommandLine) -> None:
    assert measured("table", "usage", "--since", "9999-01-01").status == 5
    assert "of tenant 'nobody'" in measured("table", "usage", "--tenant", "nobody").err
    assert "as in 2026-11-01" in measured("table", "usage", "--since", "November").err


def test_a_tenants_policy_names_its_partitions(entaku: CommandLine) -> None:
    arn = "arn:aws:dynamodb:eu-central-1:123456789012:table/items"

    policy = json.loads(entaku.must("table", "iam", "--tenant", "acme", "--table", arn))

    assert [each["Sid"] for each in policy["Statement"]] == ["ReadOwnItems", "WriteOwnItems"]
    assert {
        key
        for each in policy["Statement"]
        for key in each["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
    } == {"TENANT#acme#*"}


def test_the_services_policy_is_for_the_table_of_the_settings(
    entaku: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENTAKU_DYNAMODB_TABLE", "items")
    monkeypatch.setenv("ENTAKU_DYNAMODB_REGION", "eu-central-1")

    made = entaku("table", "iam", "--create")

    assert "arn:aws:dynamodb:eu-central-1:*:table/items" in made.err
    assert json.loads(made.out)["Statement"][-2]["Sid"] == "MakeTheTable"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--tenant", "a*"), "'*' at position 2"),
        (("--tenant", "acme", "--create"), "leave out --create"),
        (("--table", "items"), "is no ARN of a table"),
    ],
)
def test_a_policy_that_would_mean_something_else_is_refused(
    entaku: CommandLine, options: tuple[str, ...], said: str
) -> None:
    refused = entaku("table", "iam", *options)

    assert refused.status == 2
    assert said in refused.err
