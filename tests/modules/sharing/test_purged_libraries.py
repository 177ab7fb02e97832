"""A library deleted for good leaves nothing but its trail: its shares go with it, and its id can be used again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from entaku.core.config import Config
from entaku.core.errors import Conflict, Forbidden, NotFound, Unavailable
from entaku.core.limits import ATTEMPTS_MAX
from entaku.main import build
from entaku.modules.accounts import ORGANISATION, parse_principal
from entaku.modules.sharing import SHARES_CHANGED_MAX, NewLibrary
from entaku.modules.sharing.model import PrincipalShare, Share, library_resource
from entaku.modules.sharing.retention.purging import SHARES_PURGED_MAX
from entaku.table.driver import Driver
from entaku.testing import ManualClock, Storm
from entaku.testing.weather import Mishap
from tests.modules.sharing.world import World, grant

PEOPLE = tuple(f"p{n:02}" for n in range(SHARES_PURGED_MAX + 3))
"""More than one step of a purge takes away."""


@pytest.fixture
async def shelf(world: World) -> World:
    """Ann owns a handbook, which is shared with Bob and with everybody."""
    await world.user("ann", "bob")
    await world.library("handbook")
    await world.share("handbook", "individual:bob", "read write")
    await world.share("handbook", "organisation")
    return world


@pytest.fixture
def storm(bare_driver: Driver) -> Storm:
    return Storm(bare_driver, seed=1, percent=0)


@pytest.fixture
async def half_purged(storm: Storm, clock: ManualClock, tmp_path: Path) -> World:
    """Ann's handbook, shared with many: its purge was interrupted after its first step."""
    app = await build(Config(data=tmp_path / "data"), driver=storm, clock=clock)
    world = await World(app, clock, "acme").create()
    await world.user("ann", *PEOPLE)
    await world.library("handbook")
    for start in range(0, len(PEOPLE), SHARES_CHANGED_MAX):
        add = [grant(f"individual:{person}") for person in PEOPLE[start : start + SHARES_CHANGED_MAX]]
        await world.sharing.shares.change(world.actor("ann"), "handbook", add=add)
    storm.next_writes(None, *[Mishap.THROTTLED] * ATTEMPTS_MAX)
    with pytest.raises(Unavailable):
        await purge(world, by="ann")
    return world


async def purge(world: World, *, by: str = "root") -> None:
    await world.sharing.libraries.purge(world.actor(by), "handbook")


async def used(world: World) -> int:
    """How many libraries the tenant is counted for."""
    return (await world.accounts.tenants.settings(world.actor())).usage["libraries"]


async def left(world: World) -> int:
    """How many shares of the handbook there are."""
    table = world.app.table.for_tenant(world.tenant_id)
    (shares,) = await table.list_all(Share.of_resource(resource=library_resource("handbook")), at_most=100)
    return len(shares)


async def test_shares_go_with_their_library(shelf: World) -> None:
    await purge(shelf)

    table = shelf.app.table.for_tenant(shelf.tenant_id)
    for principal in (ORGANISATION, parse_principal("individual:bob")):
        assert (await table.list(PrincipalShare.of_principal(principal=principal))).items == ()
    assert (await left(shelf), await used(shelf)) == (0, 0)


async def test_the_trail_tells_what_became_of_each_share(shelf: World) -> None:
    await purge(shelf, by="ann")

    page = await shelf.sharing.libraries.audit(shelf.actor(), "handbook", limit=10)
    gone = {record.subject: record.reason for record in page.items if record.action == "share_removed"}
    assert gone == {"individual:bob": "the library is deleted", "organisation": "the library is deleted"}
    assert "library_deleted" in await shelf.audited("handbook")


async def test_a_library_without_shares_is_deleted_too(shelf: World) -> None:
    await shelf.library("empty")

    await shelf.sharing.libraries.purge(shelf.actor("ann"), "empty")

    assert await used(shelf) == 1
    with pytest.raises(NotFound):
        await shelf.sharing.libraries.purge(shelf.actor("ann"), "empty")


async def test_a_deletion_that_is_done_is_not_done_again(shelf: World) -> None:
    await purge(shelf, by="ann")

    for by in ("ann", "root", "bob"):
        with pytest.raises(NotFound):
            await purge(shelf, by=by)
    assert await used(shelf) == 0


async def test_only_managers_delete(shelf: World) -> None:
    with pytest.raises(Forbidden):
        await purge(shelf, by="bob")


async def test_an_interrupted_purge_has_closed_the_library_for_everybody(half_purged: World) -> None:
    assert await left(half_purged) == len(PEOPLE) - SHARES_PURGED_MAX
    assert {await half_purged.may(person, "handbook") for person in ("ann", *PEOPLE)} == {""}
    assert await half_purged.listed(PEOPLE[-1], include_expired=True) == {}


async def test_the_tenant_is_counted_for_a_library_until_its_last_share_is_gone(half_purged: World) -> None:
    before = await used(half_purged)

    await purge(half_purged)

    assert (before, await used(half_purged)) == (1, 0)


@pytest.mark.parametrize("by", ["ann", "root"])
async def test_an_interrupted_purge_is_finished_by_repeating_it(half_purged: World, by: str) -> None:
    await half_purged.sharing.libraries.purge(half_purged.actor(by), "handbook", expect=1)

    trail = await half_purged.audited("handbook")
    assert (await left(half_purged), trail.count("library_deleted")) == (0, 1)
    assert trail.count("share_removed") == len(PEOPLE)
    with pytest.raises(NotFound):
        await purge(half_purged, by=by)


async def test_an_interrupted_purge_is_no_ones_but_the_managers_to_finish(half_purged: World) -> None:
    with pytest.raises(NotFound):
        await purge(half_purged, by=PEOPLE[-1])


async def test_a_later_user_of_the_owners_id_knows_nothing_of_an_interrupted_purge(half_purged: World) -> None:
    await half_purged.accounts.users.delete(half_purged.actor(), "ann")
    half_purged.clock.advance(timedelta(seconds=1))
    await half_purged.user("ann")

    with pytest.raises(NotFound, match="there is no library 'handbook'"):
        await purge(half_purged, by="ann")


async def test_who_takes_the_last_share_of_a_deleted_library_gives_its_place_back(half_purged: World) -> None:
    table = half_purged.app.table.for_tenant(half_purged.tenant_id)
    for person in PEOPLE:
        await half_purged.accounts.users.delete(half_purged.actor(), person)

    assert (await table.list(Share.of_resource(resource=library_resource("handbook")))).items == ()
    assert await used(half_purged) == 0


async def test_the_id_of_a_deleted_library_can_be_used_again(shelf: World) -> None:
    await purge(shelf)
    shelf.clock.advance(timedelta(days=3))

    library = await shelf.library("handbook", owner="bob", name="Another")

    assert (library.name, library.owner, library.share_counts) == ("Another", "bob", {})
    assert (library.begun_at, await used(shelf)) == (shelf.clock.now(), 1)
    assert (await shelf.listed("bob"))["handbook"].granted_at == shelf.clock.now()
    assert await shelf.may("ann", "handbook") == ""


async def test_nothing_of_a_deleted_library_comes_back_with_its_id(shelf: World) -> None:
    await shelf.change_library("handbook", description="Secret", is_discoverable=True)
    await purge(shelf)

    new = NewLibrary(name="Mine", library_id="handbook")
    library = await shelf.sharing.libraries.create(shelf.actor("bob"), new)

    assert (library.description, library.is_discoverable) == ("", False)
    assert await shelf.listed("ann", include_expired=True) == {}


async def test_a_new_owner_of_an_id_does_not_read_the_trail_before(shelf: World) -> None:
    await purge(shelf, by="ann")
    await shelf.library("handbook", owner="bob")
    await shelf.share("handbook", "individual:ann", by="bob")

    pages = [await shelf.sharing.libraries.audit(shelf.actor("bob"), "handbook", limit=limit) for limit in (1, 2, 50)]

    assert [record.action for record in pages[-1].items] == ["share_added", "library_created"]
    assert [page.cursor is None for page in pages] == [False, True, True]
    assert len(await shelf.audited("handbook")) == 8


async def test_the_id_is_taken_until_the_last_share_is_gone(half_purged: World) -> None:
    with pytest.raises(Conflict, match="the library id 'handbook' is taken; choose another"):
        await half_purged.library("handbook")

    await purge(half_purged)

    assert (await half_purged.library("handbook")).share_counts == {}
