"""Processes that write large values are killed; no item ever lacks its value, and the sweep leaves nothing else."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from entaku.core.clock import SystemClock
from entaku.core.limits import BLOBS_KEPT_S
from entaku.table import Table
from entaku.table.blobs.sweep import sweep_blobs
from entaku.table.drivers.blobs import FolderBlobs
from entaku.testing import ManualClock
from entaku.testing.weather import Dice
from tests.engines import SECRET
from tests.table.blobs.conftest import keys_in
from tests.table.blobs.entities import Document
from tests.table.blobs.killed_writer import opened, value
from tests.table.walking import walk

ROOT = Path(__file__).parents[3]


def killed_after(folder: Path, number: int, lines: int) -> dict[str, int]:
    """By document, the last write that was acknowledged before the kill."""
    command = (sys.executable, "-m", "tests.table.blobs.killed_writer", str(folder), str(number))
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(lines)]
        process.kill()
        said += process.stdout.readlines()
    acknowledged: dict[str, int] = {}
    for line in said:
        if line.endswith("\n"):
            name, stars = line.split()
            acknowledged[name] = int(stars)
    return acknowledged


async def check(table: Table, acknowledged: dict[str, int]) -> int:
    """Every document has the text of its last write, and that was acknowledged or is the one after. Says how many."""
    found = await walk(table.for_tenant("acme"), Document.on_shelf(shelf="s"), limit=50)
    assert acknowledged.keys() <= {each.id for each in found}
    for each in found:
        assert each.body == value(each.id, each.stars)
        assert each.stars - acknowledged.get(each.id, -1) in (0, 1)
    return len(found)


@pytest.mark.engine("sqlite")
@pytest.mark.thorough
@pytest.mark.parametrize("rounds", [4, pytest.param(40, marks=pytest.mark.slow)])
async def test_no_kill_takes_a_value_from_its_item(tmp_path: Path, rounds: int) -> None:
    dice, acknowledged = Dice(rounds), dict[str, int]()
    for number in range(rounds):
        acknowledged |= killed_after(tmp_path, number, 1 + dice.roll(60))

    table = await opened(tmp_path)
    count = await check(table, acknowledged)
    later = ManualClock(SystemClock().now())
    store = FolderBlobs(tmp_path / "blobs", later)
    sweeping = Table(table.driver, table.model, secret=SECRET, clock=later, blobs=store)
    for _ in range(3):
        later.advance(timedelta(seconds=BLOBS_KEPT_S + 1))
        await sweep_blobs(sweeping)

    assert await check(table, acknowledged) == count
    assert len(await keys_in(store)) == count
    await table.close()
