"""More of the kind: of several ways to a library one goes, and what is left decides; told once, or not at all."""

from __future__ import annotations

import pytest

from entaku.core.errors import Conflict
from entaku.modules.accounts import SharingPolicy, parse_principal
from tests.modules.sharing.cases.answers import NOTHING, announced, is_union, may, sources
from tests.modules.sharing.row_world import RowWorld


@pytest.fixture
async def two_ways(rows: RowWorld) -> RowWorld:
    """Bob is in group `around` by both of his groups."""
    await rows.world.group("around")
    for group in ("g", "h"):
        await rows.world.nest(f"group:{group}", parents=frozenset({"around"}))
    await rows.world.share("handbook", "group:around", "read write")
    await announced(rows)
    return rows


async def test_with_one_of_two_ways_gone_nothing_changes(two_ways: RowWorld) -> None:
    await two_ways.world.change_user("bob", leave=frozenset({"g"}))
    first = (await may(two_ways, "bob"), await announced(two_ways))
    await two_ways.world.nest("group:h", parents=frozenset())

    assert first == ("group: read write", [])
    assert await may(two_ways, "bob") == NOTHING
    assert await announced(two_ways) == ["bob removed"]


async def test_a_group_around_others_is_not_deleted_under_them(two_ways: RowWorld) -> None:
    with pytest.raises(Conflict):
        await two_ways.world.accounts.directory.delete(two_ways.world.actor(), parse_principal("group:around"))

    assert await may(two_ways, "bob") == "group: read write"


async def test_a_department_with_others_below_is_not_deleted(rows: RowWorld) -> None:
    await rows.world.nest("department:d1", parent="d2")
    await rows.world.share("handbook", "department:d2")

    with pytest.raises(Conflict):
        await rows.world.accounts.directory.delete(rows.world.actor(), parse_principal("department:d2"))

    assert await may(rows, "bob") == "department: read"


async def test_everybody_below_a_department_that_is_moved_is_told(rows: RowWorld) -> None:
    await rows.world.department("d1-east", "d1")
    await rows.world.user("dan", "eve", department="d1-east")
    await rows.world.share("handbook", "department:d2", "read write")
    await announced(rows)

    await rows.world.nest("department:d1", parent="d2")
    at_once = [await may(rows, user) for user in ("bob", "dan", "eve")]

    assert at_once == ["department: read write"] * 3
    assert sorted(await announced(rows)) == [f"{user} added read write" for user in ("bob", "dan", "eve")]


async def test_a_new_role_may_lower_somebody_and_says_so(rows: RowWorld) -> None:
    await rows.world.role("guest")
    await rows.world.share("handbook", "department:d1", "read write")
    await rows.world.share("handbook", "role:guest", "read")
    await announced(rows)

    await rows.world.change_user("bob", role="guest")

    union = await is_union(rows)
    assert await may(rows, "bob") == ("role: read write" if union else "role: read")
    assert await announced(rows) == ["bob updated read write" if union else "bob updated read"]


async def test_what_is_archived_is_read_and_what_it_was_comes_back(rows: RowWorld) -> None:
    libraries, root = rows.world.sharing.libraries, rows.world.actor()
    await rows.world.share("handbook", "department:d1", "read write")
    await rows.world.share("handbook", "organisation")
    await announced(rows)

    await libraries.archive(root, "handbook")
    archived = [await may(rows, user) for user in ("ann", "bob", "cara")]
    told = await announced(rows)
    await libraries.unarchive(root, "handbook")

    assert archived == ["owner: read", "department: read", "organisation: read"]
    assert sorted(told) == ["ann updated read", "bob updated read"]
    assert await may(rows, "bob") == "department: read write"
    assert sorted(await announced(rows)) == ["ann updated read write delete share", "bob updated read write"]


async def test_what_was_passed_on_is_added_under_a_policy_that_changes(by_precedence: RowWorld) -> None:
    rows = by_precedence
    await rows.world.share("handbook", "individual:cara", "read delete share")
    await rows.world.share("handbook", "department:d1", "read write")
    await rows.world.share("handbook", "individual:bob", "read delete", by="cara")
    before = (await may(rows, "bob"), await sources(rows.world, "bob"))

    await rows.world.accounts.tenants.change_policy(rows.world.actor(), SharingPolicy.UNION)

    assert before == ("individual: read write delete", ["individual:bob", "department:d1"])
    assert await may(rows, "bob") == "individual: read write delete"


async def test_a_share_with_a_person_who_is_deleted_is_gone_and_counted_no_more(rows: RowWorld) -> None:
    await rows.world.share("handbook", "individual:bob", "read write")
    await rows.world.share("handbook", "group:g")
    await announced(rows)

    await rows.world.accounts.users.delete(rows.world.actor(), "bob")

    library = (await rows.world.sharing.libraries.get(rows.world.actor(), "handbook")).thing
    assert library.share_counts == {"group": 1}
    assert await announced(rows) == ["bob removed"]


async def test_an_owner_who_is_handed_another_library_keeps_both_and_is_told_once(rows: RowWorld) -> None:
    await rows.world.library("atlas", owner="cara")
    await rows.world.share("atlas", "individual:ann", "read")
    await announced(rows)

    await rows.world.change_library("atlas", owner="ann")

    assert sorted(await rows.world.listed("ann")) == ["atlas", "handbook"]
    assert sorted(await announced(rows)) == ["ann updated read write delete share", "cara removed"]
