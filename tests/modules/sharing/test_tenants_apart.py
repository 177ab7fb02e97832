"""Two tenants with the very same ids: neither sees, changes, lists, remembers or audits anything of the other."""

from __future__ import annotations

import pytest

from entaku.core.errors import Invalid, NotFound
from entaku.main import App
from entaku.modules.sharing import ListRequest
from entaku.testing import ManualClock
from tests.modules.sharing.world import World


async def furnished(app: App, clock: ManualClock, tenant_id: str) -> World:
    world = await World(app, clock, tenant_id).create()
    await world.group("g")
    await world.user("ann")
    await world.user("bob", groups="g")
    for library in ("l1", "l2", "l3"):
        await world.library(library, name=f"{library} of {tenant_id}")
    return world


@pytest.fixture
async def acme(app: App, clock: ManualClock) -> World:
    return await furnished(app, clock, "acme")


@pytest.fixture
async def globex(app: App, clock: ManualClock) -> World:
    return await furnished(app, clock, "globex")


async def test_what_one_deletes_the_other_keeps(acme: World, globex: World) -> None:
    for world in (acme, globex):
        await world.share("l1", "group:g")

    await acme.sharing.libraries.delete(acme.actor(), "l1")

    assert (await acme.may("bob", "l1"), await globex.may("bob", "l1")) == ("", "read")
    with pytest.raises(NotFound):
        await acme.access("bob", "l1", by="bob")


async def test_a_cursor_fits_one_list_of_one_person(acme: World) -> None:
    page = await acme.sharing.lists.of_user(acme.actor("ann"), "ann", ListRequest(limit=1))

    for user, request in [
        ("bob", ListRequest(limit=1, cursor=page.next_cursor)),
        ("ann", ListRequest(limit=1, cursor=page.next_cursor, sort="id")),
        ("ann", ListRequest(limit=1, cursor=page.next_cursor, q="l")),
        ("ann", ListRequest(limit=1, cursor=page.next_cursor, include_expired=True)),
    ]:
        with pytest.raises(Invalid, match="cursor"):
            await acme.sharing.lists.of_user(acme.actor(), user, request)
