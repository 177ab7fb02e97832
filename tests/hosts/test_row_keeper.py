"""The row keeper works through what is pending in every tenant, and goes on after a failure."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from entaku.hosts.row_keeper import keep_rows_for_ever
from entaku.main import model as whole_model
from entaku.table import Model
from entaku.table.driver import Driver
from entaku.testing import ManualClock
from tests.modules.sharing.row_world import row_world


class Rounds:
    """A pause that ends the work after some rounds."""

    def __init__(self, rounds: int) -> None:
        self.left = rounds

    async def __call__(self, seconds: float) -> None:
        self.left -= 1
        if self.left < 0:
            raise asyncio.CancelledError


@pytest.fixture
def model() -> Model:
    return whole_model()


async def test_what_is_pending_is_worked_through(driver: Driver, clock: ManualClock, tmp_path: Path) -> None:
    rows = await row_world(driver, clock, tmp_path / "data", "acme")
    await rows.world.user("ann", "bob")
    await rows.world.library("atlas")
    await rows.world.share("atlas", "individual:bob")

    with pytest.raises(asyncio.CancelledError):
        await keep_rows_for_ever(rows.app, pause=Rounds(1))

    assert await rows.pending() == []
    assert await rows.users_with_rows("atlas", ["ann", "bob"]) == ["ann", "bob"]


async def test_a_round_that_fails_is_logged(
    driver: Driver, clock: ManualClock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = await row_world(driver, clock, tmp_path / "data", "acme")
    await driver.close()

    with pytest.raises(asyncio.CancelledError):
        await keep_rows_for_ever(rows.app, pause=Rounds(2))

    assert caplog.text.count("rows were not brought up to date") == 2
