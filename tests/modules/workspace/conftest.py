"""What the tests of imports run on: the system as `build` wires it, and an empty tenant of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from entaku.core.config import Config
from entaku.main import App, build
from entaku.main import model as whole_model
from entaku.table import Model
from entaku.table.driver import Driver
from entaku.testing import ManualClock
from tests.modules.workspace.importing import Imports


@pytest.fixture
def model() -> Model:
    return whole_model()


@pytest.fixture
async def app(driver: Driver, clock: ManualClock, tmp_path: Path) -> App:
    """The system on the engine and in the weather that were asked for."""
    return await build(Config(data=tmp_path / "data"), driver=driver, clock=clock)


@pytest.fixture
async def acme(app: App, settled: Callable[[], Awaitable[None]]) -> Imports:
    """A tenant that holds nothing yet."""
    return await Imports(app, "acme", settled).create()
