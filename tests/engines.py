"""On which engine and in which weather the tests run: `--table=sqlite|dynamodb|dynalite|all`, `--weather=fair|storm`,
`--storm-seed=N`; and `--walk-seed=N` repeats a long random walk over two engines.

Fixtures for every test that needs a table: `clock` stands still; `model` is the folder's own, from its conftest;
`driver` is a fresh engine in the weather that was asked for; `table` is the table of the model on it. Indexes lag in a
storm: a test that has written and then reads an index says `await settled()` in between.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Protocol

import pytest

from entaku.core.clock import Clock
from entaku.table.driver import Driver
from entaku.table.drivers.sqlite import open_sqlite
from entaku.table.model import Model
from entaku.table.table import Table
from entaku.testing import ManualClock, Storm
from tests.gaps import tests_left_out


class Opener(Protocol):
    """Opens an engine whose physical table is not made yet. The folder is the test's own."""

    async def __call__(self, folder: Path, clock: Clock | None = None) -> Driver: ...


async def open_sqlite_file(folder: Path, clock: Clock | None = None) -> Driver:
    return await open_sqlite(folder / "table.db")


async def open_dynamodb_table(folder: Path, clock: Clock | None = None) -> Driver:
    # Its libraries are an extra, and whoever runs on SQLite does not need them.
    from tests.emulators.dynamodb import open_for_test

    return await open_for_test(clock)


async def open_dynalite_table(folder: Path, clock: Clock | None = None) -> Driver:
    from tests.emulators.dynalite import open_for_test

    return await open_for_test(clock)


ENGINES: dict[str, Opener] = {
    "sqlite": open_sqlite_file,
    "dynamodb": open_dynamodb_table,
    "dynalite": open_dynalite_table,
}

ALL = ("sqlite", "dynamodb")
"""What `--table=all` means. Dynalite is no engine of users, but a second opinion on one."""

SECRET = b"cursors of tests only"


def settings_of(engine: str) -> dict[str, str]:
    """The environment in which commands find the engine: an empty table on an emulator of ours, whatever else there is,
    because nobody removes that table."""
    if engine == "sqlite":
        return {}
    from tests.emulators.dynamodb import REGION, emulator

    return {
        "ENTAKU_TABLE": "dynamodb",
        "ENTAKU_DYNAMODB_ENDPOINT": emulator(),
        "ENTAKU_DYNAMODB_REGION": REGION,
        "ENTAKU_DYNAMODB_TABLE": f"entaku-{uuid.uuid4().hex}",
    }


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("entaku")
    group.addoption("--table", choices=(*ENGINES, "all"), default="sqlite", help="the engine that the table runs on")
    group.addoption("--weather", choices=("fair", "storm"), default="fair", help="how the engine behaves")
    group.addoption("--storm-seed", type=int, default=1, help="which storm")
    group.addoption("--walk-seed", type=int, help="which long random walks; others in every run without it")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "engine(name): needs that engine itself; runs only where --table chooses it")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--table")
        # Of the session, so that a world that serves a whole file may have an engine too.
        metafunc.parametrize("engine", ALL if chosen == "all" else [chosen], scope="session")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    chosen = config.getoption("--table")
    left_out = [
        item
        for item in items
        if ((marker := item.get_closest_marker("engine")) is not None and chosen not in (*marker.args, "all"))
        or (isinstance(item, pytest.Function) and _is_gap(item))
        or (chosen not in ("sqlite", "all") and not _needs_engine(item))
    ]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def _needs_engine(item: pytest.Item) -> bool:
    """Whether it needs an engine at all: what does not has been run with the embedded one."""
    return "engine" in getattr(item, "fixturenames", ()) or item.get_closest_marker("engine") is not None


def _is_gap(item: pytest.Function) -> bool:
    engine = str(item.callspec.params.get("engine")) if hasattr(item, "callspec") else ""
    left_out = tests_left_out(engine)
    return not left_out.isdisjoint((item.originalname, item.name.replace(f"[{engine}-", "[", 1)))


@pytest.fixture
def is_storm(request: pytest.FixtureRequest) -> bool:
    return request.config.getoption("--weather") == "storm"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def bare_driver(engine: str, model: Model, clock: ManualClock, tmp_path: Path) -> AsyncIterator[Driver]:
    """The engine in fair weather whatever was asked for, with its physical table."""
    opened = await ENGINES[engine](tmp_path, clock)
    try:
        await opened.create_table(model.index_count)
        yield opened
    finally:
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
