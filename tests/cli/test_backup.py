"""`entaku backup` and `entaku restore`: what one command keeps, the other brings back."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.cli.command_line import CommandLine

FICTION = ("fiction-manuscripts", "ito.daichi")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "all.backup"


def test_what_was_backed_up_answers_as_before(maru: CommandLine, file: Path, tmp_path: Path) -> None:
    maru.must("backup", str(file))

    maru.must("restore", str(file), "--data", str(tmp_path / "new"))

    for question in (
        ("why", *FICTION),
        ("users", "list", "--json"),
        ("audit", "library:annual-accounts", "--json"),
        ("tenants", "show", "maru"),
    ):
        assert maru.must(*question, "--data", str(tmp_path / "new")) == maru.must(*question)


def test_verifying_says_what_is_in_the_file(maru: CommandLine, file: Path) -> None:
    made = maru("backup", str(file), "--json").json()

    found = maru("backup", "--verify", str(file), "--json").json()

    assert found == made
    assert (found["items"]["USER"], found["engine"], found["is_exact"]) == (41, "sqlite", True)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_file_that_was_cut_off_is_told(maru: CommandLine, file: Path, tmp_path: Path) -> None:
    maru.must("backup", str(file))
    file.write_bytes(file.read_bytes()[:-100])

    for command in (("backup", "--verify", str(file)), ("restore", str(file), "--data", str(tmp_path / "new"))):
        outcome = maru(*command)

        assert outcome.status == 2
        assert "use another backup" in outcome.err


def test_one_tenant_is_kept_and_brought_back_beside_others(maru: CommandLine, file: Path, tmp_path: Path) -> None:
    maru.must("backup", str(file), "--tenant", "maru")
    there = ("--data", str(tmp_path / "new"))
    maru.must("tenants", "create", "acme", *there)

    maru.must("restore", str(file), "--tenant", "maru", *there)

    assert maru.must("why", *FICTION, "--tenant", "maru", *there) == maru.must("why", *FICTION)
    assert maru("users", "list", "--tenant", "acme", "--json", *there).json()["items"] == []


def test_what_is_in_the_way_is_told_with_the_way_out(maru: CommandLine, file: Path) -> None:
    maru.must("backup", str(file))

    assert "restore into an empty one" in maru("restore", str(file)).err
    assert "purge it first" in maru("restore", str(file), "--tenant", "maru").err
    assert "name another, or remove it" in maru("backup", str(file)).err
    assert maru("backup", str(file.with_name("other")), "--tenant", "nobody").status == 5
    assert maru("backup", str(file), "--data", str(file.with_name("nowhere"))).status == 5
