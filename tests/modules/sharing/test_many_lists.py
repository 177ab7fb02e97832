"""The lists of many users at once are those that each of them has, true together, and go on where each goes on."""

from __future__ import annotations

from typing import Any

import pytest

from entaku.core.errors import Forbidden, Invalid
from entaku.main import App
from entaku.modules.accounts import UserProfile, UserState
from entaku.modules.sharing import ListRequest, ListsOfUsers, Permission, ReachedPage
from entaku.modules.sharing.lists.model import Sort
from entaku.table import changed
from entaku.testing import ManualClock
from tests.modules.sharing.world import World

PEOPLE = ("ann", "bob", "cara", "dan")


@pytest.fixture
async def team(either: World) -> World:
    """Ann owns five libraries that others reach in all sorts of ways; dan reaches none of them."""
    world = either
    await world.group("g")
    await world.department("d")
    await world.user("ann", "dan")
    await world.user("bob", groups="g")
    await world.user("cara", groups="g", department="d")
    for n in range(5):
        await world.library(f"l{n}", name=f"Library {5 - n}")
        await world.share(
            f"l{n}", ("group:g", "department:d", "individual:bob")[n % 3], "read write" if n % 2 else "read"
        )
    return world


async def lists(world: World, *users: str, by: str = "root", **request: Any) -> ListsOfUsers:
    return await world.sharing.many_lists.of_users(world.actor(by), users, ListRequest(**{"limit": 2, **request}))


async def list_of(world: World, user: str, **request: Any) -> ReachedPage:
    return await world.sharing.lists.of_user(world.actor(), user, ListRequest(**{"limit": 2, **request}))


def shown(page: ReachedPage) -> tuple[object, ...]:
    """What of a page its reader sees."""
    return page.user_id, page.total, page.libraries, page.next_cursor, page.valid_until


@pytest.mark.parametrize("sort", ["name", "granted_at", "owner", "id"])
async def test_each_list_is_the_one_its_user_has(team: World, sort: Sort) -> None:
    found = await lists(team, *PEOPLE, sort=sort)

    assert [shown(page) for page in found.pages] == [shown(await list_of(team, user, sort=sort)) for user in PEOPLE]
    assert found.missing == ()


async def test_a_cursor_goes_on_in_the_list_of_its_user(team: World) -> None:
    (first,) = (await lists(team, "bob", q="library", permission=Permission.READ)).pages

    second = await list_of(team, "bob", q="library", permission=Permission.READ, cursor=first.next_cursor)

    ids = [row.library_id for page in (first, second) for row in page.libraries]
    assert len(ids) == len(set(ids)) == first.total


async def test_a_permission_leaves_out_libraries_without_it(team: World) -> None:
    (bob,) = (await lists(team, "bob", permission=Permission.WRITE, limit=10)).pages

    assert {row.library_id for row in bob.libraries} == {"l3"}
    assert shown(bob) == shown(await list_of(team, "bob", permission=Permission.WRITE, limit=10))


async def test_who_is_not_there_is_named(team: World) -> None:
    found = await lists(team, "zoe", "ann", "yan")

    assert [page.user_id for page in found.pages] == ["ann"]
    assert found.missing == ("zoe", "yan")


async def test_who_is_being_deleted_is_not_there(team: World) -> None:
    table = team.app.table.for_tenant(team.tenant_id)
    profile = await table.get(UserProfile.at(user_id="bob"))
    await table.replace(changed(profile, state=UserState.DELETING))

    assert (await lists(team, "bob")).missing == ("bob",)


async def test_what_has_ended_is_told_as_in_the_list_of_the_user(team: World) -> None:
    await team.share("l0", "individual:dan", until="23:00")
    team.wait_until("23:00")

    (dan,) = (await lists(team, "dan", include_expired=True)).pages

    assert [row.name for row in dan.libraries] == ["Library 5"]
    assert shown(dan) == shown(await list_of(team, "dan", include_expired=True))


async def test_a_cursor_of_one_permission_is_none_of_another(team: World) -> None:
    cursor = (await list_of(team, "ann", permission=Permission.WRITE)).next_cursor

    with pytest.raises(Invalid, match="cursor"):
        await list_of(team, "ann", permission=Permission.SHARE, cursor=cursor)


async def test_a_deactivated_user_reaches_nothing(team: World) -> None:
    await team.change_user("bob", is_active=False)

    (bob,) = (await lists(team, "bob")).pages

    assert (bob.total, bob.libraries) == (0, ())


async def test_lists_of_others_are_for_administrators(team: World) -> None:
    with pytest.raises(Forbidden, match="tenant administrators"):
        await lists(team, "bob", "cara", by="bob")

    assert [page.user_id for page in (await lists(team, "bob", by="bob")).pages] == ["bob"]


@pytest.mark.parametrize(
    ("users", "request_of", "hint"),
    [
        ((), {}, "1 to 100 users, not 0"),
        (tuple(f"u{n}" for n in range(101)), {}, "not 101; send it in parts"),
        (("ann", "a#b"), {}, "is no id of a user"),
        (("ann",), {"limit": 201}, "1 to 200"),
        (("ann",), {"cursor": "x"}, "send a cursor to the list of its user"),
    ],
)
async def test_what_does_not_fit_is_refused_with_the_way_out(
    team: World, users: tuple[str, ...], request_of: dict[str, Any], hint: str
) -> None:
    with pytest.raises(Invalid, match=hint):
        await lists(team, *users, **request_of)


async def test_tenants_with_the_same_ids_have_lists_of_their_own(app: App, clock: ManualClock) -> None:
    worlds = [await World(app, clock, tenant).create() for tenant in ("one", "other")]
    for world in worlds:
        await world.user("ann", "bob")
        await world.library("l", name=f"{world.tenant_id}'s")
    await worlds[0].share("l", "individual:bob")

    found = [await lists(world, "ann", "bob") for world in worlds]

    assert [[[row.name for row in page.libraries] for page in each.pages] for each in found] == [
        [["one's"], ["one's"]],
        [["other's"], []],
    ]
