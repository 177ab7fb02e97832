"""Shares start and end at an instant, by the server's clock, everywhere at once and without anybody doing anything."""

from __future__ import annotations

import itertools
from typing import Any

import msgspec
import pytest

from entaku.main import App
from entaku.modules.sharing import ListRequest, ReachedLibrary
from entaku.modules.sharing.lists.model import Sort
from entaku.testing import ManualClock
from tests.modules.sharing.world import World

LAST_MS = "11:59:59.999"


@pytest.fixture
async def shared(world: World) -> World:
    """Bob in department D1; Ann owns a handbook."""
    await world.department("d1")
    await world.user("ann")
    await world.user("bob", department="d1")
    await world.library("handbook")
    return world


async def shown(world: World, user_id: str) -> list[str]:
    """The list as it goes over the wire, from memory where the system has one."""
    wire = await world.sharing.pages.page(world.actor(user_id), user_id, ListRequest(limit=10))
    grouped = msgspec.json.decode(wire.body(0.0))["libraries"]
    return [row["library_id"] for group in grouped.values() for row in group]


async def ended_by(world: World, by: str, **request: Any) -> dict[str, ReachedLibrary]:
    """Bob's list with what has ended, as somebody is told."""
    wanted = ListRequest(limit=10, include_expired=True, **request)
    page = await world.sharing.lists.of_user(world.actor(by), "bob", wanted)
    return {row.library_id: row for row in page.libraries}


async def test_a_list_says_when_a_permission_ends(shared: World) -> None:
    await shared.share("handbook", "individual:bob", "read write", until="12:00")
    await shared.share("handbook", "department:d1", "read", until="13:00")

    row = (await shared.listed("bob"))["handbook"]

    assert row.expires_at == shared.at("12:00")
    assert (await shared.access("bob", "handbook")).next_transition == shared.at("12:00")


async def test_a_share_starts_with_its_first_millisecond(shared: World) -> None:
    await shared.share("handbook", "individual:bob", since="12:00")

    shared.wait_until(LAST_MS)
    early = (await shared.may("bob", "handbook"), list(await shared.listed("bob")))
    shared.wait_until("12:00")

    assert early == ("", [])
    assert await shared.may("bob", "handbook") == "read"
    assert list(await shared.listed("bob")) == ["handbook"]


async def test_what_has_ended_is_listed_for_who_asks(shared: World) -> None:
    await shared.share("handbook", "individual:bob", until="12:00")
    shared.wait_until("12:00")

    row = (await shared.listed("bob", include_expired=True))["handbook"]

    assert (row.permissions, row.access_type, row.expires_at) == ((), "individual", shared.at("12:00"))


async def test_who_may_not_know_of_a_library_any_more_is_not_told_its_name(shared: World) -> None:
    await shared.share("handbook", "individual:bob", until="12:00")
    shared.wait_until("12:00")
    await shared.change_library("handbook", name="Handbook without Bob", owner="root")

    row = (await ended_by(shared, "bob"))["handbook"]

    assert (row.name, row.owner, row.granted_by) == (None, None, None)
    assert (row.permissions, row.expires_at) == ((), shared.at("12:00"))


async def test_who_may_know_of_a_library_is_told_the_name_of_what_has_ended(shared: World) -> None:
    await shared.library("open", is_discoverable=True)
    for library in ("handbook", "open"):
        await shared.share(library, "individual:bob", until="12:00")
    shared.wait_until("12:00")

    names = {by: [row.name for row in (await ended_by(shared, by)).values()] for by in ("bob", "root")}

    assert names == {"bob": [None, "Open"], "root": ["Handbook", "Open"]}


@pytest.mark.parametrize("sort", ["name", "owner"])
async def test_neither_order_nor_search_tells_what_is_not_told(shared: World, sort: Sort) -> None:
    for library in ("a-library", "m-library", "z-library"):
        await shared.library(library, name=library.title())
        await shared.share(library, "individual:bob", **({} if library == "m-library" else {"until": "12:00"}))
    shared.wait_until("12:00")

    for secret, name in itertools.product(["a-library", "z-library"], ["Aaa", "Zzz"]):
        await shared.change_library(secret, name=name, owner="root")
        assert list(await ended_by(shared, "bob", sort=sort)) == ["a-library", "z-library", "m-library"]
        assert await ended_by(shared, "bob", q=name) == {}


async def test_a_remembered_page_of_an_administrator_is_not_for_others(
    remembering_app: App, clock: ManualClock
) -> None:
    world = await World(remembering_app, clock, "acme").create()
    await world.user("ann", "bob")
    await world.library("handbook")
    await world.share("handbook", "individual:bob", until="12:00")
    world.wait_until("12:00")
    request = ListRequest(limit=10, include_expired=True)

    bodies = [
        (await world.sharing.pages.page(world.actor(by), "bob", request)).body(0.0) for by in ("root", "bob", "root")
    ]

    assert [b"Handbook" in body for body in bodies] == [True, False, True]


async def test_a_remembered_page_gains_what_starts(remembering_app: App, clock: ManualClock) -> None:
    world = await World(remembering_app, clock, "acme").create()
    await world.user("ann", "bob")
    await world.library("handbook")
    await world.share("handbook", "individual:bob", since="12:00")

    shows: dict[str, list[str]] = {}
    for clock_time in (LAST_MS, "12:00"):
        world.wait_until(clock_time)
        shows[clock_time] = await shown(world, "bob")

    assert shows == {LAST_MS: [], "12:00": ["handbook"]}
