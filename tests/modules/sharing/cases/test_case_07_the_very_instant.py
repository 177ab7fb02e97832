"""Case 7: a share ends at 12:00:00.000, everywhere at once, whatever was remembered, extended or picked for removal."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from entaku.main import App
from entaku.modules.sharing import ListRequest
from entaku.testing import ManualClock
from tests.building import build_on
from tests.modules.sharing.cases.answers import NOTHING, announced, is_union, may
from tests.modules.sharing.row_world import RowWorld
from tests.modules.sharing.world import World

LAST_MS = "11:59:59.999"


@pytest.fixture
async def remembering(engine: str, clock: ManualClock, tmp_path: Path) -> AsyncIterator[World]:
    """On a system that remembers the pages it has answered, where the engine lets it."""
    app: App = await build_on(engine, tmp_path / "own", clock)
    world = await World(app, clock, "acme").create()
    await world.user("ann", "bob")
    await world.library("handbook")
    yield world
    await app.close()


async def page(world: World) -> list[str]:
    """Bob's list as it goes over the wire."""
    wire = await world.sharing.pages.page(world.actor("bob"), "bob", ListRequest(limit=10))
    groups = msgspec.json.decode(wire.body(0.0))["libraries"]
    return [row["library_id"] for group in groups.values() for row in group]


async def test_a_page_that_is_remembered_ends_with_the_share(remembering: World) -> None:
    await remembering.share("handbook", "individual:bob", until="12:00")

    shown: dict[str, list[str]] = {}
    for instant in ("11:58", LAST_MS, "12:00"):
        remembering.wait_until(instant)
        shown[instant] = await page(remembering)

    assert shown == {"11:58": ["handbook"], LAST_MS: ["handbook"], "12:00": []}


async def test_a_share_that_is_extended_before_it_is_cleared_is_live(rows: RowWorld) -> None:
    await rows.world.share("handbook", "individual:bob", until="12:00")
    rows.world.wait_until("12:30")
    before = await may(rows, "bob")

    await rows.world.share("handbook", "individual:bob", until="13:00")

    assert (before, await may(rows, "bob")) == (NOTHING, "individual: read")


async def test_at_twelve_the_department_takes_over_and_one_update_is_told(rows: RowWorld) -> None:
    await rows.world.share("handbook", "individual:bob", "read", until="12:00")
    await rows.world.share("handbook", "department:d1", "read write")
    await announced(rows)
    rows.world.wait_until(LAST_MS)
    before = await may(rows, "bob")

    rows.world.wait_until("12:00")
    await rows.app.sharing.rows.transitions.sweep(rows.table, rows.world.clock.now())

    assert before == ("individual: read write" if await is_union(rows) else "individual: read")
    assert await may(rows, "bob") == "department: read write"
    assert await announced(rows) == ["bob updated read write"]


async def test_an_end_exactly_at_the_start_of_another_leaves_no_gap(rows: RowWorld) -> None:
    await rows.world.share("handbook", "group:g", "read delete", until="12:00")
    await rows.world.share("handbook", "group:h", "read write", since="12:00")
    await announced(rows)

    seen: dict[str, str] = {}
    for instant in (LAST_MS, "12:00"):
        rows.world.wait_until(instant)
        await rows.app.sharing.rows.transitions.sweep(rows.table, rows.world.clock.now())
        seen[instant] = await may(rows, "bob")

    assert seen == {LAST_MS: "group: read delete", "12:00": "group: read write"}
    assert await announced(rows) == ["bob updated read write"]


async def test_the_offset_in_which_an_end_was_written_does_not_matter(rows: RowWorld) -> None:
    noon_in_tokyo = msgspec.convert("2026-04-01T21:00:00+09:00", type=type(rows.world.at("12:00")))
    await rows.world.share("handbook", "individual:bob", expires_at=noon_in_tokyo)

    seen: dict[str, str] = {}
    for instant in (LAST_MS, "12:00"):
        rows.world.wait_until(instant)
        seen[instant] = await may(rows, "bob")

    assert seen == {LAST_MS: "individual: read", "12:00": NOTHING}
