"""Case 11: whatever the number of members, the same behaviour."""

from __future__ import annotations

import pytest

from tests.modules.sharing.cases.answers import NOTHING, announced, may
from tests.modules.sharing.row_world import RowWorld

AROUND_BOUNDS = [0, 1, 2, 24, 25, 26, 99, 100, 101, pytest.param(1_000, marks=pytest.mark.slow),
                 pytest.param(1_001, marks=pytest.mark.slow)]  # fmt: skip


@pytest.mark.thorough
@pytest.mark.parametrize("count", AROUND_BOUNDS)
async def test_each_member_is_told_once_and_has_a_row_until_it_is_taken_back(
    by_precedence: RowWorld, count: int
) -> None:
    rows, members = by_precedence, [f"u{number:04}" for number in range(count)]
    await rows.world.group("crew")
    await rows.world.user(*members, groups="crew")
    await announced(rows)

    await rows.world.share("handbook", "group:crew")
    at_once = [await may(rows, user) for user in members[-1:]]
    told = await announced(rows)
    with_rows = await rows.users_with_rows("handbook", members)
    await rows.world.unshare("handbook", "group:crew")

    assert at_once == ["group: read"] * len(members[-1:])
    assert sorted(told) == [f"{user} added read" for user in members]
    assert with_rows == members
    assert sorted(await announced(rows)) == [f"{user} removed" for user in members]
    assert [await may(rows, user) for user in members[-1:]] == [NOTHING] * len(members[-1:])
