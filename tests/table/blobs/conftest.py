"""A table with a blob store in a folder, both in the weather that was asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from entaku.table import BlobStore, BoundTable, Model, Table
from entaku.table.driver import Driver
from entaku.table.drivers.blobs import FolderBlobs
from entaku.testing import ManualClock
from entaku.testing.blob_storm import BlobStorm
from tests.engines import SECRET, yield_once
from tests.table.blobs.entities import ENTITIES


@pytest.fixture
def model() -> Model:
    return Model(ENTITIES)


@pytest.fixture
def bare_blobs(tmp_path: Path, clock: ManualClock) -> FolderBlobs:
    """The store in fair weather whatever was asked for."""
    return FolderBlobs(tmp_path / "blobs", clock)


@pytest.fixture
def blobs(bare_blobs: FolderBlobs, is_storm: bool, request: pytest.FixtureRequest) -> BlobStore:
    seed = int(request.config.getoption("--storm-seed") or 0)
    return BlobStorm(bare_blobs, seed=seed) if is_storm else bare_blobs


@pytest.fixture
def table(driver: Driver, model: Model, clock: ManualClock, blobs: BlobStore) -> Table:
    return Table(driver, model, secret=SECRET, clock=clock, sleep=yield_once, blobs=blobs)


@pytest.fixture
def acme(table: Table) -> BoundTable:
    return table.for_tenant("acme")


async def keys_in(store: BlobStore, prefix: str = "") -> list[str]:
    """The keys of the store, as many as a test has."""
    return [blob.key for blob in await store.list(prefix=prefix, after=None, limit=1000)]
