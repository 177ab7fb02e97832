"""Undo after whatever has happened: it is the inverse of the change, or it leaves everything as it is.

A failure names its seed.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from entaku.core.config import Config
from entaku.core.errors import Conflict
from entaku.main import App, build
from entaku.modules.accounts import parse_principal
from entaku.modules.sharing import Grant, Permission, Share, Terms, UndoState
from entaku.modules.sharing.model import library_resource
from entaku.table.driver import Driver
from entaku.testing import ManualClock
from tests.modules.sharing.paced import Paced
from tests.modules.sharing.world import World, grant

pytestmark = pytest.mark.thorough

PEOPLE = ("bob", "cara", "dan")
PRINCIPALS = (*(f"individual:{user}" for user in PEOPLE), "group:g", "role:r", "department:d", "organisation")
SEEDS = range(12)
STEPS = 25
MANY = 45


async def furnished(world: World) -> World:
    await world.group("g")
    await world.role("r")
    await world.department("d")
    await world.user("ann", *PEOPLE)
    await world.library("l")
    return world


async def shares(world: World, library_id: str = "l") -> dict[str, Terms]:
    table = world.app.table.for_tenant(world.tenant_id)
    query = Share.of_resource(resource=library_resource(library_id))
    (found,) = await table.list_all(query, at_most=5000)
    return {str(share.principal): share.terms for share in found}


class Ledger:
    """What a person would note of each share: the changes that made it what it is, the latest last."""

    def __init__(self, world: World, dice: random.Random) -> None:
        self.world, self.dice = world, dice
        self.changes: dict[str, tuple[dict[str, Terms], dict[str, Terms]]] = {}
        """By change id the shares before and after it."""
        self.standing: dict[str, list[str]] = {}
        """By principal the changes that were not undone."""

    async def change(self) -> None:
        """Some shares are added, changed, removed by chance."""
        before = await shares(self.world)
        chosen = self.dice.sample(PRINCIPALS, self.dice.choice([1, 1, 2, 4]))
        removed = [principal for principal in chosen if principal in before and self.dice.random() < 0.5]
        outcome = await self.world.sharing.shares.change(
            self.world.actor("ann"),
            "l",
            add=[self._grant(principal) for principal in chosen if principal not in removed],
            remove=[parse_principal(principal) for principal in removed],
            expect="*",
        )
        if outcome.change_id is not None:
            after = await shares(self.world)
            self.changes[outcome.change_id] = (before, after)
            for principal in touched(before, after):
                self.standing.setdefault(principal, []).append(outcome.change_id)

    async def undo(self) -> None:
        """Any change is undone, or refused: as the notes say."""
        change_id = self.dice.choice([*self.changes])
        before, after = self.changes[change_id]
        mine = touched(before, after)
        is_latest = all(self.standing[principal][-1:] == [change_id] for principal in mine)
        now = await shares(self.world)
        try:
            outcome = await self.world.sharing.undo.undo(self.world.actor("ann"), change_id)
        except Conflict:
            assert not is_latest, f"{change_id} is the latest and was refused"
            assert await shares(self.world) == now
            return
        if outcome.resources[0].state is UndoState.UNDONE_BEFORE:
            assert not any(change_id in self.standing[principal] for principal in mine)
            assert await shares(self.world) == now
            return
        assert is_latest, f"{change_id} is not the latest and was undone"
        assert await shares(self.world) == {**without(now, mine), **only(before, mine)}
        for principal in mine:
            self.standing[principal].pop()

    def _grant(self, principal: str) -> Grant:
        words = {Permission.READ} | {word for word in Permission if self.dice.random() < 0.4}
        ends = self.world.clock.now() + timedelta(hours=self.dice.randint(-2, 5)) if self.dice.random() < 0.4 else None
        return Grant(principal=parse_principal(principal), permissions=frozenset(words), expires_at=ends)


def touched(before: dict[str, Terms], after: dict[str, Terms]) -> list[str]:
    return sorted(each for each in before.keys() | after.keys() if before.get(each) != after.get(each))


def only(shares: dict[str, Terms], principals: Sequence[str]) -> dict[str, Terms]:
    return {principal: terms for principal, terms in shares.items() if principal in principals}


def without(shares: dict[str, Terms], principals: Sequence[str]) -> dict[str, Terms]:
    return {principal: terms for principal, terms in shares.items() if principal not in principals}


@pytest.mark.parametrize("seed", SEEDS)
async def test_undo_is_the_inverse_of_a_change_or_leaves_all_as_it_is(world: World, seed: int) -> None:
    ledger = Ledger(await furnished(world), random.Random(seed))
    await ledger.change()

    for _ in range(STEPS):
        world.clock.advance(timedelta(seconds=ledger.dice.choice([0, 1, 3600])))
        await ledger.dice.choice([ledger.change, ledger.undo])()

    assert ledger.changes


@pytest.mark.parametrize("seed", SEEDS)
async def test_what_everybody_reaches_is_as_it_was(world: World, seed: int) -> None:
    ledger = Ledger(await furnished(world), random.Random(seed))
    for _ in range(4):
        await ledger.change()
    may = {user: await world.may(user, "l") for user in PEOPLE}
    listed = {user: sorted(await world.listed(user)) for user in PEOPLE}
    known = set(ledger.changes)
    while set(ledger.changes) == known:
        await ledger.change()
    (change_id,) = set(ledger.changes) - known

    await world.sharing.undo.undo(world.actor("ann"), change_id)

    assert {user: await world.may(user, "l") for user in PEOPLE} == may
    assert {user: sorted(await world.listed(user)) for user in PEOPLE} == listed


async def shared_with_many(world: World) -> dict[str, Terms]:
    """A change of more shares than one transaction holds; the shares as they were before it."""
    await world.user("ann", *(f"u{n:02d}" for n in range(MANY)))
    await world.library("l")
    await world.share("l", "individual:u00", "read write")
    before = await shares(world)
    people = [grant(f"individual:u{n:02d}", "read delete") for n in range(MANY)]
    for start in range(0, MANY, 20):
        add = people[start : start + 20]
        await world.sharing.shares.change(world.actor(), "l", add=add, expect="*", change_id="all-of-them")
    assert len(await shares(world)) == MANY
    return before


async def test_more_shares_than_one_transaction_holds_are_all_put_back(world: World) -> None:
    before = await shared_with_many(world)

    outcome = await world.sharing.undo.undo(world.actor(), "all-of-them")

    assert await shares(world) == before
    assert (len(outcome.resources[0].removed), len(outcome.resources[0].changed)) == (MANY - 1, 1)
    assert outcome.change_id is not None
    await world.sharing.undo.undo(world.actor(), outcome.change_id)
    assert len(await shares(world)) == MANY


async def test_of_many_shares_nothing_is_put_back_where_one_was_changed(world: World) -> None:
    await shared_with_many(world)
    await world.share("l", "individual:u44", "read")
    after = await shares(world)

    with pytest.raises(Conflict, match="individual:u44"):
        await world.sharing.undo.undo(world.actor(), "all-of-them")

    assert await shares(world) == after


@pytest.fixture
async def paced(bare_driver: Driver, clock: ManualClock, tmp_path: Path) -> tuple[World, Paced]:
    """A tenant whose service can be killed between any two calls."""
    driver = Paced(bare_driver)
    app: App = await build(Config(data=tmp_path / "data"), driver=driver, clock=clock)
    return await World(app, clock, "acme").create(), driver


@pytest.mark.parametrize("turns", [1, 5, 9, 13, 17, 21, 25, 29, 33, 37])
async def test_an_undo_that_was_killed_is_finished_by_repeating_it(paced: tuple[World, Paced], turns: int) -> None:
    world, driver = paced
    before = await shared_with_many(world)
    driver.begin(lambda: world.sharing.undo.undo(world.actor(), "all-of-them"))
    await driver.go(turns)
    if driver.is_busy:
        await driver.kill()
    records = await world.audited("l")

    await world.sharing.undo.undo(world.actor(), "all-of-them")

    assert await shares(world) == before
    assert len(await world.audited("l")) >= len(records)
    assert (await world.audited("l")).count("share_removed") == MANY - 1
