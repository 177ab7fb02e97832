"""What the tests of sharing run on: the system as `build` wires it, and a tenant of it in which to share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from entaku.core.config import Config
from entaku.main import App, build
from entaku.main import model as whole_model
from entaku.modules.accounts import SharingPolicy
from entaku.table import Model
from entaku.table.driver import Driver
from entaku.testing import ManualClock
from tests.building import build_on
from tests.modules.sharing.world import World

pytest.register_assert_rewrite(
    "tests.modules.sharing.comparing",
    "tests.modules.sharing.histories",
    "tests.modules.sharing.whole_comparing",
    "tests.modules.sharing.whole_history",
)


@pytest.fixture
def model() -> Model:
    return whole_model()


@pytest.fixture
async def app(driver: Driver, clock: ManualClock, tmp_path: Path) -> App:
    """The system on the engine and in the weather that were asked for; without the memory of pages."""
    return await build(Config(data=tmp_path / "data"), driver=driver, clock=clock)


@pytest.fixture
async def fair_app(bare_driver: Driver, clock: ManualClock, tmp_path: Path) -> App:
    """The same in fair weather whatever was asked for: for tests that ask thousands of questions."""
    return await build(Config(data=tmp_path / "data"), driver=bare_driver, clock=clock)


@pytest.fixture
async def remembering_app(engine: str, clock: ManualClock, tmp_path: Path) -> AsyncIterator[App]:
    """The system on a table of its own; where the engine lets it, it remembers the pages that it has answered."""
    whole = await build_on(engine, tmp_path / "own", clock)
    yield whole
    await whole.close()


@pytest.fixture
async def world(app: App, clock: ManualClock) -> World:
    return await World(app, clock, "acme").create()


@pytest.fixture(params=list(SharingPolicy))
async def either(request: pytest.FixtureRequest, app: App, clock: ManualClock) -> World:
    """A tenant under one policy, then one under the other."""
    return await World(app, clock, "acme").create(SharingPolicy(request.param))
