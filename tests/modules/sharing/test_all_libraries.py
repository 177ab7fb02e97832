"""All libraries of a tenant, as its administrators see them: by name, searched, without those that are deleted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from entaku.core.errors import Forbidden, Invalid
from tests.modules.sharing.world import World

Settled = Callable[[], Awaitable[None]]


@pytest.fixture
async def shelf(world: World, settled: Settled) -> World:
    """Ann's libraries, every other one deleted."""
    await world.user("ann")
    for number, name in enumerate(["Zoo", "Atlas", "Ａｔｌａｓ 2", "Road atlas", "Cook book", "Old atlas", "Straße"]):
        await world.library(f"l{number}", name=name)
        await world.library(f"gone{number}", name=name)
        await world.sharing.libraries.delete(world.actor(), f"gone{number}")
    await settled()
    return world


async def walked(world: World, limit: int, q: str = "") -> list[str]:
    found: list[str] = []
    cursor = None
    while True:
        page = await world.sharing.libraries.list(world.actor(), limit=limit, after=cursor, q=q)
        assert len(page.items) <= limit
        found += [library.library_id for library in page.items]
        cursor = page.cursor
        if cursor is None:
            return found


@pytest.mark.parametrize("limit", [1, 2, 3, 200])
async def test_each_that_is_not_deleted_is_listed_once_by_name(shelf: World, limit: int) -> None:
    assert await walked(shelf, limit) == ["l1", "l2", "l4", "l5", "l3", "l6", "l0"]


@pytest.mark.parametrize("limit", [1, 2, 200])
async def test_names_and_ids_are_searched_whatever_the_case_and_width(shelf: World, limit: int) -> None:
    assert await walked(shelf, limit, "ATLAS") == ["l1", "l2", "l5", "l3"]
    assert await walked(shelf, limit, "strasse") == ["l6"]
    assert await walked(shelf, limit, "L4") == ["l4"]


async def test_a_page_is_full_as_long_as_there_are_libraries_for_it(shelf: World) -> None:
    page = await shelf.sharing.libraries.list(shelf.actor(), limit=2, q="atlas")

    assert [library.library_id for library in page.items] == ["l1", "l2"]


async def test_a_cursor_is_good_for_its_own_search_only(shelf: World) -> None:
    cursor = (await shelf.sharing.libraries.list(shelf.actor(), limit=1, q="atlas")).cursor

    for q in ("", "book"):
        with pytest.raises(Invalid, match="cursor"):
            await shelf.sharing.libraries.list(shelf.actor(), limit=1, q=q, after=cursor)


async def test_members_are_told_where_their_own_are(shelf: World) -> None:
    with pytest.raises(Forbidden, match="/api/users/ann/libraries"):
        await shelf.sharing.libraries.list(shelf.actor("ann"), limit=1)


async def test_a_description_is_kept_composed_and_has_a_bound(shelf: World) -> None:
    changed = await shelf.change_library("l1", description="Cafe\u0301")

    assert changed.description == "Café"
    with pytest.raises(Invalid, match="2001 characters; at most 2000"):
        await shelf.change_library("l1", description="x" * 2001)
    with pytest.raises(Invalid, match="surrogate"):
        await shelf.library("new", description="\ud800")
