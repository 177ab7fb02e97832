"""Pages of a list: each cursor and search has a bound, and the order that was asked for can be told from the page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from entaku.api.in_process import InProcess, in_process
from entaku.core.errors import Invalid
from entaku.core.limits import SEARCH_LENGTH_MAX
from entaku.main import App
from entaku.modules.sharing import ListRequest
from entaku.modules.sharing.lists.model import Sort
from entaku.modules.sharing.lists.pages import weight_of, wire_page
from entaku.testing import ManualClock
from tests.modules.sharing.world import World

CURSOR_BYTES_MAX = 1_024
SORTS: tuple[Sort, ...] = ("name", "granted_at", "owner", "id")
GREEDY = ["\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}", "𠮷", "漢", '"', "\\", "%", "İ", "a"]
"""Letters that are long when they are folded, encoded or escaped."""


@pytest.fixture
async def client(app: App) -> AsyncIterator[InProcess]:
    async with in_process(app.http()) as client:
        yield client


async def walked(world: World, user: str, **request: Any) -> tuple[list[str], list[str]]:
    """The ids of a whole list, one on each page, and all its cursors."""
    ids: list[str] = []
    cursors: list[str] = []
    while True:
        after = cursors[-1] if cursors else None
        page = await world.sharing.lists.of_user(world.actor(user), user, ListRequest(limit=1, cursor=after, **request))
        ids += [row.library_id for row in page.libraries]
        if page.next_cursor is None:
            return ids, cursors
        cursors.append(page.next_cursor)


@pytest.mark.parametrize("sort", SORTS)
async def test_a_cursor_is_short_however_long_the_names_are(world: World, sort: Sort) -> None:
    owner = "o" * 128
    await world.user(owner)
    for n, letter in enumerate(GREEDY):
        await world.library(f"{n}-a".ljust(128, "x"), owner=owner, name=letter * 200)
        await world.library(f"{n}-b".ljust(128, "x"), owner=owner, name=letter * 200)

    ids, cursors = await walked(world, owner, sort=sort)

    assert len(ids) == len(set(ids)) == 2 * len(GREEDY)
    assert max(len(cursor) for cursor in cursors) <= CURSOR_BYTES_MAX


async def test_names_that_differ_far_behind_are_each_listed_once(world: World) -> None:
    await world.user("ann")
    for library, end in (("l3", "a"), ("l1", "b"), ("l2", "c")):
        await world.library(library, name="漢" * 199 + end)

    assert (await walked(world, "ann"))[0] == ["l1", "l2", "l3"]
    assert (await walked(world, "ann", q="漢b"))[0] == ["l1"]


@pytest.mark.parametrize("sort", SORTS)
async def test_places_restore_the_order_that_the_groups_take_apart(world: World, sort: Sort) -> None:
    await world.user("ann", "bob")
    for n, owner in enumerate(["ann", "bob", "ann", "ann", "bob", "ann"]):
        await world.library(f"l{n}", owner=owner, name=f"Library {5 - n}")
        if owner == "ann":
            await world.share(f"l{n}", "individual:bob", "read write" if n % 2 else "read")
    page = await world.sharing.lists.of_user(world.actor("bob"), "bob", ListRequest(limit=5, sort=sort))

    wire = msgspec.json.decode(wire_page(page).body(0.0))

    rows = sorted((row for group in wire["libraries"].values() for row in group), key=lambda row: row["place"])
    assert [row["place"] for row in rows] == [1, 2, 3, 4, 5]
    assert [row["library_id"] for row in rows] == [row.library_id for row in page.libraries]


async def test_a_search_text_has_a_bound(world: World) -> None:
    await world.user("ann")
    longest = ListRequest(limit=1, q="q" * SEARCH_LENGTH_MAX)
    await world.sharing.lists.of_user(world.actor("ann"), "ann", longest)

    with pytest.raises(Invalid, match="201 characters; at most 200"):
        await world.sharing.lists.of_user(
            world.actor("ann"), "ann", msgspec.structs.replace(longest, q=longest.q + "q")
        )


@pytest.mark.parametrize("path", ["/api/users/root/libraries", "/api/libraries"])
async def test_a_search_text_that_is_too_long_is_refused_over_rest(world: World, client: InProcess, path: str) -> None:
    headers = {"Authorization": f"Bearer {world.app.tokens.mint('acme', 'root')}"}

    answer = await client.call("GET", f"{path}?q={'q' * (SEARCH_LENGTH_MAX + 1)}", headers=headers)

    assert answer.status == 400
    assert "q" in answer.json()["detail"]


async def test_a_page_that_is_kept_weighs_what_was_asked_too(remembering_app: App, clock: ManualClock) -> None:
    world = await World(remembering_app, clock, "acme").create()
    await world.user("ann")
    page = await world.sharing.lists.of_user(world.actor("ann"), "ann", ListRequest(limit=1))
    short, long = ListRequest(limit=1), ListRequest(limit=1, q="漢" * 200, cursor="c" * 1_000)

    weights = [weight_of(wire_page(page), request, ()) for request in (short, long)]

    assert weights[1] - weights[0] >= 200 * 4 + 1_000
