"""A tenant whose lists are made of rows, and workers that go on call by call while it changes."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from pathlib import Path

from entaku.core.config import Config
from entaku.core.errors import EntakuError, Unavailable
from entaku.main import App, build
from entaku.modules.accounts import SharingPolicy, parse_principal
from entaku.modules.sharing import Library, ReachedLibrary
from entaku.modules.sharing.access.truth import Pair
from entaku.modules.sharing.lists.facts import ListFacts
from entaku.modules.sharing.lists.from_truth import reached_from_truth
from entaku.modules.sharing.lists.model import Reached, WholeList
from entaku.modules.sharing.model import library_resource
from entaku.modules.sharing.rows.computing import AccessNotice, notice_of
from entaku.modules.sharing.rows.model import AccessRow, Pending
from entaku.table import BoundTable, Reader
from entaku.table.driver import ChangeBatch, Driver, Item
from entaku.table.entity import info_of
from entaku.table.reader import decode
from entaku.testing import ManualClock
from tests.modules.sharing.paced import Paced
from tests.modules.sharing.world import World

TURNS_MAX = 40


class RowWorker:
    """A process that works on rows."""

    def __init__(self, app: App, paced: Paced, tenant_id: str) -> None:
        self._app, self._paced, self._tenant_id = app, paced, tenant_id

    async def go_on(self, dice: random.Random) -> None:
        """Nothing, some calls, or all there is to do; now and then the last thing it does."""
        if dice.random() < 0.3:
            return
        if not self._paced.is_busy:
            self._paced.begin(self._work)
        await self._paced.go(dice.choice([None, dice.randint(1, TURNS_MAX), dice.randint(1, TURNS_MAX)]))
        if self._paced.is_busy and dice.random() < 0.2:
            await self._paced.kill()

    async def is_done_after(self, turns: int) -> bool:
        """Begins, and stands still after so many turns if there is more to do."""
        self._paced.begin(self._work)
        await self._paced.go(turns)
        return not self._paced.is_busy

    async def until_noted(self, table: BoundTable) -> None:
        """Until some of the oldest work is noted as done; then it is killed."""
        self._paced.begin(self._work)
        while self._paced.is_busy:
            await self._paced.go(1)
            page = await table.list(Pending.all(), limit=1)
            if self._paced.is_busy and page.items and page.items[0].settled:
                await self._paced.kill()

    async def finish(self) -> None:
        if self._paced.is_busy:
            await self._paced.go(None)

    async def _work(self) -> None:
        try:
            await self._app.sharing.rows.worker.catch_up(self._app.table.for_tenant(self._tenant_id))
        except EntakuError:
            return  # Too much moved at once, or a storm: it is still pending.


class RowWorld:
    """An app with rows, its world, and two workers."""

    def __init__(self, driver: Driver, app: App, world: World, workers: list[RowWorker], told_until: str) -> None:
        self._driver, self.told_until = driver, told_until
        self.app, self.world, self.workers = app, world, workers

    @property
    def table(self) -> BoundTable:
        return self.app.table.for_tenant(self.world.tenant_id)

    async def work_a_little(self, dice: random.Random) -> None:
        for worker in self.workers:
            await worker.go_on(dice)

    async def change_a_mode(self, dice: random.Random, principals: Sequence[str]) -> None:
        """A principal comes by reference, or has rows again."""
        principal = parse_principal(dice.choice(principals))
        await self.app.sharing.rows.modes.set(self.table, principal, by_reference=dice.random() < 0.5)

    async def listed_from_truth(self, user: str) -> dict[str, ReachedLibrary]:
        """What a list must be now, by library id: worked out from shares alone."""
        app = self.app
        wanted = WholeList(user_id=user, now=app.clock.now(), include_expired=False, tells_all=False)

        async def collect(reader: Reader) -> Reached:
            facts = ListFacts(reader, app.accounts.hierarchies, app.sharing.kinds.of(Library))
            return await reached_from_truth(facts, wanted)

        return {row.library_id: row for _, row in (await self.table.snapshot(collect)).libraries}

    async def wrong(self, users: Sequence[str], libraries: Sequence[str]) -> list[Pair]:
        """The pairs of these whose rows do not say what the truth says."""
        settling = self.app.sharing.rows.settling
        pairs = settling.pairs((user, library_resource(each)) for user in users for each in libraries)
        return await settling.differing(self.table, pairs, self.app.clock.now())

    async def row(self, user: str, library: str) -> AccessRow | None:
        """What is stored, tombstones included."""
        return await self.table.find(AccessRow.at(user_id=user, resource=library_resource(library)))

    async def users_with_rows(self, library: str, users: Iterable[str]) -> list[str]:
        """Who of these users has a row of the library that is no tombstone."""
        found = [(user, await self.row(user, library)) for user in users]
        return [user for user, row in found if row is not None and not row.is_tombstone]

    async def pending(self) -> list[Pending]:
        return list((await self.table.list(Pending.all(), limit=200)).items)

    async def notices(self) -> list[AccessNotice]:
        """What was announced since the last time this was asked, in order."""
        notices: list[AccessNotice] = []
        while True:
            batch = await changes(self._driver, self.told_until)
            self.told_until = batch.position
            rows = [change for change in batch.changes if change.kind == "ACCESS"]
            notices += [
                notice for each in rows if (notice := notice_of(self._decoded(each.old), self._decoded(each.new)))
            ]
            if not batch.changes:
                return notices

    def _decoded(self, item: Item | None) -> AccessRow | None:
        return None if item is None else decode(self._driver.codec, item, info_of(AccessRow))

    async def hear_from_now(self) -> None:
        """What was announced before is not asked for any more."""
        position: str | None = None
        while (batch := await changes(self._driver, position)).changes:
            position = batch.position
        self.told_until = batch.position

    async def finish(self) -> None:
        """Until nothing is pending."""
        for worker in self.workers:
            await worker.finish()
        await self.app.sharing.rows.worker.catch_up(self.table)


async def changes(driver: Driver, after: str | None) -> ChangeBatch:
    """The next changes, asked for until there is an answer."""
    while True:
        try:
            return await driver.changes(after, limit=500)
        except Unavailable:
            continue


async def row_world(
    driver: Driver,
    clock: ManualClock,
    folder: Path,
    tenant_id: str,
    policy: SharingPolicy = SharingPolicy.PRECEDENCE,
    *,
    threshold: int = 0,
) -> RowWorld:
    """A tenant without anything in it whose rows are complete."""
    config = Config(data=folder, rows_threshold=threshold, page_cache_bytes=0)
    return await row_world_of(await build(config, driver=driver, clock=clock), driver, clock, tenant_id, policy)


async def row_world_of(
    app: App, driver: Driver, clock: ManualClock, tenant_id: str, policy: SharingPolicy = SharingPolicy.PRECEDENCE
) -> RowWorld:
    """The same in this app. `driver` is of the same table; the workers are on it, and what is announced is heard by
    it."""
    world = await World(app, clock, tenant_id).create(policy)
    workers: list[RowWorker] = []
    for _ in range(2):
        paced = Paced(driver)
        workers.append(RowWorker(await build(app.config, driver=paced, clock=clock), paced, tenant_id))
    await app.sharing.jobs.run_for(tenant_id, "rows")
    position = (await changes(driver, None)).position
    return RowWorld(driver, app, world, workers, position)
