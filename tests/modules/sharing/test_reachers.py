"""Everyone who reaches a library: who is in the list, what is said of each, and who may see it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from entaku.core.errors import Forbidden, Invalid, NotFound
from entaku.main import App
from entaku.modules.sharing import Permission, ReachersSort
from entaku.modules.sharing.model import library_resource
from entaku.testing import ManualClock
from tests.modules.sharing.reaching import asked, reachers
from tests.modules.sharing.world import World


@pytest.fixture
async def team(world: World) -> World:
    """Ann owns `l`. Bob is in group `inner` inside `outer`, cara in department `tokyo` below `japan`; dan: a clerk."""
    await world.group("outer")
    await world.group("inner", "outer")
    await world.department("japan")
    await world.department("tokyo", "japan")
    await world.role("clerk")
    await world.user("ann", "eve")
    await world.user("bob", groups="inner")
    await world.user("cara", department="tokyo")
    await world.user("dan", role="clerk")
    await world.library("l")
    return world


async def test_the_owner_is_there_without_any_share(team: World) -> None:
    (ann,) = (await reachers(team, "l")).values()

    assert (ann.user_id, ann.name, ann.access_type, ann.via, len(ann.permissions)) == ("ann", "Ann", "owner", None, 4)
    assert ann.next_transition is None


@pytest.mark.parametrize(
    ("principal", "user_id"),
    [
        ("individual:eve", "eve"),
        ("group:inner", "bob"),
        ("group:outer", "bob"),
        ("role:clerk", "dan"),
        ("department:tokyo", "cara"),
        ("department:japan", "cara"),
    ],
)
async def test_members_of_everything_nested_are_there(team: World, principal: str, user_id: str) -> None:
    await team.share("l", principal, "read write")

    found = await reachers(team, "l")

    assert [*found] == sorted(["ann", user_id])
    assert str(found[user_id].via) == principal
    assert found[user_id].permissions == (Permission.READ, Permission.WRITE)


async def test_a_share_for_a_department_itself_stops_there(team: World) -> None:
    await team.share("l", "department:japan", include_children=False)

    assert [*await reachers(team, "l")] == ["ann"]


async def test_what_stops_above_somebody_gives_nothing_where_another_share_reaches_them(team: World) -> None:
    await team.share("l", "department:japan", "read write", include_children=False)
    await team.share("l", "organisation")

    cara = (await reachers(team, "l"))["cara"]

    assert (cara.permissions, cara.access_type) == ((Permission.READ,), "organisation")


async def test_the_organisation_is_every_active_user(team: World) -> None:
    await team.share("l", "organisation")
    await team.change_user("eve", is_active=False)

    assert [*await reachers(team, "l")] == ["ann", "bob", "cara", "dan", "root"]


async def test_a_deactivated_owner_is_absent(team: World) -> None:
    await team.share("l", "individual:eve")
    await team.change_user("ann", is_active=False)

    assert [*await reachers(team, "l")] == ["eve"]


async def test_somebody_reached_in_several_ways_comes_once_by_the_nearest(either: World) -> None:
    await either.group("g")
    await either.user("ann")
    await either.user("bob", groups="g")
    await either.library("l")
    await either.share("l", "organisation", "read write")
    await either.share("l", "group:g", "read delete")
    await either.share("l", "individual:bob", "read")

    bob = (await reachers(either, "l"))["bob"]

    assert str(bob.via) == "individual:bob"
    assert " ".join(bob.permissions) == await either.may("bob", "l")


async def test_starts_and_ends_decide_at_their_instant(team: World) -> None:
    team.wait_until("10:00")
    await team.share("l", "individual:bob", since="12:00")
    await team.share("l", "individual:cara", until="12:00")
    team.wait_until("11:59:59.999")
    before = await reachers(team, "l")

    team.wait_until("12:00")
    after = await reachers(team, "l")

    assert [*before] == ["ann", "cara"]
    assert before["cara"].next_transition == team.at("12:00")
    assert [*after] == ["ann", "bob"]


async def test_what_is_said_of_each_is_what_a_list_says(team: World) -> None:
    await team.share("l", "department:japan", "read write")
    team.clock.advance(timedelta(hours=1))
    await team.share("l", "individual:cara", "read")

    cara = (await reachers(team, "l"))["cara"]
    row = (await team.listed("cara"))["l"]

    assert (cara.permissions, cara.access_type, cara.granted_at) == (row.permissions, row.access_type, row.granted_at)


@pytest.mark.parametrize(
    ("sort", "expected"),
    [("id", ["ann", "bob", "eve"]), ("name", ["eve", "ann", "bob"]), ("granted_at", ["ann", "eve", "bob"])],
)
async def test_a_list_stands_in_the_order_that_was_asked_for(
    team: World, sort: ReachersSort, expected: list[str]
) -> None:
    await team.change_user("eve", name="Aa")
    for user in ("eve", "bob"):
        team.clock.advance(timedelta(minutes=1))
        await team.share("l", f"individual:{user}")

    assert [*await reachers(team, "l", sort=sort, limit=1)] == expected


async def test_a_search_looks_at_names_and_ids(team: World) -> None:
    await team.share("l", "organisation")
    await team.change_user("eve", name="Ｂｏｂｂｙ")

    assert [*await reachers(team, "l", q="BO")] == ["bob", "eve"]


async def test_a_permission_leaves_out_who_lacks_it(team: World) -> None:
    await team.share("l", "individual:bob", "read write")
    await team.share("l", "individual:eve")

    assert [*await reachers(team, "l", permission=Permission.WRITE)] == ["ann", "bob"]


async def test_it_is_for_the_owner_and_administrators(team: World) -> None:
    await team.share("l", "individual:bob", "read write share")

    assert [*await reachers(team, "l", by="ann")] == ["ann", "bob"]
    with pytest.raises(Forbidden, match="the list of those who reach it is for the owner of library 'l'"):
        await reachers(team, "l", by="bob")


async def test_who_may_not_know_of_a_library_hears_that_there_is_none(team: World) -> None:
    with pytest.raises(NotFound) as hidden:
        await reachers(team, "l", by="eve")
    with pytest.raises(NotFound) as missing:
        await reachers(team, "m", by="eve")

    assert hidden.value.message.replace("'l'", "'m'") == missing.value.message


async def test_a_deleted_library_is_reached_by_nobody(team: World) -> None:
    await team.sharing.libraries.delete(team.actor(), "l")

    with pytest.raises(NotFound):
        await reachers(team, "l")


async def test_a_cursor_is_for_its_own_list_only(team: World) -> None:
    await team.share("l", "organisation")
    await team.library("m")
    page = await team.sharing.reachers.of_resource(team.actor(), library_resource("l"), asked(limit=1))

    for resource, request in (
        (library_resource("m"), asked(limit=1, cursor=page.next_cursor)),
        (library_resource("l"), asked(limit=1, cursor=page.next_cursor, q="a")),
        (library_resource("l"), asked(limit=1, cursor=page.next_cursor, permission=Permission.READ)),
    ):
        with pytest.raises(Invalid, match="cursor"):
            await team.sharing.reachers.of_resource(team.actor(), resource, request)


@pytest.mark.parametrize("limit", [0, 201])
async def test_a_page_has_a_bound(team: World, limit: int) -> None:
    with pytest.raises(Invalid, match="1 to 200"):
        await team.sharing.reachers.of_resource(team.actor(), library_resource("l"), asked(limit=limit))


async def test_who_moves_between_two_groups_that_are_shared_is_in_every_list(team: World) -> None:
    await team.share("l", "group:inner")
    await team.share("l", "role:clerk")
    seen: set[tuple[str, ...]] = set()

    async def watch() -> None:
        for _ in range(12):
            seen.add(tuple(await reachers(team, "l", limit=200)))
            await asyncio.sleep(0)

    async def move() -> None:
        for _ in range(3):
            await team.change_user("bob", groups=frozenset(), role="clerk")
            await team.change_user("bob", groups=frozenset({"inner"}), role=None)

    await asyncio.gather(watch(), move(), watch())

    assert seen == {("ann", "bob", "dan")}


async def test_tenants_with_the_same_ids_never_mix(app: App, clock: ManualClock) -> None:
    one, other = [await World(app, clock, tenant).create() for tenant in ("one", "other")]
    for world in (one, other):
        await world.group("g")
        await world.user("ann")
        await world.user("bob", groups="g")
        await world.change_user("bob", name=f"Bob of {world.tenant_id}")
        await world.library("l")
        await world.share("l", "group:g" if world is one else "organisation")
    await other.user("cara")
    page = await one.sharing.reachers.of_resource(one.actor(), library_resource("l"), asked(limit=1))

    found = [{user: reacher.name for user, reacher in (await reachers(world, "l")).items()} for world in (one, other)]

    assert found == [
        {"ann": "Ann", "bob": "Bob of one"},
        {"ann": "Ann", "bob": "Bob of other", "cara": "Cara", "root": "Root"},
    ]
    with pytest.raises(Invalid, match="cursor"):
        await other.sharing.reachers.of_resource(
            other.actor(), library_resource("l"), asked(limit=1, cursor=page.next_cursor)
        )
