"""Case 8: Bob moves from D1 to D2: the answers are D2's at once, and each difference is told once."""

from __future__ import annotations

import asyncio
import itertools
import random

import pytest

from tests.modules.sharing.cases.answers import NOTHING, announced, may
from tests.modules.sharing.row_world import RowWorld


@pytest.fixture
async def departments(rows: RowWorld) -> RowWorld:
    """D1 has the handbook, D2 the atlas, both have the almanac."""
    await rows.world.library("atlas")
    await rows.world.library("almanac")
    for library, department in (("handbook", "d1"), ("atlas", "d2"), ("almanac", "d1"), ("almanac", "d2")):
        await rows.world.share(library, f"department:{department}")
    await announced(rows)
    return rows


async def test_answers_are_those_of_the_new_department_at_once(departments: RowWorld) -> None:
    await departments.world.change_user("bob", department="d2")

    assert [await may(departments, "bob", each) for each in ("handbook", "atlas", "almanac")] == [
        NOTHING,
        "department: read",
        "department: read",
    ]


async def test_each_library_lost_or_gained_is_told_once(departments: RowWorld) -> None:
    await departments.world.change_user("bob", department="d2")
    await departments.finish()

    told = [(each.resource.id, each.action) for each in await departments.notices()]

    assert sorted(told) == [("atlas", "added"), ("handbook", "removed")]


async def test_there_and_back_is_as_if_nothing_had_happened(departments: RowWorld) -> None:
    before = await departments.world.listed("bob")

    await departments.world.change_user("bob", department="d2")
    await departments.world.change_user("bob", department="d1")

    assert await departments.world.listed("bob") == before
    assert await announced(departments) == []


@pytest.mark.parametrize("order", list(itertools.permutations(range(2))))
async def test_there_and_back_in_any_order_of_the_work_or_twice(departments: RowWorld, order: tuple[int, ...]) -> None:
    before = await departments.world.listed("bob")
    await departments.world.change_user("bob", department="d2")
    away = await departments.pending()
    await departments.world.change_user("bob", department="d1")
    back = [each for each in await departments.pending() if each not in away]

    for index in (*order, *order):
        for pending in (away, back)[index]:
            await departments.app.sharing.rows.worker.do(departments.table, pending)

    assert await announced(departments) == []
    assert await departments.world.listed("bob") == before
    assert await departments.wrong(["bob"], ["handbook", "atlas", "almanac"]) == []


async def test_department_and_role_change_in_one_moment(rows: RowWorld) -> None:
    await rows.world.role("clerk")
    await rows.world.share("handbook", "department:d1")
    await rows.world.share("handbook", "role:clerk")
    await announced(rows)

    await rows.world.change_user("bob", department="d2", role="clerk")

    assert await may(rows, "bob") == "role: read"
    assert await announced(rows) == ["bob updated read"]


async def test_who_asks_meanwhile_never_sees_one_lost_and_the_other_not_yet_gained(rows: RowWorld) -> None:
    await rows.world.role("clerk")
    await rows.world.share("handbook", "department:d1")
    await rows.world.share("handbook", "role:clerk")
    await rows.finish()
    dice = random.Random(1)

    async def ask() -> list[bool]:
        return ["handbook" in await rows.world.listed("bob") for _ in range(20)]

    asked, *_ = await asyncio.gather(ask(), rows.world.change_user("bob", department="d2", role="clerk"))
    for _ in range(10):
        await rows.work_a_little(dice)
        asked.append("handbook" in await rows.world.listed("bob"))

    assert all(asked)
