"""Settling many pairs: few calls, full transactions, and right whatever moves meanwhile."""

from __future__ import annotations

import contextlib
import random
from pathlib import Path

import pytest

from entaku.core.errors import Conflict
from entaku.modules.sharing.access.truth import read_facts_of
from entaku.modules.sharing.model import library_resource
from entaku.modules.sharing.rows.dirty import PAIRS_AT_ONCE
from entaku.modules.sharing.rows.gathering import gather
from entaku.table.driver import Driver
from entaku.testing import CountingDriver, ManualClock
from tests.modules.sharing.row_world import RowWorld, row_world

LIBRARIES = 30
GROUPS = 40
FULL = 88
"""Of the 90 actions of a transaction, those that are rows of one user and checks of their resources, or the like."""


@pytest.fixture
def counting(bare_driver: Driver) -> CountingDriver:
    return CountingDriver(bare_driver)


@pytest.fixture
async def rows(counting: CountingDriver, clock: ManualClock, tmp_path: Path) -> RowWorld:
    found = await row_world(counting, clock, tmp_path / "data", "acme")
    await found.world.department("east")
    await found.world.department("west")
    await found.world.user("ann")
    return found


@pytest.mark.thorough
async def test_who_is_in_many_groups_is_settled_from_a_query_of_each(rows: RowWorld, counting: CountingDriver) -> None:
    groups, libraries = [f"g{n}" for n in range(GROUPS)], [f"l{n}" for n in range(LIBRARIES)]
    for each in groups:
        await rows.world.group(each)
    for n, each in enumerate(libraries):
        await rows.world.library(each)
        await rows.world.share(each, f"group:g{n}")
    await rows.world.user("bob", groups=" ".join(groups))
    await rows.finish()
    await rows.world.listed("bob")
    counting.start()

    await rows.world.change_user("bob", department="west")
    counting.start()
    await rows.finish()

    assert len(await rows.world.listed("bob")) == LIBRARIES
    # One key for each of 30 libraries, twice, and for its row; not 30 times 42 shares.
    assert counting.keys_read < 4 * LIBRARIES + 30


async def test_rows_of_one_resource_fill_their_transactions(rows: RowWorld, counting: CountingDriver) -> None:
    people = [f"u{n:03}" for n in range(FULL)]
    await rows.world.user(*people, department="east")
    await rows.world.library("atlas")
    await rows.finish()
    await rows.world.share("atlas", "department:east")
    counting.start()

    await rows.finish()

    # Two full ones, and the one that removes the item.
    assert counting.calls["write"] == 3
    assert await rows.users_with_rows("atlas", people) == people


@pytest.mark.thorough
async def test_whatever_moves_between_reading_and_writing_rows_are_right_in_the_end(
    rows: RowWorld, clock: ManualClock
) -> None:
    people = [f"u{n:03}" for n in range(FULL + 10)]
    await rows.world.user(*people, department="east")
    for each in ("atlas", "zoo"):
        await rows.world.library(each)
        await rows.world.share(each, "department:east")
    (worker, _) = rows.workers
    dice = random.Random(7)

    for n in range(12):
        await worker.is_done_after(dice.randint(1, 60))
        await rows.world.change_user(people[n], department=dice.choice(["west", "east", None]))
        await rows.world.share("atlas", "department:west", dice.choice(["read", "read write"]))
        await rows.world.change_library("zoo", name=f"Zoo {n}")
        await worker.finish()
    await rows.finish()

    assert await rows.wrong(people, ["atlas", "zoo"]) == []
    assert await rows.pending() == []


USERS, NAMES = [f"u{n}" for n in range(4)], [f"l{n}" for n in range(4)]
PRINCIPALS = [*(f"individual:{each}" for each in USERS), *(f"group:g{n}" for n in range(6)), "department:east"]


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(6))
async def test_what_is_gathered_is_what_is_read_pair_by_pair(rows: RowWorld, seed: int) -> None:
    world, app, dice = rows.world, rows.app, random.Random(seed)
    for n in range(6):
        await world.group(f"g{n}")
    for each in USERS:
        groups = dice.sample(range(6), dice.choice([0, 1, 6]))
        department = dice.choice(["east", None])
        await world.user(each, groups=" ".join(f"g{n}" for n in groups), department=department)
    for each in NAMES:
        await world.library(each, owner=dice.choice(USERS))
        for principal in dice.sample(PRINCIPALS, dice.choice([0, 3, 10])):
            with contextlib.suppress(Conflict):  # The owner needs no share.
                await world.share(each, principal)
    everything = [(user, each) for user in [*USERS, "nobody"] for each in [*NAMES, "none"]]
    hierarchies = app.accounts.hierarchies

    for _ in range(20):
        chosen = dice.sample(everything, dice.choice([1, 4, len(everything)]))
        pairs = app.sharing.rows.settling.pairs((user, library_resource(each)) for user, each in chosen)
        gathered = await gather(rows.table, hierarchies, pairs)
        expected = await read_facts_of(rows.table, hierarchies, pairs)
        assert {pair: gathered.facts[pair].sources for pair in pairs} == {p: expected[p].sources for p in pairs}


def test_a_step_of_one_resource_is_whole_transactions() -> None:
    assert PAIRS_AT_ONCE % (FULL // 2) == 0
