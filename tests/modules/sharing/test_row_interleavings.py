"""Changes and workers at once, in every order of their calls: nothing is missing, nothing is left over."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from entaku.core.config import Config
from entaku.main import App, build
from entaku.modules.sharing.model import library_resource
from entaku.modules.sharing.rows.model import Pending
from entaku.table.driver import Driver
from entaku.testing import ManualClock
from tests.modules.sharing.paced import Paced
from tests.modules.sharing.row_play import (
    CHANGERS,
    LIBRARIES,
    PLAYS,
    REFERRED,
    USERS,
    DiceDeed,
    stage,
    summed,
    told_by_truth,
)
from tests.modules.sharing.row_world import RowWorker, RowWorld
from tests.modules.sharing.test_interleavings import (
    Deed,
    change_bob,
    furnished,
    nest,
    orders_of,
    remove,
    share,
    transfer,
    unshare,
)
from tests.modules.sharing.turns import Turns
from tests.modules.sharing.world import World

pytestmark = pytest.mark.thorough

TURNS_MAX = 200
ROUNDS = 25
SEED = int(os.environ.get("SHARING_SEED", "11"))


@pytest.fixture
def turns(bare_driver: Driver) -> Turns:
    return Turns(bare_driver)


@pytest.fixture
async def turning_app(turns: Turns, clock: ManualClock, tmp_path: Path) -> App:
    config = Config(data=tmp_path / "data", rows_threshold=0)
    return await build(config, driver=turns, clock=clock)


@pytest.fixture
async def working_app(turns: Turns, turning_app: App, clock: ManualClock) -> App:
    """Another process: in one they would stand in line for each other."""
    return await build(turning_app.config, driver=turns, clock=clock)


async def built(world: World) -> None:
    """Rows are there, and nothing is pending but what comes after."""
    table = world.app.table.for_tenant(world.tenant_id)
    await world.app.sharing.rows.worker.catch_up(table)
    await world.app.sharing.jobs.run_for(world.tenant_id, "rows")


async def work(world: World) -> None:
    await world.app.sharing.rows.worker.catch_up(world.app.table.for_tenant(world.tenant_id))


def by(app: App) -> Deed:
    return lambda world: app.sharing.rows.worker.catch_up(app.table.for_tenant(world.tenant_id))


PAIRS: list[tuple[str, list[Deed], Deed, Deed]] = [
    ("share and leave", [], share("department:d1"), change_bob(department=None)),
    ("share and come", [change_bob(department=None)], share("department:d1"), change_bob(department="d1")),
    ("unshare and move", [share("department:d1")], unshare("department:d1"), change_bob(department="d2")),
    ("share with a group and leave the inner one", [nest("group:h", parents=frozenset({"g"}))], share("group:g"),
     change_bob(groups=frozenset[str]())),
    ("share with a group and take the inner one out", [nest("group:h", parents=frozenset({"g"}))], share("group:g"),
     nest("group:h", parents=frozenset[str]())),
    ("nest and unshare", [share("department:d2")], nest("department:d1", parent="d2"), unshare("department:d2")),
    ("hand over and share", [], transfer("bob"), share("department:d1", by="root")),
    ("delete and come", [share("department:d2")], remove, change_bob(department="d2")),
]  # fmt: skip


@pytest.mark.parametrize(("before", "one", "other"), [p[1:] for p in PAIRS], ids=[p[0] for p in PAIRS])
async def test_rows_are_the_truth_at_rest(
    turns: Turns,
    turning_app: App,
    working_app: App,
    clock: ManualClock,
    before: list[Deed],
    one: Deed,
    other: Deed,
) -> None:
    players = {"one": one, "other": other, "worker": by(working_app)}

    async for world, played in orders_of(turns, turning_app, clock, [*before, built], players, "one", "other"):
        table = turning_app.table.for_tenant(world.tenant_id)
        permissions = await world.may("bob", "l")
        listed_before = await world.listed("bob")
        await work(world)
        listed = await world.listed("bob")
        settling = turning_app.sharing.rows.settling
        pairs = settling.pairs((user, library_resource("l")) for user in ("ann", "bob", "cara", "dora"))

        assert await settling.differing(table, pairs, clock.now()) == [], played.choices
        assert (await table.list(Pending.all())).items == ()
        assert listed == listed_before
        assert " ".join(listed["l"].permissions if "l" in listed else ()) == permissions


@pytest.mark.parametrize("is_killed", [False, True])
@pytest.mark.parametrize(("before", "one", "other"), [p[1:] for p in PAIRS], ids=[p[0] for p in PAIRS])
async def test_a_worker_that_was_overtaken_leaves_nothing_old(
    bare_driver: Driver,
    turning_app: App,
    working_app: App,
    clock: ManualClock,
    before: list[Deed],
    one: Deed,
    other: Deed,
    is_killed: bool,
) -> None:
    paced = Paced(bare_driver)
    slow_app = await build(turning_app.config, driver=paced, clock=clock)
    for turns_before in range(TURNS_MAX):
        world = await furnished(turning_app, clock)
        slow = RowWorker(slow_app, paced, world.tenant_id)
        for deed in (*before, built, one):
            await deed(world)
        if await slow.is_done_after(turns_before):
            return
        await other(world)
        await by(working_app)(world)
        if is_killed:
            await paced.kill()
        await slow.finish()
        await by(working_app)(world)

        settling, table = turning_app.sharing.rows.settling, turning_app.table.for_tenant(world.tenant_id)
        pairs = settling.pairs((user, library_resource("l")) for user in ("ann", "bob", "cara", "dora"))
        assert await settling.differing(table, pairs, clock.now()) == [], turns_before
        assert (await table.list(Pending.all())).items == ()
    raise AssertionError(f"more than {TURNS_MAX} turns")


@pytest.mark.parametrize("deeds", PLAYS.values(), ids=PLAYS)
async def test_three_changes_and_two_workers_at_once_leave_the_truth_and_announce_each_change_once(
    bare_driver: Driver, clock: ManualClock, tmp_path: Path, deeds: Sequence[DiceDeed]
) -> None:
    dice = random.Random(SEED)
    play = await stage(bare_driver, clock, tmp_path / "data")
    for number in range(ROUNDS):
        rows = await play.begin()
        first = await told_by_truth(rows)
        await play.play(rows, dice.choices(deeds, k=CHANGERS), dice)
        await rows.finish()

        await assert_settled(rows)
        assert summed(first, await rows.notices()) == await told_by_truth(rows), number


@pytest.mark.parametrize("deeds", REFERRED.values(), ids=REFERRED)
async def test_with_what_is_by_reference_they_leave_the_truth_and_rows_that_tell_it(
    bare_driver: Driver, clock: ManualClock, tmp_path: Path, deeds: Sequence[DiceDeed]
) -> None:
    dice = random.Random(SEED)
    play = await stage(bare_driver, clock, tmp_path / "data")
    for number in range(ROUNDS):
        rows = await play.begin()
        await play.play(rows, dice.choices(deeds, k=CHANGERS), dice)
        await rows.finish()

        await assert_settled(rows)
        truth = await told_by_truth(rows)
        for user, library in truth:
            row = await rows.row(user, library)
            assert row is None or row.is_tombstone or row.told == truth[user, library], number


async def assert_settled(rows: RowWorld) -> None:
    """Nothing is pending, no row drifts, and lists by rows are lists from the truth."""
    assert await rows.pending() == []
    assert await rows.wrong(USERS, LIBRARIES) == []
    for user in USERS:
        assert await rows.world.listed(user) == await rows.listed_from_truth(user)
