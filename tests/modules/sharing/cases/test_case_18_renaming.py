"""Case 18: a library is renamed during a listing, a job, or while a page is remembered: at rest every list shows it."""

from __future__ import annotations

import random

import msgspec

from entaku.main import App
from entaku.modules.sharing import ListRequest
from entaku.testing import ManualClock
from tests.modules.sharing.cases.answers import announced
from tests.modules.sharing.row_world import RowWorld
from tests.modules.sharing.world import World


async def test_renamed_during_a_job_every_list_shows_the_new_name(rows: RowWorld) -> None:
    members = [f"u{number:02}" for number in range(30)]
    await rows.world.group("crew")
    await rows.world.user(*members, groups="crew")
    await announced(rows)
    await rows.world.share("handbook", "group:crew")
    await rows.work_a_little(random.Random(3))

    await rows.world.change_library("handbook", name="Almanac")
    at_once = {(await rows.world.listed(user))["handbook"].name for user in members}
    told = await announced(rows)
    stored = [await rows.row(user, "handbook") for user in members]

    assert at_once == {(await rows.world.listed(user))["handbook"].name for user in members} == {"Almanac"}
    assert [row.thing.name for row in stored if row is not None] == ["Almanac"] * len(members)
    # A name is nothing that one may or may not do.
    assert sorted(told) == [f"{user} added read" for user in members]


async def test_renamed_while_its_page_is_remembered(remembering_app: App, clock: ManualClock) -> None:
    world = await World(remembering_app, clock, "acme").create()
    await world.user("ann", "bob")
    for library in ("a", "b"):
        await world.library(library)
        await world.share(library, "individual:bob")
    names: list[list[str]] = []

    for new_name in ("Alpha", "Zeta"):
        await world.change_library("a", name=new_name)
        wire = await world.sharing.pages.page(world.actor("bob"), "bob", ListRequest(limit=9))
        names.append([row["name"] for row in msgspec.json.decode(wire.body(0.0))["libraries"]["read_access"]])

    assert names == [["Alpha", "B"], ["B", "Zeta"]]


async def test_renamed_during_a_walk_in_id_order_each_is_listed_once(rows: RowWorld) -> None:
    for number in range(6):
        await rows.world.library(f"l{number}")
        await rows.world.share(f"l{number}", "department:d1")
    walked: list[str] = []
    request = ListRequest(limit=2, sort="id")

    for number in range(3):
        page = await rows.world.sharing.lists.of_user(rows.world.actor("bob"), "bob", request)
        walked += [row.library_id for row in page.libraries]
        await rows.world.change_library(f"l{5 - number}", name=f"A{number}")
        request = msgspec.structs.replace(request, cursor=page.next_cursor)

    assert walked == [f"l{number}" for number in range(6)]
