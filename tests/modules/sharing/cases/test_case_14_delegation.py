"""Case 14: a holder of `share` grants at most what it has, and lowers nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from entaku.core.config import Config
from entaku.core.errors import EntakuError, Forbidden
from entaku.main import App, build
from entaku.table.driver import Driver
from entaku.testing import ManualClock
from tests.modules.sharing.cases.answers import NOTHING, announced, may, trail
from tests.modules.sharing.row_world import RowWorld
from tests.modules.sharing.test_interleavings import orders_of, share, unshare
from tests.modules.sharing.turns import Turns


async def test_what_one_lacks_one_does_not_grant_and_nothing_is_written(rows: RowWorld) -> None:
    await rows.world.share("handbook", "individual:cara", "read share")
    before = (await rows.world.version("handbook"), await trail(rows))

    with pytest.raises(Forbidden, match="write"):
        await rows.world.share("handbook", "individual:bob", "read write", by="cara")

    assert (await rows.world.version("handbook"), await trail(rows)) == before
    assert await may(rows, "bob") == NOTHING


async def test_a_reader_who_shares_takes_nothing_from_a_department(rows: RowWorld) -> None:
    await rows.world.share("handbook", "individual:cara", "read share")
    await rows.world.share("handbook", "department:d1", "read write")
    await announced(rows)

    for principal in ("individual:bob", "group:g", "role:manager", "organisation"):
        await rows.world.share("handbook", principal, "read", by="cara")

    assert (await may(rows, "bob")).endswith(": read write")
    assert all(" read write" in told for told in await announced(rows) if told.startswith("bob "))


@pytest.mark.thorough
async def test_who_loses_share_between_check_and_commit_writes_nothing(
    bare_driver: Driver, clock: ManualClock, tmp_path: Path
) -> None:
    turns = Turns(bare_driver)
    app: App = await build(Config(data=tmp_path / "data"), driver=turns, clock=clock)
    players = {"dora": share("organisation", "read write", by="dora"), "ann": unshare("individual:dora")}
    before = [share("individual:dora", "read write share")]

    seen: set[bool] = set()
    async for world, played in orders_of(turns, app, clock, before, players):
        is_refused = isinstance(played.outcomes["dora"], EntakuError)
        seen.add(is_refused)
        removed = ["share_removed"]
        assert (await world.audited("l"))[2:] == (removed if is_refused else ["share_added", *removed])
        assert await world.may("bob", "l") == (NOTHING if is_refused else "read write")
    assert seen == {True, False}
