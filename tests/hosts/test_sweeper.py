"""The sweeper removes what has expired, and goes on after a failure."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from entaku.core.errors import Unavailable
from entaku.hosts.sweeper import sweep_for_ever
from entaku.table import Entity, Model, Table, key
from entaku.testing import ManualClock


class Connection(Entity, kind="CONNECTION", expires="expires_at"):
    connection_id: str
    expires_at: datetime

    @key("CONNECTION#{connection_id}", "METADATA")
    def at(*, connection_id: str):
        "One connection."


class Rounds:
    """A pause that ends the sweeping after some rounds."""

    def __init__(self, rounds: int) -> None:
        self.left = rounds

    async def __call__(self, seconds: float) -> None:
        if seconds:
            self.left -= 1
            if self.left < 0:
                raise asyncio.CancelledError


async def stored_items(table: Table) -> int:
    return len(await table.driver.walk(0, 1, after=None, limit=100))


@pytest.fixture
def model() -> Model:
    return Model([Connection])


async def test_expired_items_are_removed_physically(table: Table, clock: ManualClock) -> None:
    bound = table.for_tenant("acme")
    await bound.create(Connection(connection_id="a", expires_at=clock.now() + timedelta(seconds=1)))
    await bound.create(Connection(connection_id="b", expires_at=clock.now() + timedelta(days=1)))
    clock.advance(timedelta(seconds=2))

    with pytest.raises(asyncio.CancelledError):
        await sweep_for_ever(table, pause=Rounds(1))

    assert await stored_items(table) == 1


async def test_a_failed_sweep_is_tried_again(table: Table, caplog: pytest.LogCaptureFixture) -> None:
    await table.close()
    rounds = Rounds(2)

    with pytest.raises((asyncio.CancelledError, Unavailable)):
        await sweep_for_ever(table, pause=rounds)

    assert rounds.left < 0
    assert "were not removed" in caplog.text
