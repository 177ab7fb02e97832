"""`entaku table cost`: the price of a load, and what is wrong with a file by line and place."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from entaku.table.pricing import load_schema_text
from tests.cli.command_line import CommandLine
from tests.docs.blocks import ROOT

SCHEMA = ROOT / "docs" / "reference" / "load.schema.json"
LOAD = """\
tenants:
  - name: small
    count: 200
    items: {LIBRARY: 300, USER: 40}
    calls:
      - {read: LIBRARY.at, per_second: 0.2}
      - {list: LIBRARY.by_name, page_size: 20, per_month: 50_000}
      - {write: [patch LIBRARY name, create AUDIT], per_month: 4000}
"""


@pytest.fixture
def load(tmp_path: Path) -> Path:
    file = tmp_path / "load.yaml"
    file.write_text(LOAD, encoding="utf-8")
    return file


def test_every_call_and_class_of_tenants_has_its_price(entaku: CommandLine, load: Path) -> None:
    found = entaku("table", "cost", "--load", str(load), "--json").json()

    assert [call["call"] for call in found["calls"]] == [
        "LIBRARY.at",
        "LIBRARY.by_name",
        "patch LIBRARY name, create AUDIT",
    ]
    assert found["calls"][2]["units"]["writes"] == {"0": 4.0, "1": 3.0, "2": 1.0, "3": 1.0}
    assert found["tenants"][0]["price"] == pytest.approx(200 * found["tenants"][0]["each"])


def test_people_get_tables_and_a_total(entaku: CommandLine, load: Path) -> None:
    shown = entaku.must("table", "cost", "--load", str(load))

    assert shown.startswith("TENANTS  CALL")
    assert "USD a month in us-east-1, at the prices of 2026-11-21" in shown


def test_other_prices_give_another_total(entaku: CommandLine, load: Path, tmp_path: Path) -> None:
    dear = tmp_path / "prices.toml"
    dear.write_text(
        'region = "nowhere"\ncurrency = "XYZ"\nas_of = 2001-02-03\nsource = "a test"\n'
        "[on_demand]\nwrite_million = 1_000\nread_million = 1_000\n"
        "[provisioned]\nwrite_unit_hour = 1\nread_unit_hour = 1\n[storage]\ngb_month = 1\n"
        "[streams]\nhundred_thousand_reads = 1\n[backups]\npoint_in_time_gb_month = 1\non_demand_gb_month = 1\n",
        encoding="utf-8",
    )

    shown = entaku.must("table", "cost", "--load", str(load), "--prices", str(dear))

    assert "XYZ a month in nowhere, at the prices of 2001-02-03" in shown


@pytest.mark.parametrize(
    ("old", "new", "line", "path"),
    [
        ("LIBRARY: 300", "LIBRERIA: 300", 4, "tenants[0].items.LIBRERIA"),
        ("read: LIBRARY.at", "read: LIBRARY.by_name", 6, "tenants[0].calls[0].read"),
        ("page_size: 20", "page_size: 2000", 7, "tenants[0].calls[1].page_size"),
        ("page_size: 20", "pagesize: 20", 7, "tenants[0].calls[1].pagesize"),
        ("patch LIBRARY name", "patch LIBRARY colour", 8, "tenants[0].calls[2].write[0]"),
        ("count: 200", "count: many", 3, "tenants[0].count"),
        ("count: 200", "name: large", 3, "tenants[0].name"),
    ],
)
def test_a_flaw_is_named_with_its_line_and_place(
    entaku: CommandLine, load: Path, old: str, new: str, line: int, path: str
) -> None:
    load.write_text(LOAD.replace(old, new), encoding="utf-8")

    refused = entaku("table", "cost", "--load", str(load))

    assert refused.status == 2
    assert refused.err.startswith(f"{load}:{line}: {path}: ")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tenants: [", "this is not YAML"),
        ("a: &x [1]\nb: *x\n", "write the values out"),
        ("[" * 30 + "]" * 30, "nested more than"),
        ("- 1\n", "xpected `object`, got `array`"),
        ("", "0.00 USD a month"),
    ],
)
def test_what_is_no_load_is_refused(entaku: CommandLine, load: Path, text: str, said: str) -> None:
    load.write_text(text, encoding="utf-8")

    outcome = entaku("table", "cost", "--load", str(load))

    assert said in outcome.out + outcome.err
    assert "something broke" not in outcome.err


def test_a_file_that_is_not_there_is_told(entaku: CommandLine) -> None:
    assert "No such file" in entaku("table", "cost", "--load", "nowhere.yaml").err
    assert "--load FILE" in entaku("table", "cost").err


def test_the_schema_of_the_reference_is_that_of_the_command(entaku: CommandLine) -> None:
    printed = entaku.must("table", "cost", "--schema")

    assert printed == load_schema_text()
    assert SCHEMA.read_text(encoding="utf-8") == printed, f"write it anew: entaku table cost --schema > {SCHEMA.name}"


def test_the_schema_accepts_a_load_and_refuses_a_misspelt_one() -> None:
    validator = jsonschema_rs.validator_for(json.loads(load_schema_text()))

    assert validator.is_valid(yaml.safe_load(LOAD))
    assert not validator.is_valid(yaml.safe_load(LOAD.replace("page_size", "pagesize")))
