"""Case 10: a department of many: the call returns at once, answers are right at once, and the rows follow."""

from __future__ import annotations

import random

import pytest

from tests.modules.sharing.cases.answers import NOTHING, announced, may
from tests.modules.sharing.row_world import RowWorld

MEMBERS = [f"u{number:03}" for number in range(130)]


async def hall(rows: RowWorld, members: list[str]) -> None:
    await rows.world.department("hall")
    await rows.world.user(*members, department="hall")
    await rows.finish()
    await rows.notices()


async def test_the_call_returns_before_a_row_is_written_and_answers_are_right(by_precedence: RowWorld) -> None:
    rows = by_precedence
    await hall(rows, MEMBERS)

    await rows.world.share("handbook", "department:hall")

    assert await rows.users_with_rows("handbook", MEMBERS) == []
    assert len(await rows.pending()) == 1
    assert [await may(rows, user) for user in MEMBERS[:: len(MEMBERS) // 3]] == ["department: read"] * 4


@pytest.mark.parametrize("count", [len(MEMBERS), pytest.param(10_000, marks=pytest.mark.slow)])
async def test_every_member_gets_one_row_and_is_told_once(by_precedence: RowWorld, count: int) -> None:
    rows, members = by_precedence, [f"u{number:05}" for number in range(count)]
    await hall(rows, members)

    await rows.world.share("handbook", "department:hall")

    assert await announced(rows) == [f"{user} added read" for user in members]
    assert await rows.users_with_rows("handbook", [*members, "bob", "cara"]) == members


@pytest.mark.parametrize("seed", range(3))
async def test_taken_back_half_way_it_leaves_no_row(by_precedence: RowWorld, seed: int) -> None:
    rows = by_precedence
    await hall(rows, MEMBERS[:40])
    dice = random.Random(seed)
    await rows.world.share("handbook", "department:hall")
    for _ in range(dice.randint(1, 8)):
        await rows.work_a_little(dice)

    await rows.world.unshare("handbook", "department:hall")
    at_once = [await may(rows, user) for user in MEMBERS[:40:13]]
    told = await announced(rows)

    assert at_once == [NOTHING] * 4
    assert await rows.users_with_rows("handbook", MEMBERS[:40]) == []
    assert sorted(told) == sorted(
        f"{user} {action}" for user in {each.split()[0] for each in told} for action in ("added read", "removed")
    )


async def test_by_reference_there_are_no_rows_and_the_same_lists(by_reference: RowWorld) -> None:
    rows = by_reference
    await hall(rows, MEMBERS[:5])

    await rows.world.share("handbook", "department:hall", "read write")
    while await rows.pending():
        await rows.finish()

    assert await rows.users_with_rows("handbook", MEMBERS[:5]) == []
    assert [await may(rows, user) for user in MEMBERS[:5]] == ["department: read write"] * 5
