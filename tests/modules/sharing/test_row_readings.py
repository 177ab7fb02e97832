"""Lists by rows where the engine has no snapshots: whatever happens between any two calls, a list is the truth of one
instant while it was asked for, and what concerns others does not make it begin again."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from entaku.core.errors import EntakuError, Unavailable
from entaku.main import build
from entaku.modules.accounts import SharingPolicy
from entaku.modules.sharing import ReachedLibrary
from entaku.table.driver import Driver
from entaku.testing import ManualClock
from tests.modules.sharing.paced import Paced
from tests.modules.sharing.row_world import RowWorld, row_world
from tests.modules.sharing.world import World

LIBRARIES = ("l1", "l2", "l3")
MODES = ("group:g", "group:h", "department:d1", "department:d2")
PRINCIPALS = ("individual:bob", "individual:cara", *MODES, "organisation")
NAMES = ("Atlas", "Book of Days", "Zoo")
LISTS = 20
CALLS_OF_A_LIST = 6
"""Three of each of two readings: what is pending; profile, directory and state; rows."""

Listed = dict[str, ReachedLibrary]


class Reading:
    """A process that asks for Bob's list, call by call."""

    def __init__(self, world: World, paced: Paced) -> None:
        self._world, self.paced = world, paced
        self.listed: Listed | None = None

    def begin(self) -> None:
        self.paced.begin(self._ask)

    async def _ask(self) -> None:
        self.listed = None
        with contextlib.suppress(Unavailable):  # Too much moved at once.
            self.listed = await self._world.listed("bob")


@pytest.fixture
async def rows(bare_driver: Driver, clock: ManualClock, tmp_path: Path) -> RowWorld:
    """Bob in department `d1` and group `h`, Cara, and three libraries of Ann's."""
    found = await row_world(bare_driver, clock, tmp_path / "data", "acme")
    world = found.world
    for each in ("d1", "d2"):
        await world.department(each)
    for each in ("g", "h"):
        await world.group(each)
    await world.user("ann", "cara")
    await world.user("bob", department="d1", groups="h")
    for each in LIBRARIES:
        await world.library(each)
    for library, principal in (("l1", "individual:bob"), ("l2", "department:d2"), ("l3", "group:g")):
        await world.share(library, principal)
    await found.finish()
    return found


@pytest.fixture
async def reading(rows: RowWorld, bare_driver: Driver, clock: ManualClock) -> Reading:
    paced = Paced(bare_driver, has_snapshots=False)
    app = await build(rows.app.config, driver=paced, clock=clock)
    world = World(app, clock, rows.world.tenant_id)
    await world.listed("bob")  # From now on it knows the directory.
    return Reading(world, paced)


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(5))
async def test_a_list_was_the_truth_while_it_was_asked_for(rows: RowWorld, reading: Reading, seed: int) -> None:
    dice = random.Random(seed)
    answered = 0
    for _ in range(LISTS):
        truths = [await rows.listed_from_truth("bob")]
        reading.begin()
        while reading.paced.is_busy:
            await reading.paced.go(dice.randint(1, 3))
            if reading.paced.is_busy and dice.random() < 0.4:
                await something_happens(rows, dice)
                truths.append(await rows.listed_from_truth("bob"))
        if reading.listed is not None:
            answered += 1
            assert reading.listed in truths, f"seed {seed}"

    assert answered > LISTS // 3


async def something_happens(rows: RowWorld, dice: random.Random) -> None:
    """To anybody, most often to others; or somebody settles some of what has happened."""
    world = rows.world
    library, principal = dice.choice(LIBRARIES), dice.choice(PRINCIPALS)
    deeds: list[Callable[[], Awaitable[object]]] = [
        lambda: world.share(library, principal, dice.choice(["read", "read write"])),
        lambda: world.share(library, "individual:cara", dice.choice(["read", "read write"])),
        lambda: world.unshare(library, principal),
        lambda: world.unshare(library, "individual:cara"),
        lambda: world.change_library(library, name=dice.choice(NAMES)),
        lambda: world.change_user("bob", department=dice.choice(["d1", "d2", None])),
        lambda: world.change_user("cara", department=dice.choice(["d1", "d2", None])),
        lambda: world.change_user("bob", groups=dice.choice([frozenset({"g"}), frozenset({"h"}), frozenset[str]()])),
        lambda: world.nest("department:d1", parent=dice.choice(["d2", None])),
        lambda: world.nest("group:h", parents=dice.choice([frozenset({"g"}), frozenset[str]()])),
        lambda: rows.change_a_mode(dice, MODES),
        lambda: settle_some(rows, dice),
        lambda: settle_some(rows, dice),
    ]
    with contextlib.suppress(EntakuError):
        await dice.choice(deeds)()


async def settle_some(rows: RowWorld, dice: random.Random) -> None:
    for pending in await rows.pending():
        if dice.random() < 0.4:
            await rows.app.sharing.rows.worker.do(rows.table, pending)


async def test_what_concerns_others_does_not_make_a_list_begin_again(rows: RowWorld, reading: Reading) -> None:
    expected = await rows.listed_from_truth("bob")

    reading.begin()
    turns = 0
    while reading.paced.is_busy:
        await reading.paced.go(1)
        turns += 1
        await rows.world.share("l2", "individual:cara", "read write" if turns % 2 else "read")

    assert reading.listed == expected
    assert turns == 2 * CALLS_OF_A_LIST


async def test_a_change_that_is_settled_in_between_is_listed_whole_or_not_at_all(
    rows: RowWorld, reading: Reading
) -> None:
    await rows.world.share("l3", "department:d2")
    await rows.finish()
    departments, turns = ["d1", "d2"], 0
    while turns < 2 * 2 * CALLS_OF_A_LIST:
        turns += 1
        before = await rows.listed_from_truth("bob")
        reading.begin()
        await reading.paced.go(turns)
        await rows.world.change_user("bob", department=departments[turns % 2])
        await rows.finish()
        if reading.paced.is_busy:
            await reading.paced.go(None)

        assert reading.listed in (before, await rows.listed_from_truth("bob")), turns


async def test_a_tenant_under_another_policy_is_listed_by_it_at_once(rows: RowWorld, reading: Reading) -> None:
    await rows.world.share("l1", "department:d1", "read write")
    await rows.finish()

    await rows.world.accounts.tenants.change_policy(rows.world.actor(), SharingPolicy.UNION)
    reading.begin()
    await reading.paced.go(None)

    assert reading.listed == await rows.listed_from_truth("bob")
