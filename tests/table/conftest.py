"""What the contract suite runs on: one model, two tenants, and in a storm also stretches that end early."""

from __future__ import annotations

import pytest

from entaku.table import BoundTable, Model, Table
from entaku.table.driver import Driver
from entaku.testing import ManualClock, Storm
from tests.engines import SECRET, yield_once
from tests.table.entities import ENTITIES, OldPaper


@pytest.fixture
def model() -> Model:
    return Model(ENTITIES)


@pytest.fixture
def driver(bare_driver: Driver, is_storm: bool, request: pytest.FixtureRequest) -> Driver:
    seed = int(request.config.getoption("--storm-seed") or 0)
    return Storm(bare_driver, seed=seed, short_stretches=True) if is_storm else bare_driver


@pytest.fixture
def acme(table: Table) -> BoundTable:
    return table.for_tenant("acme")


@pytest.fixture
def globex(table: Table) -> BoundTable:
    return table.for_tenant("globex")


@pytest.fixture
def older(driver: Driver, clock: ManualClock) -> BoundTable:
    """The tenant's table as the program before sees it."""
    return Table(driver, Model([OldPaper]), secret=SECRET, clock=clock, sleep=yield_once).for_tenant("acme")


@pytest.fixture
def storm(bare_driver: Driver) -> Storm:
    """An engine to which only those mishaps happen that a test asks for."""
    return Storm(bare_driver, seed=0, percent=0)


@pytest.fixture
def stormy(storm: Storm, model: Model, clock: ManualClock) -> BoundTable:
    """A tenant's table on `storm`."""
    return Table(storm, model, secret=SECRET, clock=clock, sleep=yield_once).for_tenant("acme")
