"""Nobody is granted more than reading of what is archived: neither is it said to who asked for more."""

from __future__ import annotations

import pytest

from entaku.core.errors import Conflict
from entaku.modules.sharing import Permission, RequestState, Wanted, library_resource
from tests.modules.sharing.world import World


async def test_no_request_for_what_is_archived_is_approved_though_the_share_is_there_already(world: World) -> None:
    await world.user("ann", "bob")
    await world.library("l")
    await world.share("l", "individual:bob", "read write")
    await world.sharing.libraries.archive(world.actor("ann"), "l")
    wanted = Wanted(permissions=frozenset({Permission.READ, Permission.WRITE}))
    requests = world.sharing.requests
    asked = await requests.asking.ask(world.actor("bob"), library_resource("l"), wanted)
    assert asked.request_id is not None

    with pytest.raises(Conflict, match=r"it is archived, .*; unarchive it first"):
        await requests.deciding.approve(world.actor("ann"), asked.request_id)

    assert (await requests.reading.get(world.actor("bob"), asked.request_id)).state is RequestState.PENDING
