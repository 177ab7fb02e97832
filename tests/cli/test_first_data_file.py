"""A data file of the first version that kept any: today's program reads it, writes to it and keeps what is in it.

`data/first_data_file.sql` is such a file as SQL, with an item of every kind that there was. It is never written anew:
what it holds is what files out there hold.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.command_line import CommandLine

FILE = Path(__file__).parent / "data" / "first_data_file.sql"


@pytest.fixture
def first(entaku: CommandLine) -> CommandLine:
    """On a data folder with that file."""
    entaku.data.mkdir(mode=0o700)
    with closing(sqlite3.connect(entaku.data / "entaku.db")) as connection:
        connection.executescript(FILE.read_text(encoding="utf-8"))
    return entaku


def test_what_is_in_it_is_read(first: CommandLine) -> None:
    assert [user["user_id"] for user in first("users", "list", "--json").json()["items"]] == ["ann", "ben", "bot"]
    assert [each["library_id"] for each in first("libraries", "list", "--json").json()["items"]] == ["handbook"]
    assert "it is shared with Ben personally" in first.must("why", "handbook", "ben")
    assert "department:sales" in first.must("share", "handbook")
    assert len(first("audit", "library:handbook", "--json").json()["items"]) == 6
    assert first("tenants", "show", "acme", "--json").json()["state"] == "active"


def test_it_is_written_to(first: CommandLine) -> None:
    first.must("users", "create", "cleo", "--email", "cleo@example.com")
    first.must("share", "handbook", "individual:cleo")
    first.must("users", "delete", "bot")
    first.must("departments", "change", "tokyo", "--name", "Tōkyō")

    assert "cleo" in first.must("why", "handbook", "cleo")
    assert "Tōkyō" in first.must("departments", "list")
    assert first("users", "create", "ben").status == 6


def test_it_is_sound_and_is_brought_into_the_indexes_that_came_later(first: CommandLine) -> None:
    assert first("doctor").status == 0

    assert first("table", "reindex", "--json").json()["moved"] > 0
    assert first("table", "reindex", "--json").json()["moved"] == 0


def test_it_is_backed_up_and_restored(first: CommandLine, tmp_path: Path) -> None:
    file, new = str(tmp_path / "first.backup"), str(tmp_path / "new")

    first.must("backup", file)
    first.must("restore", file, "--data", new)

    for question in (("why", "handbook", "ben"), ("users", "list", "--json"), ("audit", "library:handbook", "--json")):
        assert first.must(*question, "--data", new) == first.must(*question)
