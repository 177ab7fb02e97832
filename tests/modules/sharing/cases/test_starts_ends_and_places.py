"""More of the kind: shares that start and end while people, groups and departments change their places."""

from __future__ import annotations

import pytest

from entaku.modules.accounts import SharingPolicy
from tests.modules.sharing.cases.answers import NOTHING, announced, is_union, may
from tests.modules.sharing.row_world import RowWorld


async def sweep(rows: RowWorld, instant: str) -> None:
    rows.world.wait_until(instant)
    await rows.app.sharing.rows.transitions.sweep(rows.table, rows.world.clock.now())


async def test_a_share_that_starts_after_its_group_was_taken_out_reaches_nobody(rows: RowWorld) -> None:
    await rows.world.group("around")
    await rows.world.nest("group:g", parents=frozenset({"around"}))
    await rows.world.share("handbook", "group:around", "read write", since="12:00")
    await announced(rows)

    await rows.world.nest("group:g", parents=frozenset())
    await rows.finish()
    await sweep(rows, "12:00")

    assert await may(rows, "bob") == NOTHING
    assert await announced(rows) == []


async def test_a_group_put_in_before_the_start_is_reached_from_the_start_on(rows: RowWorld) -> None:
    await rows.world.group("around")
    await rows.world.share("handbook", "group:around", "read write", since="12:00")
    await rows.world.nest("group:g", parents=frozenset({"around"}))
    early = (await may(rows, "bob"), await announced(rows))

    await sweep(rows, "12:00")

    assert early == (NOTHING, [])
    assert await may(rows, "bob") == "group: read write"
    assert await announced(rows) == ["bob added read write"]


async def test_a_department_alone_is_not_those_that_come_to_stand_below_it(rows: RowWorld) -> None:
    await rows.world.share("handbook", "department:d2", include_children=False)
    await announced(rows)

    await rows.world.nest("department:d1", parent="d2")
    below = await may(rows, "bob")
    await rows.world.change_user("bob", department="d2")

    assert below == NOTHING
    assert await may(rows, "bob") == "department: read"
    assert await announced(rows) == ["bob added read"]


async def test_moving_below_a_department_that_is_shared_with_those_below_it_too(rows: RowWorld) -> None:
    await rows.world.share("handbook", "department:d2", "read write")
    await rows.world.share("handbook", "department:d1")
    await announced(rows)

    await rows.world.nest("department:d1", parent="d2")

    assert await may(rows, "bob") == "department: read write"
    assert await announced(rows) == ["bob updated read write"]


async def test_a_nearer_share_to_come_takes_over_when_it_starts_and_not_before(rows: RowWorld) -> None:
    await rows.world.share("handbook", "department:d1", "read write")
    await rows.world.share("handbook", "individual:bob", "read", since="12:00", until="13:00")
    await announced(rows)

    seen: dict[str, str] = {}
    for instant in ("11:59:59.999", "12:00", "12:59:59.999", "13:00"):
        await sweep(rows, instant)
        seen[instant] = await may(rows, "bob")

    lowered = "individual: read write" if await is_union(rows) else "individual: read"
    department = "department: read write"
    assert list(seen.values()) == [department, lowered, lowered, department]


async def test_a_demotion_by_the_clock_and_its_end_are_each_told(by_precedence: RowWorld) -> None:
    rows = by_precedence
    await rows.world.share("handbook", "department:d1", "read write")
    await rows.world.share("handbook", "individual:bob", "read", since="12:00", until="13:00")
    await announced(rows)

    told: list[list[str]] = []
    for instant in ("12:00", "13:00"):
        await sweep(rows, instant)
        told.append(await announced(rows))

    assert told == [["bob updated read"], ["bob updated read write"]]


async def test_deactivated_across_an_end_nothing_comes_back_that_has_ended(rows: RowWorld) -> None:
    await rows.world.share("handbook", "individual:bob", "read delete", until="12:00")
    await rows.world.share("handbook", "department:d1", "read write")
    await announced(rows)

    await rows.world.change_user("bob", is_active=False)
    away = (await may(rows, "bob"), await announced(rows))
    await sweep(rows, "12:00")
    meanwhile = await announced(rows)
    await rows.world.change_user("bob", is_active=True)

    assert away == (NOTHING, ["bob removed"])
    assert meanwhile == []
    assert await may(rows, "bob") == "department: read write"
    assert await announced(rows) == ["bob added read write"]


async def test_deactivated_and_let_in_again_before_anybody_looked_is_nothing(rows: RowWorld) -> None:
    await rows.world.share("handbook", "department:d1")
    await announced(rows)

    for is_active in (False, True):
        await rows.world.change_user("bob", is_active=is_active)

    assert await may(rows, "bob") == "department: read"
    assert await announced(rows) == []


async def test_of_a_deactivated_owner_nobody_loses_anything_but_the_owner(rows: RowWorld) -> None:
    await rows.world.share("handbook", "department:d1", "read write")
    await announced(rows)

    await rows.world.change_user("ann", is_active=False)
    without = (await may(rows, "ann"), await may(rows, "bob"))
    await rows.world.change_user("ann", is_active=True)

    assert without == (NOTHING, "department: read write")
    assert await may(rows, "ann") == "owner: read write delete share"


@pytest.mark.parametrize("policy_first", [False, True])
async def test_a_new_policy_counts_at_once_and_each_difference_is_told_once(
    by_precedence: RowWorld, policy_first: bool
) -> None:
    rows = by_precedence
    await rows.world.share("handbook", "individual:bob", "read")
    await rows.world.share("handbook", "department:d1", "read write")
    await announced(rows)

    await rows.world.accounts.tenants.change_policy(rows.world.actor(), SharingPolicy.UNION)
    if policy_first:
        await rows.finish()

    assert await may(rows, "bob") == "individual: read write"
    assert await announced(rows) == ["bob updated read write"]
