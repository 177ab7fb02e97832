"""Case 1: Bob has `read` himself, and `read, write` through his department."""

from __future__ import annotations

import pytest

from tests.modules.sharing.cases.answers import announced, is_union, may, sources, trail
from tests.modules.sharing.row_world import RowWorld


@pytest.fixture
async def overlapping(rows: RowWorld) -> RowWorld:
    await rows.world.share("handbook", "individual:bob", "read")
    await rows.world.share("handbook", "department:d1", "read write")
    await announced(rows)
    return rows


async def test_the_individual_share_decides_or_both_unite(overlapping: RowWorld) -> None:
    expected = "individual: read write" if await is_union(overlapping) else "individual: read"

    assert await may(overlapping, "bob") == expected


async def test_the_explanation_lists_both(overlapping: RowWorld) -> None:
    assert await sources(overlapping.world, "bob") == ["individual:bob", "department:d1"]


async def test_without_the_individual_share_it_is_listed_by_the_department(overlapping: RowWorld) -> None:
    await overlapping.world.unshare("handbook", "individual:bob")

    assert await may(overlapping, "bob") == "department: read write"
    assert await announced(overlapping) == ["bob updated read write"]


async def test_without_the_department_share_bob_keeps_what_is_his_own(overlapping: RowWorld) -> None:
    await overlapping.world.unshare("handbook", "department:d1")

    assert await may(overlapping, "bob") == "individual: read"
    # Under union he loses `write`; by precedence he never had it, so there is nothing to tell him.
    assert await announced(overlapping) == (["bob updated read"] if await is_union(overlapping) else [])
    assert await trail(overlapping) == ["share_added", "share_added", "share_removed"]
