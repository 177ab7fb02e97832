"""What the page of access patterns says."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from entaku.cli.table import table_commands
from entaku.core.errors import Invalid
from entaku.table import Model
from entaku.table.derived.docs import documented, markdown
from tests.table.library_samples import MODEL, Profile


def docs(*options: str) -> Result:
    return CliRunner().invoke(table_commands(lambda: MODEL), ["docs", *options])


def test_every_pattern_of_every_entity_is_a_row() -> None:
    page = markdown(MODEL)

    for info in MODEL.entities:
        section = page.split(f"### {info.kind}\n")[1].split("\n#")[0]
        assert [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")] == [
            pattern.name for pattern in info.patterns
        ]


def test_a_listing_says_what_is_fixed_and_what_orders_it() -> None:
    assert (
        "| `in_library` | All shares of a library, by principal. | `library_id` | table | `LIBRARY#{library_id}`"
        " | `SHARE#` by `{principal.kind}#{principal.id}` | a page, consistent |"
    ) in markdown(MODEL)


def test_a_sharded_index_says_so() -> None:
    page = markdown(MODEL)

    assert "a page, merged from 8 shards, may lag" in page
    assert "| GSI1 | LIBRARY | `LIBRARIES#{library_id:shard8}` | `{name:fold}#{library_id}` | 8 | `by_name` |" in page
    assert "| not sharded | `ending_on` |" in page


def test_a_key_reads_one_item() -> None:
    at = documented(MODEL).entities[0].patterns[0]

    assert (at.name, at.is_key, at.order, at.may_lag) == ("at", True, "", False)


def test_expiry_and_changes_are_named() -> None:
    page = markdown(MODEL)

    assert "`Library`, schema 2, changes are logged." in page
    assert "`Visit`, schema 1, expires by `forgotten_at`." in page


def test_entities_of_the_platform_are_apart() -> None:
    tenants, platform = markdown(MODEL).split("## Entities of the platform")

    assert "### LIBRARY" in tenants
    assert "### REGION" in platform


def test_every_row_of_a_table_has_as_many_cells_as_its_head() -> None:
    tables = [block for block in markdown(MODEL).split("\n\n") if block.startswith("| ")]

    for table in tables:
        assert len({line.replace(r"\|", "").count("|") for line in table.strip().splitlines()}) == 1


def test_a_model_without_indexes_says_so() -> None:
    assert "No entity uses an index." in markdown(Model([Profile]))


def test_the_command_prints_or_writes_the_same_page(tmp_path: Path) -> None:
    docs("--output", str(tmp_path / "patterns.md"))

    assert docs().stdout == (tmp_path / "patterns.md").read_text("utf-8") == markdown(MODEL)


def test_the_command_gives_the_same_as_data() -> None:
    found = json.loads(docs("--json").stdout)

    assert [index["kind"] for index in found["indexes"]] == ["LIBRARY", "SHARE"]


def test_a_file_that_cannot_be_written_is_invalid(tmp_path: Path) -> None:
    result = docs("--output", str(tmp_path / "no" / "patterns.md"))

    assert isinstance(result.exception, Invalid)
    assert "--output" in result.exception.message
