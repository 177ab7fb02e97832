"""The system with names of a caller's own for permissions and kinds, and who asks it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from entaku.api.in_process import in_process
from entaku.core.config import Config
from entaku.main import App, build
from entaku.main import model as whole_model
from entaku.modules.accounts import SharingPolicy
from entaku.table import Model
from entaku.table.driver import Driver
from entaku.testing import ManualClock
from tests.modules.authzen.asking import Enforcer
from tests.modules.sharing.world import ROOT, World

ACTIONS = {
    "view": "read",
    "edit": "write",
    "can_read_user": "read",
    "can_read_todos": "read",
    "can_create_todo": "write",
    "can_update_todo": "write",
    "can_delete_todo": "delete",
}
TYPES = {"record": "library", "todo": "library", "user": "library"}


@pytest.fixture
def model() -> Model:
    return whole_model()


@pytest.fixture
async def app(driver: Driver, clock: ManualClock, tmp_path: Path) -> App:
    config = Config(data=tmp_path / "data", authzen_actions=ACTIONS, authzen_types=TYPES)
    return await build(config, driver=driver, clock=clock)


@pytest.fixture
async def world(app: App, clock: ManualClock) -> World:
    return await World(app, clock, "acme").create(SharingPolicy.UNION)


@pytest.fixture
async def enforcer(world: World) -> AsyncIterator[Enforcer]:
    async with in_process(world.app.http()) as client:
        yield Enforcer(client, world.app.tokens.mint("acme", ROOT))
