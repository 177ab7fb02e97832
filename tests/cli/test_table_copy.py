"""`entaku table copy` and `entaku table reindex`: from place to place, and what is wrong with a place."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from entaku.table.driver import Driver, Item
from entaku.table.drivers.sqlite import open_sqlite
from tests.cli.command_line import CommandLine, finish, start_interruptible

WHY = ("why", "fiction-manuscripts", "ito.daichi")


def items_of(data: Path) -> list[Item]:
    async def walk() -> list[Item]:
        driver: Driver = await open_sqlite(data / "entaku.db")
        try:
            return await driver.walk(0, 1, after=None, limit=100_000)
        finally:
            await driver.close()

    return asyncio.run(walk())


def test_a_data_folder_is_copied_into_a_new_one(maru: CommandLine, tmp_path: Path) -> None:
    new = tmp_path / "new"

    copied = maru("table", "copy", "--from", f"sqlite:{maru.data}", "--to", f"sqlite:{new}", "--json").json()

    assert copied == {"items": len(items_of(new)), "is_compared": True}
    assert items_of(new) == items_of(maru.data)


@pytest.mark.parametrize(
    ("source", "target", "said"),
    [
        ("nowhere", "sqlite:new", "names no table"),
        ("sqlite:", "sqlite:new", "names no table"),
        ("mysql:x", "sqlite:new", "write it as in"),
        ("dynamodb:entaku?zone=1", "sqlite:new", "zone means nothing there"),
        ("sqlite:missing", "sqlite:new", "nothing is kept in folder missing yet; name another with --from"),
        ("sqlite:new", "sqlite:./new", "the same table"),
        ("sqlite:missing", "dynamodb:entaku?endpoint=nonsense", "nonsense"),
    ],
)
def test_what_is_wrong_with_a_place_is_told(
    entaku: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, target: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)

    outcome = entaku("table", "copy", "--from", source, "--to", target)

    assert outcome.status in (2, 5)
    assert said in outcome.err


def test_a_target_that_has_something_is_refused(maru: CommandLine, tmp_path: Path) -> None:
    target = tmp_path / "other"
    maru.must("tenants", "create", "acme", "--data", str(target))

    outcome = maru("table", "copy", "--from", f"sqlite:{maru.data}", "--to", f"sqlite:{target}")

    assert (outcome.status, "choose an empty one" in outcome.err) == (6, True)


def test_a_copy_that_follows_ends_when_it_is_interrupted_and_is_whole(maru: CommandLine, tmp_path: Path) -> None:
    new = tmp_path / "new"
    process = start_interruptible(
        maru.data, "table", "copy", "--from", f"sqlite:{maru.data}", "--to", f"sqlite:{new}", "--follow"
    )
    assert process.stderr is not None
    while "caught up" not in (line := process.stderr.readline()):
        assert line, "it ended by itself"

    maru.must("users", "create", "late")
    process.send_signal(signal.SIGINT)
    outcome = finish(process)

    assert (outcome.status, "both tables are equal" in outcome.out) == (0, True)
    assert items_of(new) == items_of(maru.data)


def test_indexes_are_filled_by_a_command(maru: CommandLine) -> None:
    done = maru("table", "reindex", "--dry-run", "--json").json()

    assert (done["moved"], done["left"]) == (0, 0)
    assert done["looked_at"] > 500
    assert maru("table", "reindex", "--kind", "NOBODY").status == 2
    assert "0 were put" in maru.must("table", "reindex", "--index", "1", "--kind", "LIBRARY")


@pytest.mark.slow
def test_the_laptops_data_go_to_dynamodb_and_back(
    maru: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.emulators.dynamodb import emulator

    back, cloud = tmp_path / "back", f"dynamodb:demo?region=us-east-1&endpoint={emulator()}"
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tests")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of this machine only")
    here = maru.must(*WHY)

    maru.must("table", "copy", "--from", f"sqlite:{maru.data}", "--to", cloud)
    monkeypatch.setenv("ENTAKU_TABLE", "dynamodb")
    monkeypatch.setenv("ENTAKU_DYNAMODB_TABLE", "demo")
    monkeypatch.setenv("ENTAKU_DYNAMODB_ENDPOINT", emulator())
    there = maru.must(*WHY)
    maru.must("backup", str(tmp_path / "cloud.backup"))
    maru.must("table", "copy", "--from", cloud, "--to", f"sqlite:{back}")
    monkeypatch.setenv("ENTAKU_TABLE", "sqlite")
    maru.must("restore", str(tmp_path / "cloud.backup"), "--data", str(tmp_path / "restored"))

    assert here == there == maru.must(*WHY, "--data", str(back))
    assert items_of(back) == items_of(maru.data) == items_of(tmp_path / "restored")
