"""A few kills of what `python -m tests.reliability.kill` does by the hundred."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reliability.kill import run
from tests.reliability.killed_changes import KilledChanges
from tests.reliability.killed_import import KilledImport, Size

pytestmark = pytest.mark.thorough


async def test_an_import_that_is_killed_leaves_nothing_half_there_and_is_finished_by_repeating_it(
    tmp_path: Path,
) -> None:
    scenario = KilledImport(tmp_path, Size(seed=1, users=60, libraries=20))

    assert await run(scenario, 3, tell=False) == []
    assert scenario.finished


async def test_every_acknowledged_change_survives_the_kill_of_those_who_made_it(tmp_path: Path) -> None:
    scenario = KilledChanges(tmp_path, seed=1)

    assert await run(scenario, 3, tell=False) == []
    assert scenario.kills == 9


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3])
async def test_nothing_acknowledged_is_lost_in_many_kills(tmp_path: Path, seed: int) -> None:
    assert await run(KilledImport(tmp_path / "import", Size(seed)), 10, tell=False) == []
    assert await run(KilledChanges(tmp_path / "changes", seed), 10, tell=False) == []
