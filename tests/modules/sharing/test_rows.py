"""Rows: lists are right at once, before anybody has worked on them, and the same afterwards."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from entaku.main import App
from entaku.modules.accounts import parse_principal
from entaku.modules.sharing.rows.model import Concern
from entaku.table.driver import Driver
from entaku.testing import ManualClock
from tests.modules.sharing.row_world import RowWorld, row_world
from tests.modules.sharing.world import World


@pytest.fixture
async def rows(driver: Driver, clock: ManualClock, tmp_path: Path) -> RowWorld:
    """Departments `sales` and `east` in it, ann who owns `atlas` and belongs to neither, bob in `east`."""
    found = await row_world(driver, clock, tmp_path / "data", "acme")
    await furnish(found.world)
    await found.finish()
    return found


@pytest.fixture
async def small(driver: Driver, clock: ManualClock, tmp_path: Path) -> RowWorld:
    """The same where a principal of more than two members is by reference."""
    found = await row_world(driver, clock, tmp_path / "data", "acme", threshold=2)
    await furnish(found.world)
    await found.world.user("cara", "dan", department="east")
    await found.finish()
    return found


async def furnish(world: World) -> None:
    await world.department("sales")
    await world.department("east", parent="sales")
    await world.user("ann")
    await world.user("bob", department="east")
    await world.library("atlas")


async def test_a_share_is_listed_at_once_and_the_same_when_its_row_is_there(rows: RowWorld) -> None:
    await rows.world.share("atlas", "department:sales", "read write")

    at_once = await rows.world.listed("bob")
    await rows.finish()

    assert [row.access_type for row in at_once.values()] == ["department"]
    assert await rows.row("bob", "atlas") is not None
    assert await rows.pending() == []
    assert await rows.world.listed("bob") == at_once


async def test_a_removed_share_is_gone_at_once_and_leaves_a_tombstone_for_48_hours(
    rows: RowWorld, clock: ManualClock
) -> None:
    await rows.world.share("atlas", "individual:bob")
    await rows.finish()

    await rows.world.unshare("atlas", "individual:bob")
    at_once = await rows.world.listed("bob")
    await rows.finish()
    row = await rows.row("bob", "atlas")
    clock.advance(timedelta(hours=48))

    assert at_once == await rows.world.listed("bob") == {}
    assert row is not None
    assert row.is_tombstone
    assert await rows.row("bob", "atlas") is None


async def test_who_moves_is_listed_by_the_new_department_at_once(rows: RowWorld) -> None:
    await rows.world.department("west")
    await rows.world.library("west-side")
    await rows.world.share("atlas", "department:east")
    await rows.world.share("west-side", "department:west")
    await rows.finish()

    await rows.world.change_user("bob", department="west")
    at_once = await rows.world.listed("bob")
    await rows.finish()

    assert [*at_once] == ["west-side"]
    assert await rows.world.listed("bob") == at_once
    assert await rows.users_with_rows("atlas", ["bob"]) == []


async def test_what_a_department_gains_by_its_place_is_listed_at_once(rows: RowWorld) -> None:
    await rows.world.department("world")
    await rows.world.share("atlas", "department:world")
    await rows.finish()

    await rows.world.nest("department:sales", parent="world")
    at_once = await rows.world.listed("bob")
    await rows.finish()
    await rows.world.nest("department:east", parent=None)

    assert [*at_once] == ["atlas"]
    assert await rows.users_with_rows("atlas", ["bob"]) == ["bob"]
    assert await rows.world.listed("bob") == {}


async def test_a_new_name_and_a_new_owner_are_listed_at_once(rows: RowWorld) -> None:
    await rows.world.share("atlas", "individual:bob")
    await rows.finish()

    await rows.world.change_library("atlas", name="Zebra", owner="bob")
    at_once = {user: await rows.world.listed(user) for user in ("ann", "bob")}
    await rows.finish()

    assert [(row.name, row.access_type) for row in at_once["bob"].values()] == [("Zebra", "owner")]
    assert at_once["ann"] == {}
    assert {user: await rows.world.listed(user) for user in ("ann", "bob")} == at_once


async def test_a_deleted_library_leaves_all_lists_at_once(rows: RowWorld) -> None:
    await rows.world.share("atlas", "department:sales")
    await rows.finish()

    await rows.world.sharing.libraries.delete(rows.world.actor(), "atlas")
    at_once = [await rows.world.listed(user) for user in ("ann", "bob")]
    await rows.finish()

    assert at_once == [{}, {}]
    assert await rows.users_with_rows("atlas", ["ann", "bob"]) == []


async def test_a_user_of_the_same_id_inherits_no_row(rows: RowWorld) -> None:
    await rows.world.share("atlas", "individual:bob")
    await rows.finish()

    await rows.world.accounts.users.delete(rows.world.actor(), "bob")
    await rows.world.user("bob")
    at_once = await rows.world.listed("bob")
    await rows.finish()

    assert at_once == await rows.world.listed("bob") == {}


async def test_the_organisation_has_no_rows(rows: RowWorld) -> None:
    await rows.world.share("atlas", "organisation")
    await rows.finish()

    assert [*await rows.world.listed("bob")] == ["atlas"]
    assert await rows.row("bob", "atlas") is None


async def test_starts_and_ends_need_nobody(rows: RowWorld) -> None:
    await rows.world.share("atlas", "individual:bob", until="12:00")
    await rows.world.share("atlas", "department:sales", "read write", since="13:00")
    await rows.finish()

    listed: dict[str, list[str]] = {}
    for instant in ("11:59:59.999", "12:00", "13:00"):
        rows.world.wait_until(instant)
        listed[instant] = [row.access_type for row in (await rows.world.listed("bob")).values()]

    assert listed == {"11:59:59.999": ["individual"], "12:00": [], "13:00": ["department"]}


async def test_a_principal_above_the_size_has_no_rows_and_the_same_lists(small: RowWorld) -> None:
    await small.world.share("atlas", "department:sales")
    at_once = await small.world.listed("cara")
    await small.finish()

    assert [*at_once] == ["atlas"]
    assert await small.world.listed("cara") == at_once
    assert await small.users_with_rows("atlas", ["bob", "cara", "dan"]) == []
    assert await small.app.sharing.rows.modes.current(small.table) != frozenset()


async def test_what_changed_while_a_principal_was_by_reference_is_right_when_it_has_rows_again(
    small: RowWorld,
) -> None:
    modes, principal = small.app.sharing.rows.modes, parse_principal("department:sales")
    await small.world.library("gone")
    await small.world.share("gone", "department:sales")
    await modes.set(small.table, principal, by_reference=True)
    await small.world.unshare("gone", "department:sales")
    await small.world.share("atlas", "department:sales")
    await small.finish()

    await modes.set(small.table, principal, by_reference=False)
    at_once = await small.world.listed("bob")
    await small.app.sharing.rows.worker.catch_up(small.table)

    assert [*at_once] == ["atlas"]
    assert await small.world.listed("bob") == at_once
    assert await small.users_with_rows("atlas", ["bob", "cara", "dan"]) == ["bob", "cara", "dan"]


async def test_what_a_row_says_of_a_principal_that_is_by_reference_does_not_count(small: RowWorld) -> None:
    worker, principal = small.app.sharing.rows.worker, parse_principal("role:r")
    await small.world.role("r")
    await small.world.change_user("bob", role="r")
    await small.world.share("atlas", "role:r")
    await small.finish()
    await small.app.sharing.rows.modes.set(small.table, principal, by_reference=True)
    await small.world.unshare("atlas", "role:r")

    (shares,) = [each for each in await small.pending() if each.concern is Concern.SHARES]
    await worker.do(small.table, shares)

    assert await small.users_with_rows("atlas", ["bob"]) == ["bob"]
    assert await small.world.listed("bob") == {}


async def test_rows_of_a_tenant_that_had_none_are_built(
    app: App, clock: ManualClock, driver: Driver, tmp_path: Path
) -> None:
    before = await World(app, clock, "acme").create()
    await furnish(before)
    await before.share("atlas", "department:sales")
    listed = {user: await before.listed(user) for user in ("ann", "bob")}

    rows = await row_world(driver, clock, tmp_path / "data", "beta")
    rows.world.tenant_id = "acme"
    unbuilt = {user: await rows.world.listed(user) for user in ("ann", "bob")}
    job = await rows.app.sharing.jobs.run(rows.world.actor(), "rows")

    assert unbuilt == listed == {user: await rows.world.listed(user) for user in ("ann", "bob")}
    assert (job.looked_at, job.found) == (3, 2)
    assert await rows.users_with_rows("atlas", ["ann", "bob"]) == ["ann", "bob"]
