"""`entaku table check`: the committed shape on the command line."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from entaku.cli.table import table_commands
from entaku.core.errors import NotFound
from entaku.table import Entity, Model, access, key
from entaku.table.derived.lock import read_lock, write_lock
from tests.table.library_samples import MODEL


class Book(Entity, kind="BOOK"):
    book_id: str
    title: str = ""

    @key("BOOK#{book_id}", "METADATA")
    def at(*, book_id: str) -> None:
        "One book."

    @access("BOOKS", "{title}#{book_id}", index=1)
    def by_title() -> None:
        "All books, by title."


class Keyed(Entity, kind="BOOK"):
    """With only the key, for what is changed about it."""

    book_id: str
    title: str = ""

    @key("BOOK#{book_id}", "METADATA")
    def at(*, book_id: str) -> None:
        "One book."


class Reindexed(Entity, kind="BOOK"):
    book_id: str
    title: str = ""

    @key("BOOK#{book_id}", "METADATA")
    def at(*, book_id: str) -> None:
        "One book."

    @access("BOOKS#{book_id:shard8}", "{title}#{book_id}", index=1)
    def by_title() -> None:
        "All books, by title."


def check(model: Model, lock: Path, *options: str) -> Result:
    return CliRunner().invoke(table_commands(lambda: model), ["check", "--lock", str(lock), *options])


def test_check_prints_one_line_a_difference_and_fails(tmp_path: Path) -> None:
    write_lock(tmp_path / "model.lock", Model([Keyed]))

    result = check(Model([Book]), tmp_path / "model.lock")

    assert result.exit_code == 1
    assert [line.split(": ")[0] for line in result.stdout.splitlines()] == ["new BOOK", "new BOOK"]


def test_check_answers_in_json(tmp_path: Path) -> None:
    write_lock(tmp_path / "model.lock", Model([Keyed]))

    found = json.loads(check(Model([Book]), tmp_path / "model.lock", "--json").stdout)

    assert [difference["entity"] for difference in found] == ["BOOK", "BOOK"]


def test_update_writes_what_is_safe_and_keeps_what_was_retired(tmp_path: Path) -> None:
    lock = tmp_path / "model.lock"
    write_lock(lock, Model([Keyed]), retired={"DRAFT": "never used"})

    updated = check(Model([Book]), lock, "--update")

    assert updated.exit_code == 0
    assert check(Model([Book]), lock).exit_code == 0
    assert read_lock(lock).retired == {"DRAFT": "never used"}


def test_update_leaves_the_lock_alone_when_items_would_be_stranded(tmp_path: Path) -> None:
    lock = tmp_path / "model.lock"
    write_lock(lock, Model([Book]))
    before = lock.read_bytes()

    result = check(Model([Reindexed]), lock, "--update")

    assert result.exit_code == 1
    assert result.stdout.startswith("breaking BOOK: GSI1 was")
    assert lock.read_bytes() == before


def test_the_first_lock_is_written_by_update(tmp_path: Path) -> None:
    missing = check(MODEL, tmp_path / "model.lock")
    written = check(MODEL, tmp_path / "model.lock", "--update")

    assert isinstance(missing.exception, NotFound)
    assert "--update" in missing.exception.message
    assert written.exit_code == 0
    assert read_lock(tmp_path / "model.lock").entities.keys() == {info.kind for info in MODEL.entities}
