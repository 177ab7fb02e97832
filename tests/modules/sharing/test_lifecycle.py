"""The table of states and moves is what happens: from every state, by everybody, and whoever is killed half-way."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from entaku.core.config import Config
from entaku.core.errors import Conflict, EntakuError, Forbidden, NotFound
from entaku.main import build
from entaku.modules.sharing import Library, LibraryChange, Permission, ResourceState, Share
from entaku.modules.sharing.lifecycle import LEFT, OPEN, RULES, Move
from entaku.modules.sharing.model import Ownership, library_resource
from entaku.modules.sharing.retention.model import BinEntry
from entaku.modules.sharing.retention.purging import SHARES_PURGED_MAX
from entaku.table.driver import Driver
from entaku.testing import ManualClock
from tests.modules.sharing.paced import Paced
from tests.modules.sharing.world import World, grant

KEPT = timedelta(days=30)
READ = frozenset({Permission.READ})
EVERYTHING = "read write delete share"
STATES = (ResourceState.ACTIVE, ResourceState.ARCHIVED, ResourceState.DELETED)
Deed = Callable[[World, str], Awaitable[Any]]

MOVES: dict[Move, Deed] = {
    Move.CHANGE: lambda w, by: w.sharing.libraries.change(w.actor(by), "l", LibraryChange(name="Other")),
    Move.SHARE: lambda w, by: w.sharing.shares.change(w.actor(by), "l", add=[grant("individual:cara")]),
    Move.UNSHARE: lambda w, by: w.sharing.shares.change(w.actor(by), "l", remove=[grant("individual:bob").principal]),
    Move.TRANSFER: lambda w, by: w.sharing.libraries.transfer(w.actor(by), "l", "cara"),
    Move.ARCHIVE: lambda w, by: w.sharing.libraries.archive(w.actor(by), "l"),
    Move.UNARCHIVE: lambda w, by: w.sharing.libraries.unarchive(w.actor(by), "l"),
    Move.DELETE: lambda w, by: w.sharing.libraries.delete(w.actor(by), "l"),
    Move.RESTORE: lambda w, by: w.sharing.libraries.restore(w.actor(by), "l"),
    Move.PURGE: lambda w, by: w.sharing.libraries.purge(w.actor(by), "l"),
}


async def library_in(world: World, state: ResourceState) -> None:
    """Ann's, which Bob may read."""
    await world.user("ann", "bob", "cara", "dan")
    await world.library("l")
    await world.share("l", "individual:bob")
    if state is not ResourceState.ACTIVE:
        await MOVES[Move.ARCHIVE if state is ResourceState.ARCHIVED else Move.DELETE](world, "ann")


async def stored(world: World) -> Library | None:
    return await world.app.table.for_tenant(world.tenant_id).find(Library.at(library_id="l"))


def is_so_already(move: Move, state: ResourceState) -> bool:
    """Repeated, such a move is made and changes nothing."""
    return state in OPEN if move is Move.RESTORE else RULES[move].to is state and state in OPEN


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("move", Move)
async def test_a_move_starts_from_its_states_and_ends_where_the_table_says(
    world: World, move: Move, state: ResourceState
) -> None:
    await library_in(world, state)
    before = await stored(world)
    assert before is not None

    try:
        await MOVES[move](world, "ann")
    except (Conflict, NotFound):
        assert state not in RULES[move].states
        assert not is_so_already(move, state)
        assert await stored(world) == before
        return

    after = await stored(world)
    assert state in RULES[move].states or after == before
    if move is Move.PURGE:
        assert after is None
    elif after != before:
        assert after is not None
        assert after.state is (RULES[move].to or (ResourceState.ACTIVE if move is Move.RESTORE else state))


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("move", Move)
@pytest.mark.parametrize("by", ["bob", "dan"])
async def test_nobody_but_the_owner_and_administrators_moves_anything(
    world: World, move: Move, state: ResourceState, by: str
) -> None:
    await library_in(world, state)
    before = await stored(world)

    with pytest.raises((Forbidden, NotFound)) as refusal:
        await MOVES[move](world, by)

    knows = by == "bob" and state in OPEN
    assert (refusal.type is Forbidden) is knows
    assert await stored(world) == before


@pytest.mark.parametrize("state", STATES)
async def test_a_state_leaves_of_an_access_what_the_table_says(world: World, state: ResourceState) -> None:
    await library_in(world, state)

    left = " ".join(each for each in Permission if each in LEFT[state])
    assert (await world.may("ann", "l"), await world.may("bob", "l")) == (left, left and "read")


HISTORIES = 12
MOVES_OF_A_HISTORY = 25
CALLS_MAX = 10
READERS = tuple(f"p{n:02}" for n in range(SHARES_PURGED_MAX))
"""With Bob they are so many that a purge takes two steps."""


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(HISTORIES))
async def test_whoever_is_killed_the_library_is_as_before_or_as_after(
    bare_driver: Driver, clock: ManualClock, tmp_path: Path, seed: int
) -> None:
    dice = random.Random(seed)
    paced, config = Paced(bare_driver), Config(data=tmp_path / "data", page_cache_bytes=0)
    world = await World(await build(config, driver=bare_driver, clock=clock), clock, "acme").create()
    killed = World(await build(config, driver=paced, clock=clock), clock, "acme")
    await library_in(world, ResourceState.ACTIVE)
    await world.user(*READERS)
    await world.sharing.shares.change(world.actor(), "l", add=[grant(f"individual:{each}") for each in READERS])
    await world.sharing.jobs.run(world.actor(), "rows")

    for _ in range(MOVES_OF_A_HISTORY):
        before = await stored(world)
        name, deed, after = choose(dice, before)
        paced.begin(lambda deed=deed: refused(deed, killed))
        await paced.go(dice.choice([None, dice.randint(0, CALLS_MAX)]))
        if paced.is_busy:
            await paced.kill()
        found = await stored(world)
        assert state_of(found) in (state_of(before), *after), f"{name} of {state_of(before)}"
        await check_what_follows(world, found)
        clock.advance(dice.choice([timedelta(hours=1), timedelta(days=1), KEPT]))

    await refused(MOVES[Move.PURGE], world)
    await world.sharing.purging.purge_due(world.app.table.for_tenant("acme"), clock.now())
    assert state_of(await stored(world)) == "absent"
    await check_what_follows(world, None)


def state_of(library: Library | None) -> str:
    return "absent" if library is None else str(library.state)


def choose(dice: random.Random, library: Library | None) -> tuple[str, Deed, set[str]]:
    """What is done next, and the states in which it may leave the library."""
    state = state_of(library)
    was = str(library.deletion.was) if library is not None and library.deletion is not None else "active"
    if library is None or dice.random() < 0.05:
        return "create", lambda w, by: w.library("l", owner="ann"), {"active"} if library is None else set()
    if dice.random() < 0.1:
        now_gone = {"absent", "purging"} if state in ("deleted", "purging") else set[str]()
        return "job", run_job, now_gone
    move = dice.choice([*Move, Move.RESTORE, Move.RESTORE, Move.SHARE])
    if library.state not in RULES[move].states:
        return move, MOVES[move], set()
    if move is Move.PURGE:
        return move, MOVES[move], {"purging", "absent"}
    return move, MOVES[move], {str(RULES[move].to or (was if move is Move.RESTORE else state))}


async def run_job(world: World, by: str) -> None:
    table = world.app.table.for_tenant(world.tenant_id)
    await world.sharing.purging.purge_due(table, world.clock.now())


async def refused(deed: Deed, world: World) -> None:
    """An administrator does it, whoever owns the library by now, if it can be done."""
    try:
        await deed(world, "root")
    except EntakuError:
        return


async def check_what_follows(world: World, library: Library | None) -> None:
    """Lists, counts, ownership, shares and the bin are what the state of the library says."""
    table, resource = world.app.table.for_tenant(world.tenant_id), library_resource("l")
    people = ("ann", "bob", "cara")
    (found,) = await table.list_all(Share.of_resource(resource=resource), at_most=100)
    shares = {share.principal.id for share in found}
    entries = (await table.list(BinEntry.of_kind(resource_kind="library"))).items
    owners = [each for each in people if await table.find(Ownership.at(owner=each, resource=resource)) is not None]
    usage = (await world.accounts.tenants.settings(world.actor())).usage["libraries"]
    listed = {each for each in people if "l" in await world.listed(each)}
    is_open = library is not None and library.is_open
    assert listed == ({library.owner, *shares} & {*people} if library is not None and is_open else set())
    assert owners == ([] if library is None or library.state is ResourceState.PURGING else [library.owner])
    assert usage == (library is not None)
    assert [entry.resource_id for entry in entries] == (["l"] if library is not None and not is_open else [])
    assert library is not None or shares == set()
    assert library is None or sum(library.share_counts.values()) == len(shares)
