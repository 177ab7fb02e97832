"""`entaku jobs run`: rows are built and compared, and counts are looked at."""

from __future__ import annotations

import pytest

from tests.cli.command_line import CommandLine


def test_rows_are_built_and_none_differs(maru: CommandLine) -> None:
    built = maru("jobs", "run", "rows", "--json").json()
    drift = maru("jobs", "run", "drift", "--json").json()

    assert built["found"] > 0
    assert (drift["state"], drift["found"]) == ("done", 0)


def test_lists_say_the_same_by_rows(maru: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    before = maru.must("libraries", "list", "--user", "kimura.aoi", "--json")
    monkeypatch.setenv("ENTAKU_PAGE_CACHE_BYTES", "0")  # Nothing is remembered, so lists are made of rows.
    maru.must("jobs", "run", "rows")

    assert maru.must("libraries", "list", "--user", "kimura.aoi", "--json") == before


def test_shares_are_counted_again(maru: CommandLine) -> None:
    assert "0 counts set right" in maru.must("jobs", "run", "statistics")
