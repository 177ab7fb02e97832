"""What waits for one's decision: all of it, in turn, page by page, and nothing of how much waits for others."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from entaku.core.errors import Invalid
from entaku.modules.sharing import Permission, RequestsPage, Wanted, library_resource
from entaku.modules.sharing.requests.model import RESOURCES_DECIDED_MAX, WAITING_OF_RESOURCE_MAX
from tests.modules.sharing.world import World

Settled = Callable[[], Awaitable[None]]
READ = frozenset({Permission.READ})
WRITE = READ | {Permission.WRITE}


@pytest.fixture
async def office(world: World) -> World:
    """Ann has `a` and `b`, Bob may pass reading of `a` on by his group, Cara has `c`; Dan and Eve have nothing."""
    await world.group("g")
    await world.user("ann", "cara", "dan", "eve")
    await world.user("bob", groups="g")
    for library, owner in (("a", "ann"), ("b", "ann"), ("c", "cara")):
        await world.library(library, owner=owner)
    await world.share("a", "group:g", "read share")
    return world


async def ask(world: World, user_id: str, library_id: str, permissions: frozenset[Permission] = READ) -> None:
    wanted = Wanted(permissions=permissions)
    await world.sharing.requests.asking.ask(world.actor(user_id), library_resource(library_id), wanted)


async def page(world: World, by: str, *, limit: int = 100, after: str | None = None) -> RequestsPage:
    return await world.sharing.requests.reading.list_waiting(world.actor(by), limit=limit, after=after)


async def waiting(world: World, by: str, *, limit: int = 100) -> list[str]:
    """All of it, from pages."""
    found = await page(world, by, limit=limit)
    shown = [*found.items]
    while found.cursor is not None:
        assert len(found.items) == limit
        found = await page(world, by, limit=limit, after=found.cursor)
        shown += found.items
    return [f"{view.user_id} {view.resource.id}" for view in shown]


async def test_the_oldest_comes_first_whatever_it_is_for(office: World, settled: Settled) -> None:
    for hour, user_id, library_id in (("10:00", "eve", "b"), ("11:00", "dan", "a"), ("12:00", "dan", "b")):
        office.wait_until(hour)
        await ask(office, user_id, library_id)
    await ask(office, "eve", "a", WRITE)
    await settled()

    for limit in (1, 2, 100):
        assert (await waiting(office, "ann", limit=limit))[:2] == ["eve b", "dan a"]
        assert sorted((await waiting(office, "ann", limit=limit))[2:]) == ["dan b", "eve a"]
        assert await waiting(office, "bob", limit=limit) == ["dan a"]


@pytest.mark.parametrize("by", ["cara", "dan"])
async def test_of_what_waits_for_others_no_page_tells_anything(office: World, settled: Settled, by: str) -> None:
    for n in range(12):
        await office.user(f"u{n}")
        await ask(office, f"u{n}", "a")
    await settled()

    assert await page(office, by, limit=1) == RequestsPage((), None)


async def test_of_what_a_holder_of_share_could_not_grant_no_page_tells_anything(
    office: World, settled: Settled
) -> None:
    for n in range(12):
        await office.user(f"u{n}")
        await ask(office, f"u{n}", "a", WRITE)
    await settled()

    reading = office.sharing.requests.reading
    of_library = await reading.list_of(office.actor("bob"), library_resource("a"), limit=1)

    assert of_library == await page(office, "bob", limit=1) == RequestsPage((), None)


async def test_who_loses_share_is_asked_no_more(office: World, settled: Settled) -> None:
    await ask(office, "dan", "a")
    await settled()
    assert await waiting(office, "bob") == ["dan a"]

    await office.change_user("bob", leave=frozenset({"g"}))

    assert await waiting(office, "bob") == []


async def test_who_decides_about_very_many_looks_through_the_tenant(office: World, settled: Settled) -> None:
    for n in range(RESOURCES_DECIDED_MAX):
        await office.library(f"l{n}")
    for library in ("a", "b", "l7"):
        await ask(office, "dan", library)
    await ask(office, "dan", "c")
    await settled()

    found = await page(office, "ann")

    assert sorted(view.resource.id for view in found.items) == ["a", "b", "l7"]


@pytest.mark.slow
async def test_of_one_that_very_many_ask_for_all_are_shown(office: World, settled: Settled) -> None:
    askers = [f"u{n}" for n in range(WAITING_OF_RESOURCE_MAX + 1)]
    await office.user(*askers)
    for each in askers:
        await ask(office, each, "a")
    await settled()

    found = await page(office, "ann")
    shown = [*found.items]
    while found.cursor is not None:
        found = await page(office, "ann", after=found.cursor)
        shown += found.items

    assert sorted(view.user_id for view in shown) == sorted(askers)


async def test_the_cursor_of_another_listing_is_refused(office: World) -> None:
    with pytest.raises(Invalid, match="cursor"):
        await page(office, "ann", after="AAAA")
