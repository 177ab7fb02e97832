"""More of the kind: for how long somebody may pass on what they have, and what becomes of it."""

from __future__ import annotations

import pytest

from entaku.core.errors import Forbidden, NotFound
from entaku.modules.accounts import SharingPolicy, parse_principal
from tests.modules.sharing.cases.answers import NOTHING, is_union, may
from tests.modules.sharing.row_world import RowWorld
from tests.modules.sharing.world import grant


async def test_through_three_hands_each_has_it_no_longer_than_the_one_before(rows: RowWorld) -> None:
    await rows.world.share("handbook", "individual:cara", "read share", until="12:00")
    await rows.world.share("handbook", "individual:bob", "read share", by="cara", until="11:00")

    with pytest.raises(Forbidden, match="11:00"):
        await rows.world.share("handbook", "group:h", by="bob", until="11:00:00.001")
    await rows.world.user("dora", groups="h")
    await rows.world.share("handbook", "group:h", by="bob", until="11:00")
    rows.world.wait_until("11:00")

    assert [await may(rows, user) for user in ("cara", "bob", "dora")] == ["individual: read share", NOTHING, NOTHING]


async def test_a_right_that_is_cut_short_leaves_what_was_passed_on_before(rows: RowWorld) -> None:
    await rows.world.share("handbook", "individual:cara", "read share", until="12:00")
    await rows.world.share("handbook", "individual:bob", "read share", by="cara", until="12:00")

    await rows.world.share("handbook", "individual:cara", "read share", until="10:00")
    rows.world.wait_until("10:00")

    assert [await may(rows, user) for user in ("cara", "bob")] == [NOTHING, "individual: read share"]
    with pytest.raises(NotFound):
        await rows.world.unshare("handbook", "individual:bob", by="cara")


async def test_what_ends_at_different_times_is_passed_on_each_for_its_own_time(rows: RowWorld) -> None:
    await rows.world.change_user("cara", join=frozenset({"h"}))
    await rows.world.share("handbook", "individual:cara", "read write share", until="10:00")
    await rows.world.share("handbook", "group:h", "read share", until="12:00")

    with pytest.raises(Forbidden):
        await rows.world.share("handbook", "department:d1", "read write", by="cara", until="11:00")
    await rows.world.share("handbook", "department:d1", "read write", by="cara", until="10:00")
    await rows.world.share("handbook", "department:d2", "read", by="cara", until="12:00")


async def test_a_nearer_share_to_come_bounds_what_is_passed_on(rows: RowWorld) -> None:
    await rows.world.share("handbook", "group:g", "read write share")
    await rows.world.share("handbook", "individual:bob", "read", since="11:00")

    if await is_union(rows):
        await rows.world.share("handbook", "individual:cara", "read", by="bob")
    else:
        with pytest.raises(Forbidden):
            await rows.world.share("handbook", "individual:cara", "read", by="bob", until="11:00:00.001")
        await rows.world.share("handbook", "individual:cara", "read", by="bob", until="11:00")


@pytest.mark.parametrize(("begin", "is_passed_on"), [("10:00", True), ("10:00:00.001", False)])
async def test_one_right_after_the_other_is_one_right_but_for_a_gap(
    rows: RowWorld, begin: str, is_passed_on: bool
) -> None:
    await rows.world.share("handbook", "group:g", "read share", until="10:00")
    await rows.world.share("handbook", "department:d1", "read share", since=begin)

    if not is_passed_on:
        with pytest.raises(Forbidden, match="10:00"):
            await rows.world.share("handbook", "individual:cara", by="bob")
    else:
        await rows.world.share("handbook", "individual:cara", by="bob")

    rows.world.wait_until("10:00:00.001")
    assert await may(rows, "cara") == ("individual: read" if is_passed_on else NOTHING)


async def test_what_the_owner_has_granted_is_no_change_for_who_would_pass_it_on(rows: RowWorld) -> None:
    await rows.world.share("handbook", "individual:cara", "read share")
    await rows.world.share("handbook", "individual:bob", "read")

    outcome = await rows.world.sharing.shares.change(
        rows.world.actor("cara"), "handbook", add=[grant("individual:bob")]
    )

    assert (outcome.unchanged, outcome.change_id) == ((parse_principal("individual:bob"),), None)


async def test_who_becomes_the_owner_makes_their_own_what_they_passed_on(rows: RowWorld) -> None:
    await rows.world.share("handbook", "individual:cara", "read share")
    await rows.world.share("handbook", "individual:bob", "read", by="cara")
    await rows.world.share("handbook", "department:d1", "read write")
    await rows.world.change_library("handbook", owner="cara")
    passed_on = await may(rows, "bob")

    await rows.world.share("handbook", "individual:bob", "read", by="cara")

    assert passed_on == "individual: read write"
    assert await may(rows, "bob") == ("individual: read write" if await is_union(rows) else "individual: read")


async def test_under_another_policy_another_bound_holds(by_precedence: RowWorld) -> None:
    world = by_precedence.world
    await world.share("handbook", "group:g", "read share")
    await world.share("handbook", "individual:bob", "read", since="11:00")
    with pytest.raises(Forbidden):
        await world.share("handbook", "individual:cara", by="bob", until="12:00")

    await world.accounts.tenants.change_policy(world.actor(), SharingPolicy.UNION)

    await world.share("handbook", "individual:cara", by="bob", until="12:00")
