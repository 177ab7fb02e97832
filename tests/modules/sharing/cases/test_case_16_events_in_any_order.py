"""Case 16: whatever order the work that changes left is done in, and however often: the same rows, each notice once."""

from __future__ import annotations

import itertools
import random

import pytest

from tests.modules.sharing.cases.answers import announced
from tests.modules.sharing.row_world import RowWorld

USERS, LIBRARIES = ["ann", "bob", "cara"], ["handbook", "atlas"]
SIX_AT_RANDOM = 12
"""Of the 720 orders of six, in a run."""


async def six_changes(rows: RowWorld) -> None:
    world = rows.world
    await world.share("handbook", "department:d2", "read write")
    await world.share("atlas", "group:g")
    await world.change_user("bob", department="d2")
    await world.share("handbook", "individual:cara")
    await world.unshare("atlas", "group:g")
    await world.change_library("atlas", owner="cara")


async def do_all(rows: RowWorld, order: tuple[int, ...], times: int) -> None:
    """Each piece of pending work so many times, in this order."""
    pending = await rows.pending()
    for _ in range(times):
        for index in order:
            await rows.app.sharing.rows.worker.do(rows.table, pending[index])


@pytest.fixture
async def changed_six_times(rows: RowWorld) -> RowWorld:
    await rows.world.library("atlas")
    await announced(rows)
    await six_changes(rows)
    return rows


ORDERS = [(0, 1, 2, 3, 4, 5), (5, 4, 3, 2, 1, 0)]
MORE_ORDERS = random.Random(6).sample(list(itertools.permutations(range(6))), SIX_AT_RANDOM)


@pytest.mark.parametrize("order", [*ORDERS, *(pytest.param(each, marks=pytest.mark.thorough) for each in MORE_ORDERS)])
async def test_six_in_any_order_and_three_times_end_in_the_same_rows_and_notices(
    changed_six_times: RowWorld, order: tuple[int, ...]
) -> None:
    rows = changed_six_times
    assert len(await rows.pending()) == 6

    await do_all(rows, order, times=3)

    assert await rows.wrong(USERS, LIBRARIES) == []
    assert sorted(await announced(rows)) == [
        "ann removed",
        "bob added read write",
        "cara added read",
        "cara added read write delete share",
    ]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_three_in_every_order_between_which_nothing_was_done(rows: RowWorld, order: tuple[int, ...]) -> None:
    await rows.world.share("handbook", "individual:bob")
    await rows.world.share("handbook", "department:d1", "read write")
    await rows.world.unshare("handbook", "individual:bob")

    await do_all(rows, order, times=2)

    assert await announced(rows) == ["bob added read write"]
    assert await rows.wrong(USERS, ["handbook"]) == []
