"""The world of each file of scenarios: started once, and asked for fresh tenants by each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.scenarios.tables import FURNISHERS
from tests.scenarios.world import Land, Side, World, start_world


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(engine: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with start_world(tmp_path_factory.mktemp("world"), FURNISHERS, engine=engine) as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def untouched(world: World) -> Side:
    """One tenant for all the tests of a file that make sure that nothing is written."""
    return await world.home()


@pytest_asyncio.fixture(loop_scope="module")
async def home(world: World) -> Side:
    return await world.home()


@pytest_asyncio.fixture(loop_scope="module")
async def land(world: World) -> Land:
    return await world.land()
