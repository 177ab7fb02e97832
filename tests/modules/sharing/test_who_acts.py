"""Whoever managed a library when their request began: it counts what they may do when the change is made."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from entaku.core.config import Config
from entaku.core.context import AccessLevel
from entaku.core.errors import EntakuError, Forbidden, Unauthenticated
from entaku.main import build
from entaku.modules.accounts import UserChange
from entaku.modules.sharing import LibraryChange, NewLibrary
from entaku.table.driver import Driver
from entaku.testing import ManualClock
from tests.modules.sharing.turns import Player, Turns
from tests.modules.sharing.world import ROOT, World, grant

Deed = Callable[[World], Awaitable[Any]]

MEMBER = UserChange(level=AccessLevel.MEMBER)
SHUT_OUT = UserChange(is_active=False)

DEEDS: dict[str, Deed] = {
    "create for another": lambda w: w.sharing.libraries.create(w.actor(), NewLibrary(name="N", owner="ann")),
    "rename": lambda w: w.sharing.libraries.change(w.actor(), "l", LibraryChange(name="N")),
    "hand over to oneself": lambda w: w.sharing.libraries.change(w.actor(), "l", LibraryChange(owner=ROOT)),
    "delete": lambda w: w.sharing.libraries.delete(w.actor(), "l"),
    "share with oneself": lambda w: w.sharing.shares.change(
        w.actor(), "l", add=[grant(f"individual:{ROOT}", "read write delete share")]
    ),
}


async def furnish(world: World) -> World:
    """Ann has a library that everybody may know of."""
    await world.user("ann")
    await world.library("l", is_discoverable=True)
    return world


async def items(driver: Driver) -> int:
    return len(await driver.walk(0, 1, after=None, limit=10_000))


async def change_root(world: World, change: UserChange) -> None:
    await world.accounts.users.change(world.app.operator("acme"), ROOT, change)


@pytest.mark.parametrize(("change", "refusal"), [(MEMBER, Forbidden), (SHUT_OUT, Unauthenticated)])
@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
async def test_an_administrator_who_is_none_any_more_changes_nothing(
    world: World, bare_driver: Driver, deed: Deed, change: UserChange, refusal: type[EntakuError]
) -> None:
    await furnish(world)
    await change_root(world, change)
    before = await items(bare_driver)

    with pytest.raises(refusal):
        await deed(world)

    assert await items(bare_driver) == before


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
async def test_who_is_lowered_between_reading_and_writing_changes_nothing(
    bare_driver: Driver, clock: ManualClock, tmp_path: Path, deed: Deed
) -> None:
    turns = Turns(bare_driver)
    app = await build(Config(data=tmp_path / "data"), driver=turns, clock=clock)
    world = await furnish(await World(app, clock, "acme").create())
    players: dict[str, Player] = {"deed": lambda: deed(world), "operator": lambda: change_root(world, MEMBER)}

    # Both read before either writes, and the operator does so first.
    played = await turns.play(players, ["operator", "deed"], brisk=["deed", "operator"])

    assert isinstance(played.outcomes["deed"], Forbidden)
