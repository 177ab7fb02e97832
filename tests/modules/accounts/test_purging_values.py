"""Purging a tenant removes the values that its items kept apart, and nobody else's."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from entaku.modules.accounts import Accounts, TenantChange
from entaku.table import Model, Table
from entaku.table.blobs.keys import UNREFERENCED
from entaku.table.driver import Driver
from entaku.table.drivers.blobs import FolderBlobs
from entaku.testing import ManualClock
from tests.engines import SECRET, yield_once
from tests.modules.accounts.conftest import OPERATOR

OWN = "acme/document/00/1"
OTHER = "acme2/document/00/1"


@pytest.fixture
def blobs(tmp_path: Path, clock: ManualClock) -> FolderBlobs:
    return FolderBlobs(tmp_path / "blobs", clock)


@pytest.fixture
def table(driver: Driver, model: Model, clock: ManualClock, blobs: FolderBlobs) -> Table:
    return Table(driver, model, secret=SECRET, clock=clock, sleep=yield_once, blobs=blobs)


async def test_the_values_of_a_purged_tenant_are_gone_at_once(
    accounts: Accounts, clock: ManualClock, blobs: FolderBlobs
) -> None:
    for key in (OWN, OTHER, UNREFERENCED + OWN, UNREFERENCED + OTHER):
        await blobs.put(key, b"")
    await accounts.tenants.change(OPERATOR, "acme", TenantChange(is_suspended=True))
    await accounts.tenants.delete(OPERATOR, "acme")
    clock.advance(timedelta(days=30))

    await accounts.purging.purge(OPERATOR, "acme")

    left = await blobs.list(prefix="", after=None, limit=10)
    assert [blob.key for blob in left] == [OTHER, UNREFERENCED + OTHER]
