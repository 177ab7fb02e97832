"""Backups, restorations and copies that are killed: nothing is half there, and the same command again finishes them."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from entaku.cli import main
from entaku.modules.workspace import DEMO_FILE
from entaku.table.driver import IndexKey, Item
from entaku.table.drivers.sqlite import open_sqlite
from entaku.table.moving.bulk import LOAD_ITEMS_MAX, LoadedItem
from tests.cli.command_line import finish, start

TENANTS = 30
"""Copies of the demo's tenant: some 15,000 items, so that there is time to kill."""
KILLS = 4

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with many tenants."""
    data = tmp_path_factory.mktemp("many") / "data"
    assert main(["--data", str(data), "tenants", "import", "maru", str(DEMO_FILE)]) == 0
    asyncio.run(multiply(data))
    return data


async def multiply(data: Path) -> None:
    driver = await open_sqlite(data / "entaku.db")
    own = [item for item in await driver.walk(0, 1, after=None, limit=100_000) if item.pk.startswith("TENANT#maru#")]
    copies = [LoadedItem(moved(item, f"maru{n}")) for n in range(TENANTS) for item in own]
    for start_at in range(0, len(copies), LOAD_ITEMS_MAX):
        await driver.load(copies[start_at : start_at + LOAD_ITEMS_MAX])
    await driver.close()


def moved(item: Item, tenant_id: str) -> Item:
    def own(pk: str) -> str:
        return pk.replace("TENANT#maru#", f"TENANT#{tenant_id}#", 1)

    keys = tuple(IndexKey(key.index, own(key.pk), key.sk) for key in item.index_keys)
    return msgspec.structs.replace(item, pk=own(item.pk), index_keys=keys)


def items_of(data: Path) -> list[Item]:
    async def walk() -> list[Item]:
        driver = await open_sqlite(data / "entaku.db")
        try:
            return await driver.walk(0, 1, after=None, limit=100_000)
        finally:
            await driver.close()

    return asyncio.run(walk())


def killed(data: Path, *command: str) -> Iterator[int]:
    """Runs the command again and again, each time killing it when it has told of so many steps."""
    chance = random.Random(1)
    for number in range(KILLS):
        process = start(data, *command)
        assert process.stderr is not None
        for _ in range(chance.randrange(1, 14)):
            process.stderr.readline()
        process.kill()
        assert finish(process).status == -signal.SIGKILL, "it was faster than its kill"
        yield number


def test_a_backup_that_was_killed_leaves_no_file_and_is_made_again(source: Path, tmp_path: Path) -> None:
    file = tmp_path / "many.backup"

    for _ in killed(source, "backup", str(file), "--json"):
        # What is read back for the proof is whole already.
        assert not file.exists() or main(["backup", "--verify", str(file)]) == 0
        file.unlink(missing_ok=True)

    assert main(["--data", str(source), "backup", str(file)]) == 0
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_a_restoration_that_was_killed_shows_nobody_anything_and_is_finished(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, target = tmp_path / "many.backup", tmp_path / "restored"
    assert main(["--data", str(source), "backup", str(file)]) == 0

    for _ in killed(target, "restore", str(file)):
        assert tenants_of(target, capsys) == []

    assert main(["--data", str(target), "restore", str(file)]) == 0
    assert items_of(target) == items_of(source)


def test_a_copy_that_was_killed_shows_nobody_anything_and_is_finished(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "copied"
    copy = ("table", "copy", "--from", f"sqlite:{source}", "--to", f"sqlite:{target}")

    for _ in killed(target, *copy):
        assert tenants_of(target, capsys) in ([], ["maru"])
        assert main(["table", "copy", "--from", f"sqlite:{target}", "--to", f"sqlite:{tmp_path / 'other'}"]) in (5, 6)

    assert main([*copy]) == 0
    assert items_of(target) == items_of(source)


def tenants_of(data: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Those that can be found."""
    capsys.readouterr()
    if main(["--data", str(data), "tenants", "list", "--json"]) != 0:
        return []
    listed = msgspec.json.decode(capsys.readouterr().out)
    return [tenant["tenant_id"] for tenant in listed["items"]]
