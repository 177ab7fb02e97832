"""Case 2: a role outranks a department; groups unite, whatever the order of writing."""

from __future__ import annotations

import itertools

import pytest

from tests.modules.sharing.cases.answers import is_union, may
from tests.modules.sharing.row_world import RowWorld


async def test_the_role_decides_or_all_three_permissions_unite(rows: RowWorld) -> None:
    await rows.world.share("handbook", "department:d1", "read write")
    await rows.world.share("handbook", "role:manager", "read delete")

    assert await may(rows, "bob") == ("role: read write delete" if await is_union(rows) else "role: read delete")


@pytest.mark.parametrize("order", list(itertools.permutations([("g", "read"), ("h", "read write")])))
async def test_groups_unite_in_any_order_of_writing(rows: RowWorld, order: tuple[tuple[str, str], ...]) -> None:
    for group, permissions in order:
        await rows.world.share("handbook", f"group:{group}", permissions)

    assert await may(rows, "bob") == "group: read write"


async def test_nested_groups_unite_and_depth_does_not_rank(rows: RowWorld) -> None:
    await rows.world.group("around")
    await rows.world.nest("group:g", parents=frozenset({"around"}))

    await rows.world.share("handbook", "group:g", "read")
    await rows.world.share("handbook", "group:around", "read write")

    assert await may(rows, "bob") == "group: read write"


async def test_nested_departments_unite_and_depth_does_not_rank(rows: RowWorld) -> None:
    await rows.world.nest("department:d1", parent="d2")

    await rows.world.share("handbook", "department:d1", "read delete")
    await rows.world.share("handbook", "department:d2", "read write")

    assert await may(rows, "bob") == "department: read write delete"
