"""Several processes at once: some change the truth, two work on rows, each call by call in an order that dice choose,
and any of them may be killed between two calls."""

from __future__ import annotations

import contextlib
import itertools
import random
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from entaku.core.config import Config
from entaku.core.errors import EntakuError
from entaku.main import App, build
from entaku.modules.accounts import SharingPolicy, parse_principal
from entaku.modules.sharing.access.truth import read_facts_of
from entaku.modules.sharing.model import library_resource
from entaku.modules.sharing.rows.computing import AccessNotice, told_of
from entaku.modules.sharing.rows.model import Told
from entaku.table.driver import Driver
from entaku.testing import ManualClock
from tests.modules.sharing.paced import Paced
from tests.modules.sharing.row_world import RowWorker, RowWorld, changes
from tests.modules.sharing.world import World

USERS, LIBRARIES = ("ann", "bob", "cara"), ("l", "m")
CHANGERS = 3
TURNS_MAX = 12
KILLED = 0.04
LOOKED_AT = 0.3
"""How often a list is compared with the truth while everybody stands still, half-way through."""
NUMBERS = itertools.count(1)

DiceDeed = Callable[[World, random.Random], Awaitable[object]]
PairName = tuple[str, str]


def _share(principal: str, *libraries: str) -> DiceDeed:
    return lambda world, dice: world.share(
        dice.choice(libraries or ("l",)), principal, dice.choice(["read", "read write"])
    )


def _unshare(principal: str, *libraries: str) -> DiceDeed:
    return lambda world, dice: world.unshare(dice.choice(libraries or ("l",)), principal)


def _move(user: str) -> DiceDeed:
    return lambda world, dice: world.change_user(
        user,
        department=dice.choice(["d1", "d2", None]),
        groups=dice.choice([frozenset({"g"}), frozenset({"h"}), frozenset[str]()]),
    )


def _library(**choices: Sequence[str]) -> DiceDeed:
    return lambda world, dice: world.change_library("l", **{name: dice.choice(each) for name, each in choices.items()})


async def _delete(world: World, dice: random.Random) -> None:
    await world.sharing.libraries.delete(world.actor(), "l")


async def _nest_department(world: World, dice: random.Random) -> None:
    await world.nest("department:d1", parent=dice.choice(["d2", None]))


async def _nest_group(world: World, dice: random.Random) -> None:
    await world.nest("group:h", parents=dice.choice([frozenset({"g"}), frozenset[str]()]))


async def _deactivate(world: World, dice: random.Random) -> None:
    await world.change_user("bob", is_active=dice.random() < 0.5)


async def _policy(world: World, dice: random.Random) -> None:
    await world.accounts.tenants.change_policy(world.actor(), dice.choice([*SharingPolicy]))


async def _mode(world: World, dice: random.Random) -> None:
    principal, table = parse_principal(dice.choice(["department:d1", "group:g"])), world.app.table
    modes = world.app.sharing.rows.modes
    await modes.set(table.for_tenant(world.tenant_id), principal, by_reference=dice.random() < 0.6)


PLAYS: dict[str, Sequence[DiceDeed]] = {
    "shares": (
        *(_share("individual:bob"), _unshare("individual:bob"), _share("individual:cara")),
        *(_share("department:d1"), _unshare("department:d1")),
    ),
    "moves": (_move("bob"), _move("bob"), _share("department:d2"), _unshare("department:d1"), _share("group:g")),
    "departments": (
        _nest_department,
        _nest_department,
        _share("department:d2"),
        _unshare("department:d2"),
        _move("bob"),
    ),
    "groups": (_nest_group, _nest_group, _share("group:g"), _unshare("group:g"), _move("bob")),
    "owners": (_library(owner=USERS), _library(owner=USERS), _share("individual:bob"), _move("bob"), _deactivate),
    "names": (_library(name=["Atlas", "Zoo"]), _library(name=["Atlas"]), _share("individual:bob"), _move("bob")),
    "ends": (_delete, _share("individual:bob"), _share("department:d2"), _move("cara"), _library(owner=USERS)),
    "policies": (_policy, _policy, _share("individual:bob", *LIBRARIES), _move("bob"), _nest_department),
}
"""What changes the truth at once. Of principals that have rows each change is announced by rows, exactly once."""

REFERRED: dict[str, Sequence[DiceDeed]] = {
    "the organisation": (_share("organisation"), _unshare("organisation"), _share("individual:bob"), _move("bob")),
    "modes": (_mode, _mode, _share("department:d1"), _unshare("department:d1"), _move("bob")),
    "modes of groups": (_mode, _mode, _nest_group, _share("group:g", *LIBRARIES), _unshare("group:g", *LIBRARIES)),
    "policies": (_policy, _share("organisation"), _share("individual:bob"), _unshare("individual:bob"), _mode),
}
"""The same, where something is by reference or comes to be."""


class Stage:
    """The processes, used for one play after the other."""

    def __init__(self, driver: Driver, app: App, clock: ManualClock, actors: list[tuple[App, Paced]]) -> None:
        self._driver, self._app, self._clock = driver, app, clock
        self._changers, self._workers = actors[:CHANGERS], actors[CHANGERS:]

    async def begin(self) -> RowWorld:
        """A fresh tenant, its rows built and nothing pending."""
        rows = await self.begin_unbuilt()
        await rows.finish()
        await self._app.sharing.jobs.run_for(rows.world.tenant_id, "rows")
        await rows.finish()
        rows.told_until = await end_of(self._driver)
        return rows

    async def begin_unbuilt(self) -> RowWorld:
        """A tenant that never had rows, as one from before there were any."""
        world = await World(self._app, self._clock, f"tenant-{next(NUMBERS)}").create()
        for each in ("d1", "d2"):
            await world.department(each)
        for each in ("g", "h"):
            await world.group(each)
        await world.user("ann")
        await world.user("bob", department="d1", groups="h")
        await world.user("cara", department="d2", groups="g")
        for each in LIBRARIES:
            await world.library(each)
        await world.share("l", "department:d1")
        await world.share("m", "group:g", "read write")
        workers = [RowWorker(app, paced, world.tenant_id) for app, paced in self._workers]
        rows = RowWorld(self._driver, self._app, world, workers, "")
        for pending in await rows.pending():
            await rows.table.delete(pending)
        return rows

    def builder(self, rows: RowWorld) -> Paced:
        """A process that builds the rows of a tenant, begun and standing before its first call."""
        (app, paced), *_ = self._workers

        async def build_rows() -> None:
            with contextlib.suppress(EntakuError):  # What moved too much is built by the next one.
                await app.sharing.jobs.run_for(rows.world.tenant_id, "rows")

        paced.begin(build_rows)
        return paced

    async def play(self, rows: RowWorld, deeds: Sequence[DiceDeed], dice: random.Random) -> None:
        """All of them at once, until the truth changes no more."""
        for (app, paced), deed in zip(self._changers, deeds, strict=True):
            world = World(app, self._clock, rows.world.tenant_id)
            paced.begin(lambda world=world, deed=deed: attempt(deed, world, dice))
        while busy := [paced for _, paced in self._changers if paced.is_busy]:
            paced = dice.choice(busy)
            await paced.go(dice.randint(1, TURNS_MAX))
            if paced.is_busy and dice.random() < KILLED:
                await paced.kill()
            await dice.choice(rows.workers).go_on(dice)
            if dice.random() < LOOKED_AT:
                user = dice.choice(USERS)
                assert await rows.world.listed(user) == await rows.listed_from_truth(user)


async def attempt(deed: DiceDeed, world: World, dice: random.Random) -> None:
    """Does it, unless somebody else was faster, or what it is about is not there any more."""
    with contextlib.suppress(EntakuError):
        await deed(world, dice)


async def stage(driver: Driver, clock: ManualClock, folder: Path) -> Stage:
    config = Config(data=folder, rows_threshold=0, page_cache_bytes=0)
    app = await build(config, driver=driver, clock=clock)
    actors: list[tuple[App, Paced]] = []
    for n in range(CHANGERS + 2):
        paced = Paced(driver, has_snapshots=n % 2 == 0)
        actors.append((await build(config, driver=paced, clock=clock), paced))
    return Stage(driver, app, clock, actors)


async def end_of(driver: Driver) -> str:
    """Where the change log ends now."""
    position: str | None = None
    while True:
        batch = await changes(driver, position)
        position = batch.position
        if not batch.changes:
            return position


async def told_by_truth(rows: RowWorld) -> dict[PairName, Told | None]:
    """What everybody may do with everything now."""
    app = rows.app
    pairs = app.sharing.rows.settling.pairs((u, library_resource(each)) for u in USERS for each in LIBRARIES)
    facts = await read_facts_of(rows.table, app.accounts.hierarchies, pairs)
    return {(p.user_id, p.resource.id): told_of(found.access(app.clock.now())) for p, found in facts.items()}


def summed(first: dict[PairName, Told | None], notices: Sequence[AccessNotice]) -> dict[PairName, Told | None]:
    """What somebody knows who knew the first state and has heard the notices, each of which must follow on the last."""
    known = dict(first)
    for notice in notices:
        pair = (notice.user_id, notice.resource.id)
        assert notice.before == known[pair] != notice.after, f"{notice} after {known[pair]}"
        known[pair] = notice.after
    return known
