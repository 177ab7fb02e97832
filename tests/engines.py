"""On which engine and in which weather the tests run: `--table=sqlite|all`, `--weather=fair|storm`, `--storm-seed=N`.

Fixtures for every test that needs a table: `clock` stands still; `model` is the folder's own, from its conftest;
`driver` is a fresh engine in the weather that was asked for; `table` is the table of the model on it. Indexes lag in a
storm: a test that has written and then reads an index says `await settled()` in between.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from entaku.table.driver import Driver
from entaku.table.drivers.sqlite import open_sqlite
from entaku.table.model import Model
from entaku.table.table import Table
from entaku.testing import ManualClock, Storm

Opener = Callable[[Path], Awaitable[Driver]]

ENGINES: dict[str, Opener] = {
    "sqlite": lambda folder: open_sqlite(folder / "table.db"),
}
SECRET = b"cursors of tests only"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("entaku")
    group.addoption("--table", choices=(*ENGINES, "all"), default="sqlite", help="the engine that the table runs on")
    group.addoption("--weather", choices=("fair", "storm"), default="fair", help="how the engine behaves")
    group.addoption("--storm-seed", type=int, default=1, help="which storm")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--table")
        metafunc.parametrize("engine", list(ENGINES) if chosen == "all" else [chosen])


@pytest.fixture
def is_storm(request: pytest.FixtureRequest) -> bool:
    return request.config.getoption("--weather") == "storm"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def bare_driver(engine: str, model: Model, tmp_path: Path) -> AsyncIterator[Driver]:
    """The engine in fair weather whatever was asked for, with its physical table."""
    opened = await ENGINES[engine](tmp_path)
    await opened.create_table(model.index_count)
    yield opened
    await opened.close()


@pytest.fixture
def driver(bare_driver: Driver, is_storm: bool, request: pytest.FixtureRequest) -> Driver:
    """The engine in the weather that was asked for."""
    return Storm(bare_driver, seed=int(request.config.getoption("--storm-seed") or 0)) if is_storm else bare_driver


@pytest.fixture
def settled(driver: Driver) -> Callable[[], Awaitable[None]]:
    """Waits until the indexes show everything that was written."""

    async def settle() -> None:
        if isinstance(driver, Storm):
            driver.settle()

    return settle


@pytest.fixture
def table(driver: Driver, model: Model, clock: ManualClock) -> Table:
    """The table of the model. It waits between attempts by yielding only."""
    return Table(driver, model, secret=SECRET, clock=clock, sleep=yield_once)


async def yield_once(seconds: float) -> None:
    """In place of a wait: lets everybody else go first."""
    await asyncio.sleep(0)
