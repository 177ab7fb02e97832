"""Case 4: the same share sent twice under one idempotency key, also a day apart, is one share."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from entaku.modules.sharing import ShareOutcome
from entaku.table import idempotency_key
from tests.modules.sharing.cases.answers import announced, may, trail
from tests.modules.sharing.row_world import RowWorld
from tests.modules.sharing.world import grant


async def send(rows: RowWorld) -> ShareOutcome:
    return await rows.world.sharing.shares.change(
        rows.world.actor(), "handbook", add=[grant("department:d1")], idempotency=idempotency_key("k", b"body")
    )


@pytest.mark.parametrize("later", [timedelta(0), timedelta(days=1)])
async def test_it_is_one_share_one_record_one_event(rows: RowWorld, later: timedelta) -> None:
    first = await send(rows)
    told = await announced(rows)
    rows.world.clock.advance(later)

    assert await send(rows) == first
    assert await trail(rows) == ["share_added"]
    assert (told, await announced(rows)) == (["bob added read"], [])


async def test_sent_at_once_it_is_one_share_too(rows: RowWorld) -> None:
    first, second = await asyncio.gather(send(rows), send(rows))

    assert first == second
    assert await trail(rows) == ["share_added"]
    assert await announced(rows) == ["bob added read"]


async def test_a_repetition_does_not_bring_back_what_was_removed_meanwhile(rows: RowWorld) -> None:
    first = await send(rows)
    await rows.world.unshare("handbook", "department:d1")

    assert await send(rows) == first
    assert await may(rows, "bob") == ""
