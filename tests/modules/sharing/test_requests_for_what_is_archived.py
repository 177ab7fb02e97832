"""Nobody is granted more than reading of what is archived: who may know of it hears so instead of waiting."""

from __future__ import annotations

import pytest

from entaku.core.errors import Conflict
from entaku.modules.sharing import AccessRequestView, Permission, RequestState, Wanted, library_resource
from tests.modules.sharing.world import World

READ = frozenset({Permission.READ})
WRITE = READ | {Permission.WRITE}


@pytest.fixture
async def office(world: World) -> World:
    """Ann's library `l`, which Bob may write in and Cara knows nothing of."""
    await world.user("ann", "bob", "cara")
    await world.library("l")
    await world.share("l", "individual:bob", "read write")
    return world


async def ask(world: World, user_id: str, permissions: frozenset[Permission] = WRITE) -> AccessRequestView:
    wanted = Wanted(permissions=permissions)
    return await world.sharing.requests.asking.ask(world.actor(user_id), library_resource("l"), wanted)


async def test_who_owns_or_reads_what_is_archived_hears_at_once_that_nobody_is_given_more(office: World) -> None:
    await office.sharing.libraries.archive(office.actor("ann"), "l")

    with pytest.raises(Conflict, match=r"'l' is archived, .*; unarchive it first"):
        await ask(office, "ann")
    with pytest.raises(Conflict, match=r"'l' is archived, .*; ask its owner to unarchive it first"):
        await ask(office, "bob")

    assert (await ask(office, "bob", READ)).state is RequestState.NOT_NEEDED
    page = await office.sharing.requests.reading.list_asked(office.actor("bob"), limit=10)
    assert page.items == ()


async def test_who_may_not_know_of_it_asks_as_of_anything(office: World) -> None:
    await office.sharing.libraries.archive(office.actor("ann"), "l")

    assert (await ask(office, "cara")).state is RequestState.PENDING


async def test_what_was_asked_before_waits_until_it_is_unarchived(office: World) -> None:
    asked = await ask(office, "cara")
    assert asked.request_id is not None
    await office.sharing.libraries.archive(office.actor("ann"), "l")
    approve = office.sharing.requests.deciding.approve

    with pytest.raises(Conflict, match=r"it is archived, .*; unarchive it first"):
        await approve(office.actor("ann"), asked.request_id)
    await office.sharing.libraries.unarchive(office.actor("ann"), "l")
    await approve(office.actor("ann"), asked.request_id)

    assert await office.may("cara", "l") == "read write"


async def test_who_has_come_to_own_it_waits_for_nobody(office: World) -> None:
    asked = await ask(office, "cara")
    assert asked.request_id is not None
    await office.sharing.libraries.transfer(office.actor("ann"), "l", "cara")
    reading = office.sharing.requests.reading

    mine = await reading.get(office.actor("cara"), asked.request_id)
    waiting = await reading.list_of(office.actor("cara"), library_resource("l"), limit=10)

    assert (mine.state, waiting.items) == (RequestState.NOT_NEEDED, ())
