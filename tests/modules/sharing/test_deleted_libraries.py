"""A deleted library is in nobody's list, and comes back whole for as long as the bin keeps it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from entaku.core.config import Config
from entaku.core.errors import Conflict, Forbidden, Limited, NotFound
from entaku.main import App, build
from entaku.modules.accounts import TenantChange, parse_principal
from entaku.modules.sharing import NewLibrary, ResourceState
from entaku.table import idempotency_key
from entaku.table.driver import Driver
from entaku.testing import ManualClock
from tests.modules.sharing.world import World

KEPT = timedelta(days=30)
Settled = Callable[[], Awaitable[None]]
MS = timedelta(milliseconds=1)


@pytest.fixture
async def shelf(world: World) -> World:
    """Ann has deleted a handbook that is shared with Bob and with Cara's department."""
    await world.department("sales")
    await world.user("ann", "bob", "dan")
    await world.user("cara", department="sales")
    await world.library("handbook")
    await world.share("handbook", "individual:bob", "read write")
    await world.share("handbook", "department:sales")
    await world.sharing.libraries.delete(world.actor("ann"), "handbook", reason="not used")
    return world


async def restore(world: World, by: str = "ann") -> ResourceState:
    return (await world.sharing.libraries.restore(world.actor(by), "handbook")).state


async def bin_of(world: World, by: str, **request: str) -> list[str]:
    page = await world.sharing.libraries.list(world.actor(by), limit=10, state="deleted", **request)
    return [library.library_id for library in page.items]


async def used(world: World) -> int:
    return (await world.accounts.tenants.settings(world.actor())).usage["libraries"]


async def test_it_leaves_every_list_at_once_and_is_open_to_nobody(shelf: World) -> None:
    people = ("ann", "bob", "cara")

    assert [await shelf.listed(person, include_expired=True) for person in people] == [{}, {}, {}]
    assert [await shelf.may(person, "handbook") for person in people] == ["", "", ""]


async def test_restored_it_has_the_shares_it_had(shelf: World) -> None:
    await restore(shelf)

    assert await shelf.may("ann", "handbook") == "read write delete share"
    assert await shelf.may("bob", "handbook") == "read write"
    assert list(await shelf.listed("cara")) == ["handbook"]


async def test_a_share_that_ended_meanwhile_stays_ended(world: World) -> None:
    await world.user("ann", "bob", "cara")
    await world.library("handbook")
    await world.share("handbook", "individual:bob", until="12:00")
    await world.share("handbook", "individual:cara", until="23:00")
    await world.sharing.libraries.delete(world.actor("ann"), "handbook")

    world.wait_until("12:00")
    await restore(world)

    assert (await world.may("bob", "handbook"), await world.may("cara", "handbook")) == ("", "read")


async def test_shares_of_who_was_deleted_meanwhile_are_gone(shelf: World) -> None:
    await shelf.accounts.users.delete(shelf.actor(), "bob")
    await shelf.user("bob")

    await restore(shelf)

    assert await shelf.may("bob", "handbook") == ""
    assert (await shelf.sharing.libraries.get(shelf.actor(), "handbook")).thing.share_counts == {"department": 1}


async def test_who_moved_meanwhile_is_reached_by_the_new_place(shelf: World) -> None:
    await shelf.change_user("cara", department=None)
    await shelf.change_user("dan", department="sales")

    await restore(shelf)

    assert (await shelf.listed("cara"), list(await shelf.listed("dan"))) == ({}, ["handbook"])


async def test_an_archived_one_is_archived_when_it_comes_back(world: World) -> None:
    await world.user("ann")
    await world.library("handbook")
    await world.sharing.libraries.archive(world.actor("ann"), "handbook")
    await world.sharing.libraries.delete(world.actor("ann"), "handbook")

    assert await restore(world) is ResourceState.ARCHIVED
    assert await world.may("ann", "handbook") == "read"


@pytest.mark.parametrize("by", ["ann", "root"])
async def test_its_owner_and_administrators_restore_it_until_the_last_instant(shelf: World, by: str) -> None:
    shelf.clock.advance(KEPT - MS)

    assert await restore(shelf, by) is ResourceState.ACTIVE


async def test_when_its_time_is_over_it_does_not_come_back(shelf: World) -> None:
    shelf.clock.advance(KEPT)

    with pytest.raises(Conflict, match="was kept until 2026-05-01T09:30:00"):
        await restore(shelf)


async def test_for_everybody_else_it_is_not_there(shelf: World) -> None:
    libraries, bob = shelf.sharing.libraries, shelf.actor("bob")

    for deed in (
        libraries.restore(bob, "handbook"),
        libraries.delete(bob, "handbook"),
        libraries.purge(bob, "handbook"),
        libraries.archive(bob, "handbook"),
        libraries.transfer(bob, "handbook", "bob"),
        libraries.get(bob, "handbook"),
        libraries.audit(bob, "handbook", limit=1),
    ):
        with pytest.raises(NotFound, match=r"^there is no library 'handbook'$"):
            await deed


async def test_those_who_can_restore_it_hear_that_it_is_deleted(shelf: World) -> None:
    for by in ("ann", "root"):
        with pytest.raises(NotFound, match=r"was deleted and is kept until .*; restore it"):
            await shelf.sharing.libraries.get(shelf.actor(by), "handbook")
        assert (await shelf.sharing.libraries.audit(shelf.actor(by), "handbook", limit=1)).items[0].reason == "not used"


async def test_restored_twice_it_is_restored_once(shelf: World) -> None:
    await restore(shelf)
    await restore(shelf)

    assert (await shelf.audited("handbook")).count("library_restored") == 1


async def test_only_managers_hear_that_an_open_one_needs_no_restoring(shelf: World) -> None:
    await restore(shelf)

    with pytest.raises(Forbidden):
        await restore(shelf, by="bob")


async def test_a_repeated_deletion_with_the_same_key_is_done_once(world: World) -> None:
    await world.user("ann")
    await world.library("handbook")
    for _ in range(2):
        key = idempotency_key("once", b"")
        await world.sharing.libraries.delete(world.actor("ann"), "handbook", idempotency=key)

    assert (await world.audited("handbook")).count("library_deleted") == 1


async def test_a_stale_version_neither_deletes_nor_restores(shelf: World) -> None:
    with pytest.raises(Conflict):
        await shelf.sharing.libraries.restore(shelf.actor("ann"), "handbook", expect=1)
    await restore(shelf)
    with pytest.raises(Conflict):
        await shelf.sharing.libraries.delete(shelf.actor("ann"), "handbook", expect=1)


async def test_its_id_is_taken_and_who_can_restore_it_hears_why(shelf: World) -> None:
    new = NewLibrary(name="Mine", library_id="handbook")

    with pytest.raises(Conflict, match=r"that of a deleted one, which is kept until .*; restore it"):
        await shelf.sharing.libraries.create(shelf.actor("ann"), new)
    with pytest.raises(Conflict, match=r"^the library id 'handbook' is taken; choose another$"):
        await shelf.sharing.libraries.create(shelf.actor("bob"), new)


async def test_the_tenant_is_counted_for_it(shelf: World) -> None:
    in_the_bin = await used(shelf)

    await shelf.sharing.libraries.purge(shelf.actor("ann"), "handbook")

    assert (in_the_bin, await used(shelf)) == (1, 0)


async def test_it_does_not_come_back_to_a_tenant_that_has_more_than_it_may(shelf: World) -> None:
    await shelf.library("other")
    await shelf.accounts.tenants.change(shelf.app.operator(), "acme", TenantChange(limits={"libraries": 1}))

    with pytest.raises(Limited, match="has 2 libraries and its limit is 1"):
        await restore(shelf)

    await shelf.sharing.libraries.purge(shelf.actor("ann"), "other")
    assert await restore(shelf) is ResourceState.ACTIVE


async def test_the_bin_is_listed_for_who_can_restore_what_is_in_it(shelf: World, settled: Settled) -> None:
    shelf.clock.advance(timedelta(hours=1))
    await shelf.library("atlas", owner="bob", name="Atlas of roads")
    await shelf.sharing.libraries.delete(shelf.actor("bob"), "atlas")
    await settled()

    assert await bin_of(shelf, "root") == ["handbook", "atlas"]
    assert await bin_of(shelf, "root", q="ROADS") == ["atlas"]
    assert [await bin_of(shelf, person) for person in ("ann", "bob", "cara")] == [["handbook"], ["atlas"], []]


async def test_what_was_restored_is_in_the_bin_no_more(shelf: World, settled: Settled) -> None:
    await restore(shelf)
    await settled()

    assert await bin_of(shelf, "root") == []
    listed = await shelf.sharing.libraries.list(shelf.actor(), limit=10, state="active")
    assert [library.library_id for library in listed.items] == ["handbook"]


@pytest.mark.slow
async def test_how_much_others_have_in_the_bin_is_told_to_nobody(shelf: World, settled: Settled) -> None:
    for n in range(801):  # One more than all looks of one call come to, at a page of one.
        await shelf.library(f"l{n}", owner="bob")
        await shelf.sharing.libraries.delete(shelf.actor("bob"), f"l{n}")
    await settled()

    libraries = shelf.sharing.libraries
    nothing = await libraries.list(shelf.actor("cara"), limit=1, state="deleted")
    own = await libraries.list(shelf.actor("ann"), limit=2, state="deleted")

    assert (nothing.items, nothing.cursor) == ((), None)
    assert ([each.library_id for each in own.items], own.cursor) == (["handbook"], None)


async def test_who_owns_something_in_the_bin_is_deleted_when_it_is_handed_over(shelf: World, settled: Settled) -> None:
    with pytest.raises(Conflict, match=r"owns library:handbook; .* the bin"):
        await shelf.accounts.users.delete(shelf.actor(), "ann")

    await shelf.sharing.libraries.transfer(shelf.actor(), "handbook", "dan")
    await shelf.accounts.users.delete(shelf.actor(), "ann")
    await settled()

    assert (await bin_of(shelf, "dan"), await restore(shelf, by="dan")) == (["handbook"], ResourceState.ACTIVE)
    assert await shelf.may("bob", "handbook") == "read write"


async def test_shares_of_a_deleted_one_cannot_be_changed(shelf: World) -> None:
    with pytest.raises(NotFound, match="restore it"):
        await shelf.sharing.shares.change(shelf.actor("ann"), "handbook", remove=[parse_principal("individual:bob")])


async def test_for_how_long_it_is_kept_is_a_setting(driver: Driver, clock: ManualClock, tmp_path: Path) -> None:
    app: App = await build(Config(data=tmp_path / "data", deleted_kept_days=2), driver=driver, clock=clock)
    world = await World(app, clock, "acme").create()
    await world.user("ann")
    await world.library("handbook")

    deleted = await app.sharing.libraries.delete(world.actor("ann"), "handbook")

    assert deleted.deletion is not None
    assert deleted.deletion.purge_at - deleted.deletion.deleted_at == timedelta(days=2)


async def test_who_had_its_id_before_restores_nothing(world: World) -> None:
    await world.user("ann", "bob")
    await world.library("handbook")
    await world.sharing.libraries.purge(world.actor("ann"), "handbook")
    await world.library("handbook", owner="bob")
    await world.sharing.libraries.delete(world.actor("bob"), "handbook")

    with pytest.raises(NotFound, match="there is no library"):
        await restore(world, by="ann")
