"""What the cases of overlapping grants run on: an organisation whose rows are complete, under each policy."""

from __future__ import annotations

from pathlib import Path

import pytest

from entaku.modules.accounts import SharingPolicy
from entaku.table.driver import Driver
from entaku.testing import ManualClock
from tests.modules.sharing.row_world import RowWorld, row_world


async def office(
    driver: Driver, clock: ManualClock, folder: Path, policy: SharingPolicy, *, threshold: int = 0
) -> RowWorld:
    """Bob: manager in department D1, in groups G and H. D2 is beside D1. Ann owns a handbook; Cara has nothing."""
    rows = await row_world(driver, clock, folder, "acme", policy, threshold=threshold)
    world = rows.world
    for department in ("d1", "d2"):
        await world.department(department)
    await world.role("manager")
    for group in ("g", "h"):
        await world.group(group)
    await world.user("ann", "cara")
    await world.user("bob", department="d1", role="manager", groups="g h")
    await world.library("handbook")
    await rows.finish()
    await rows.notices()
    return rows


@pytest.fixture(params=list(SharingPolicy))
async def rows(driver: Driver, clock: ManualClock, tmp_path: Path, request: pytest.FixtureRequest) -> RowWorld:
    """Under one policy, then under the other."""
    return await office(driver, clock, tmp_path / "data", SharingPolicy(request.param))


@pytest.fixture
async def by_precedence(driver: Driver, clock: ManualClock, tmp_path: Path) -> RowWorld:
    return await office(driver, clock, tmp_path / "data", SharingPolicy.PRECEDENCE)


@pytest.fixture
async def by_reference(driver: Driver, clock: ManualClock, tmp_path: Path) -> RowWorld:
    """Principals with more than one member have no rows."""
    return await office(driver, clock, tmp_path / "data", SharingPolicy.PRECEDENCE, threshold=1)
