"""Case 9: Bob moves to D2 while a library is shared with D2, or while D1's share is taken back: in every order of their
calls, and of the calls of a worker, he has it in the end, or has not."""

from __future__ import annotations

from pathlib import Path

import pytest

from entaku.core.config import Config
from entaku.main import App, build
from entaku.table.driver import Driver
from entaku.testing import ManualClock
from tests.modules.sharing.test_interleavings import change_bob, orders_of, share, unshare
from tests.modules.sharing.turns import Turns

pytestmark = pytest.mark.thorough


@pytest.fixture
def turns(bare_driver: Driver) -> Turns:
    return Turns(bare_driver)


@pytest.fixture
async def app(turns: Turns, clock: ManualClock, tmp_path: Path) -> App:
    return await build(Config(data=tmp_path / "data", rows_threshold=0), driver=turns, clock=clock)


async def test_moving_in_while_it_is_shared_it_is_listed_in_every_order(
    turns: Turns, app: App, clock: ManualClock
) -> None:
    players = {"bob": change_bob(department="d2"), "ann": share("department:d2")}

    async for world, played in orders_of(turns, app, clock, [], players):
        at_once = list(await world.listed("bob"))
        await app.sharing.rows.worker.catch_up(app.table.for_tenant(world.tenant_id))
        assert at_once == list(await world.listed("bob")) == ["l"], played.choices
        assert await world.may("bob", "l") == "read"


async def test_moving_out_while_it_is_taken_back_it_is_listed_in_none(
    turns: Turns, app: App, clock: ManualClock
) -> None:
    players = {"bob": change_bob(department="d2"), "ann": unshare("department:d1")}

    async for world, played in orders_of(turns, app, clock, [share("department:d1")], players):
        at_once = list(await world.listed("bob"))
        await app.sharing.rows.worker.catch_up(app.table.for_tenant(world.tenant_id))
        assert at_once == list(await world.listed("bob")) == [], played.choices
        assert await world.may("bob", "l") == ""
