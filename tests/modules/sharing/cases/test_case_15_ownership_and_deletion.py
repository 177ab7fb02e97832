"""Case 15: concurrent transfers leave one owner; what is deleted leaves all lists at once, and comes back whole."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from entaku.core.config import Config
from entaku.main import App, build
from entaku.modules.accounts import parse_principal
from entaku.table.driver import Driver
from entaku.testing import ManualClock
from tests.modules.sharing.cases.answers import NOTHING, announced, may
from tests.modules.sharing.row_world import RowWorld
from tests.modules.sharing.test_interleavings import orders_of, share, transfer
from tests.modules.sharing.turns import Turns


async def test_concurrent_transfers_leave_exactly_one_owner(rows: RowWorld) -> None:
    await rows.world.share("handbook", "individual:bob", "read write")
    await announced(rows)

    await asyncio.gather(
        *(rows.world.change_library("handbook", owner=user) for user in ("bob", "cara", "root")),
        return_exceptions=True,
    )

    owner = (await rows.world.sharing.libraries.get(rows.world.actor(), "handbook")).thing.owner
    answers = {user: await may(rows, user) for user in ("ann", "bob", "cara", "root")}
    assert answers.pop(owner) == "owner: read write delete share"
    assert set(answers.values()) <= {NOTHING, "individual: read write"}
    await rows.finish()
    assert await rows.wrong(["ann", "bob", "cara", "root"], ["handbook"]) == []


async def test_a_deleted_library_leaves_all_lists_at_once(rows: RowWorld) -> None:
    for principal in ("individual:bob", "organisation"):
        await rows.world.share("handbook", principal)
    await rows.finish()

    await rows.world.sharing.libraries.delete(rows.world.actor(), "handbook")

    assert [await rows.world.may(user, "handbook") for user in ("ann", "bob", "cara")] == [NOTHING] * 3
    assert [await rows.world.listed(user) for user in ("ann", "bob", "cara")] == [{}] * 3


async def test_restored_in_time_it_returns_with_the_shares_that_are_still_live(rows: RowWorld) -> None:
    await rows.world.share("handbook", "individual:bob", "read", until="12:00")
    await rows.world.share("handbook", "department:d1", "read write")
    await rows.world.share("handbook", "group:g", "read delete")
    await rows.world.sharing.libraries.delete(rows.world.actor(), "handbook")
    await announced(rows)
    rows.world.wait_until("12:00")
    await rows.world.change_user("bob", leave=frozenset({"g"}))
    await rows.world.accounts.directory.delete(rows.world.actor(), parse_principal("group:g"))

    await rows.world.sharing.libraries.restore(rows.world.actor(), "handbook")

    assert await may(rows, "bob") == "department: read write"
    assert await may(rows, "ann") == "owner: read write delete share"
    assert [told for told in await announced(rows) if told.startswith("bob")] == ["bob added read write"]


@pytest.mark.thorough
async def test_handed_over_to_who_is_shared_with_meanwhile_an_owner_has_no_share(
    bare_driver: Driver, clock: ManualClock, tmp_path: Path
) -> None:
    turns = Turns(bare_driver)
    app: App = await build(Config(data=tmp_path / "data"), driver=turns, clock=clock)
    players = {"root": transfer("bob"), "ann": share("individual:bob", "read write")}

    async for world, played in orders_of(turns, app, clock, [], players):
        library = (await world.sharing.libraries.get(world.actor(), "l")).thing
        listed = await world.sharing.shares.list(world.actor(), "l", limit=10)
        assert (library.owner, library.share_counts, listed.shares.items) == ("bob", {}, ()), played.choices
