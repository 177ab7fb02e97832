"""A full disk, as a process of its own, whose files may not grow any more."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import msgspec

from tests.reliability.full_disk import REFUSED_ENOUGH, Outcome

ROOT = Path(__file__).parents[2]


async def test_without_room_writes_are_unavailable_reads_go_on_and_with_room_all_is_well(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.reliability.full_disk", str(tmp_path / "data")),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await process.communicate()

    outcome = msgspec.json.decode(printed, type=Outcome)
    assert [status for status, _ in outcome.refusals] == [503] * REFUSED_ENOUGH
    assert (outcome.read_status, outcome.after_status, outcome.broken) == (200, 201, ())
    assert outcome.before
