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
from entaku.modules.sharing import LibraryChange, NewLibrary, Resource, Wanted
from entaku.modules.sharing.requests.model import AccessRequest, RequestPlace
from entaku.table import changed
from entaku.table.driver import Driver
from entaku.testing import ManualClock
from tests.modules.sharing.turns import Player, Turns
from tests.modules.sharing.world import ROOT, World, grant

Deed = Callable[[World], Awaitable[Any]]

ATLAS, REQUEST = Resource("library", "l"), "a-request"
MEMBER = UserChange(level=AccessLevel.MEMBER)
SHUT_OUT = UserChange(is_active=False)

DEEDS: dict[str, Deed] = {
    "create for another": lambda w: w.sharing.libraries.create(w.actor(), NewLibrary(name="N", owner="ann")),
    "rename": lambda w: w.sharing.libraries.change(w.actor(), "l", LibraryChange(name="N")),
    "hand over to oneself": lambda w: w.sharing.libraries.change(w.actor(), "l", LibraryChange(owner=ROOT)),
    "delete": lambda w: w.sharing.libraries.delete(w.actor(), "l"),
    "archive": lambda w: w.sharing.libraries.archive(w.actor(), "l"),
    "restore": lambda w: w.sharing.libraries.restore(w.actor(), "binned"),
    "delete for good": lambda w: w.sharing.libraries.purge(w.actor(), "l"),
    "transfer": lambda w: w.sharing.libraries.transfer(w.actor(), "l", ROOT),
    "undo": lambda w: w.sharing.undo.undo(w.actor(), "a-change"),
    "ask for another": lambda w: w.sharing.requests.asking.ask(w.actor(), ATLAS, Wanted(), user_id="bob"),
    "approve": lambda w: w.sharing.requests.deciding.approve(w.actor(), REQUEST),
    "deny": lambda w: w.sharing.requests.deciding.deny(w.actor(), REQUEST, reason="No."),
    "withdraw": lambda w: w.sharing.requests.asking.withdraw(w.actor(), REQUEST),
    "run a job": lambda w: w.sharing.jobs.run(w.actor(), "statistics"),
    "share with oneself": lambda w: w.sharing.shares.change(
        w.actor(), "l", add=[grant(f"individual:{ROOT}", "read write delete share")]
    ),
}


async def furnish(world: World) -> World:
    """Ann has a library that everybody may know of, shared by a change of a known id, and Bob has asked for it by a
    request of a known id; another library of hers is in the bin."""
    await world.user("ann", "bob")
    await world.group("crew")
    for library_id in ("l", "binned"):
        await world.library(library_id, is_discoverable=True)
    await world.sharing.libraries.delete(world.actor(), "binned")
    await world.sharing.shares.change(world.actor(), "l", add=[grant("group:crew")], change_id="a-change")
    await world.sharing.requests.asking.ask(world.actor("bob"), ATLAS, Wanted())
    table = world.app.table.for_tenant(world.tenant_id)
    request = await table.get(AccessRequest.at(user_id="bob", resource=ATLAS))
    place = await table.get(RequestPlace.at(request_id=request.request_id))
    async with table.transaction() as tx:
        tx.replace(changed(request, request_id=REQUEST))
        tx.create(RequestPlace(request_id=REQUEST, user_id="bob", resource=ATLAS, open_until=place.open_until))
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
