"""Two workers, an import beside them, and callers that write to one library: short runs of `writers`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reliability.writers import Plan, run

pytestmark = pytest.mark.thorough


async def test_a_killed_worker_and_a_drain_lose_no_acknowledged_write(tmp_path: Path) -> None:
    broken, calls = await run(tmp_path, Plan(writers=6, seconds=2.0, reloads=False, imported_users=20))

    assert broken == []
    assert calls.won


@pytest.mark.slow
@pytest.mark.parametrize("libraries", [1, 6])
async def test_a_reload_and_a_drain_in_the_middle_of_it_lose_no_acknowledged_write(
    tmp_path: Path, libraries: int
) -> None:
    broken, calls = await run(tmp_path, Plan(writers=6, libraries=libraries, seconds=6.0))

    assert broken == []
    assert calls.won
