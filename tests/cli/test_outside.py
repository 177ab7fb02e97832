"""Modules from outside on the command line: their nouns, their entities, and ours when theirs cannot be loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command_line import CommandLine

PENS = 'modules = ["tests.modules.outside.pens:module"]\n'


@pytest.fixture
def pens(entaku: CommandLine) -> CommandLine:
    """A data folder whose settings name a module from outside."""
    entaku.data.mkdir(parents=True, exist_ok=True)
    (entaku.data / "entaku.toml").write_text(PENS, encoding="utf-8")
    return entaku


def test_its_noun_stands_in_the_help(pens: CommandLine) -> None:
    text = pens.must("--help")

    assert text.endswith("Modules:\n  pens  Pens: what one writes with.\n")


def test_its_noun_works_as_ours_do(pens: CommandLine) -> None:
    pens.must("tenants", "create", "acme")

    assert pens.must("pens", "count") == "pens: 0\n"
    assert pens("pens", "count", "--json").json() == {"pens": 0}


def test_the_folder_may_be_named_behind_the_noun(pens: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    pens.must("tenants", "create", "acme")
    monkeypatch.delenv("ENTAKU_DATA")

    assert pens.must("pens", "count", "--data", str(pens.data)) == "pens: 0\n"
    assert pens.must("pens", "count", f"--data={pens.data}") == "pens: 0\n"
    assert "pens" in pens.must("--data", str(pens.data), "--help")


def test_without_its_module_there_is_no_such_noun(entaku: CommandLine) -> None:
    outcome = entaku("pens", "count")

    assert outcome.status == 2
    assert "there is no command 'pens'" in outcome.err


def test_a_module_that_cannot_be_loaded_hides_none_of_our_nouns(
    entaku: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENTAKU_MODULES", "nowhere:module")

    assert "there is no package 'nowhere'" in " ".join(entaku.must("--help").split())
    assert "Usage: entaku doctor" in entaku.must("doctor", "--help")
    assert "there is no package 'nowhere'" in entaku("tenants", "create", "acme").err


def test_its_entities_are_documented_and_drawn_with_ours(pens: CommandLine, tmp_path: Path) -> None:
    assert {"### PEN", "### LIBRARY"} <= set(pens.must("table", "docs").splitlines())
    alone = pens.must("table", "docs", "--module", "pens")
    pens.must("table", "diagram", "--module", "pens", "--output", str(tmp_path / "pens.svg"))

    assert "### PEN" in alone
    assert "### LIBRARY" not in alone
    assert "PEN" in (tmp_path / "pens.svg").read_text(encoding="utf-8")


def test_its_shape_is_locked_in_a_file_of_its_own(pens: CommandLine, tmp_path: Path) -> None:
    lock = str(tmp_path / "model.lock")

    nameless = pens("table", "check", "--module", "pens")
    pens.must("table", "check", "--module", "pens", "--lock", lock, "--update")

    assert "name the file with --lock" in nameless.err
    assert pens.must("table", "check", "--module", "pens", "--lock", lock) == ""


def test_a_module_that_is_not_named_is_not_found(pens: CommandLine) -> None:
    outcome = pens("table", "docs", "--module", "ink")

    assert outcome.status == 5
    assert "there is no module 'ink'; there are entaku, pens" in outcome.err
