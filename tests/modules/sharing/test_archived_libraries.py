"""An archived library is read by whoever reached it, and nothing else is done in it, not even by its owner."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from entaku.core.errors import Conflict, Forbidden, NotFound
from entaku.modules.accounts import parse_principal
from entaku.modules.sharing import LibraryChange, ListedState, ListRequest, Permission, ResourceState
from tests.modules.sharing.world import World, grant


@pytest.fixture
async def shelf(either: World) -> World:
    """Ann has archived a handbook that Bob might share and everybody might read."""
    await either.user("ann", "bob", "cara")
    await either.library("handbook")
    await either.share("handbook", "individual:bob", "read write share")
    await either.share("handbook", "organisation")
    await either.sharing.libraries.archive(either.actor("ann"), "handbook", reason="the year is over")
    return either


async def test_everybody_who_reached_it_reads_it_and_no_more(shelf: World) -> None:
    assert [await shelf.may(person, "handbook") for person in ("ann", "bob", "cara")] == ["read"] * 3


async def test_it_stays_in_lists_and_they_say_so(shelf: World) -> None:
    rows = [(await shelf.listed(person))["handbook"] for person in ("ann", "bob", "cara")]

    assert [(row.state, row.permissions) for row in rows] == [(ResourceState.ARCHIVED, (Permission.READ,))] * 3
    assert [row.access_type for row in rows] == ["owner", "individual", "organisation"]


async def test_a_share_of_it_that_ends_ends(shelf: World) -> None:
    await shelf.sharing.libraries.unarchive(shelf.actor("ann"), "handbook")
    await shelf.unshare("handbook", "organisation")
    await shelf.share("handbook", "individual:cara", "read write", until="12:00")
    await shelf.sharing.libraries.archive(shelf.actor("ann"), "handbook")
    row = (await shelf.listed("cara"))["handbook"]

    shelf.wait_until("12:00")

    assert row.expires_at == shelf.at("12:00")
    assert await shelf.listed("cara") == {}


async def test_what_one_may_do_with_it_is_told_by_its_state(shelf: World) -> None:
    caller = await shelf.sharing.libraries.get(shelf.actor("ann"), "handbook")

    caller.check(Permission.READ)
    with pytest.raises(Forbidden, match="library 'handbook' is archived, and nobody may `write` in it"):
        caller.check(Permission.WRITE)


async def test_its_shares_are_removed_and_none_is_added_or_changed(shelf: World) -> None:
    for more in ("group:g", "individual:cara"):
        if more == "group:g":
            await shelf.group("g")
        with pytest.raises(Conflict, match=r"archived, .* unarchive it first"):
            await shelf.share("handbook", more)
    with pytest.raises(Conflict, match="unarchive it first"):
        await shelf.share("handbook", "individual:bob", "read")

    await shelf.unshare("handbook", "organisation", by="ann")

    assert await shelf.listed("cara") == {}


async def test_the_same_share_again_is_no_change(shelf: World) -> None:
    outcome = await shelf.sharing.shares.change(shelf.actor("ann"), "handbook", add=[grant("organisation")])

    assert [str(principal) for principal in outcome.unchanged] == ["organisation"]


async def test_who_might_share_it_may_not_any_more(shelf: World) -> None:
    with pytest.raises(Forbidden):
        await shelf.sharing.shares.change(
            shelf.actor("bob"), "handbook", remove=[parse_principal("organisation")], reason="mine to share"
        )


async def test_it_is_not_renamed_and_is_handed_over(shelf: World) -> None:
    with pytest.raises(Conflict, match="cannot be changed now: it is archived"):
        await shelf.change_library("handbook", name="Other")

    after = await shelf.change_library("handbook", owner="cara", by="ann")

    assert (after.owner, after.state) == ("cara", ResourceState.ARCHIVED)
    with pytest.raises(Conflict, match="cannot be shared now"):
        await shelf.sharing.libraries.transfer(shelf.actor(), "handbook", "ann", keep=frozenset({Permission.READ}))


async def test_its_owner_and_administrators_alone_archive_and_unarchive(shelf: World) -> None:
    libraries = shelf.sharing.libraries

    with pytest.raises(Forbidden, match="owner of library 'handbook'"):
        await libraries.unarchive(shelf.actor("bob"), "handbook")

    assert (await libraries.unarchive(shelf.actor(), "handbook")).state is ResourceState.ACTIVE
    assert await shelf.may("bob", "handbook") == "read write share"


async def test_archived_twice_it_is_archived_once(shelf: World) -> None:
    before = await shelf.version("handbook")

    again = await shelf.sharing.libraries.archive(shelf.actor("ann"), "handbook")

    assert again.version == before
    assert (await shelf.audited("handbook")).count("library_archived") == 1


async def test_each_state_of_all_libraries_is_listed_for_administrators(
    shelf: World, settled: Callable[[], Awaitable[None]]
) -> None:
    await shelf.library("open")
    await settled()
    libraries, root = shelf.sharing.libraries, shelf.actor()
    states: list[ListedState | None] = [None, "active", "archived", "deleted"]

    pages = [await libraries.list(root, limit=10, state=state) for state in states]

    listed = [[library.library_id for library in page.items] for page in pages]
    assert listed == [["handbook", "open"], ["open"], ["handbook"], []]


async def test_a_page_in_memory_follows_at_once(remembering_app: object, shelf: World) -> None:
    request = ListRequest(limit=10)
    before = await shelf.sharing.pages.page(shelf.actor("cara"), "cara", request)

    await shelf.sharing.libraries.unarchive(shelf.actor(), "handbook")

    after = await shelf.sharing.pages.page(shelf.actor("cara"), "cara", request)
    assert (b'"archived"' in before.head, b'"archived"' in after.head) == (True, False)


async def test_a_stranger_hears_of_none(shelf: World) -> None:
    await shelf.unshare("handbook", "organisation")

    with pytest.raises(NotFound, match=r"^there is no library 'handbook'$"):
        await shelf.sharing.libraries.archive(shelf.actor("cara"), "handbook")


async def test_changing_what_it_is_called_to_the_same_is_no_change(shelf: World) -> None:
    change = LibraryChange(name="Handbook")

    after = await shelf.sharing.libraries.change(shelf.actor("ann"), "handbook", change)

    assert after.state is ResourceState.ARCHIVED
