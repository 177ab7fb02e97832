"""Looks after tenants in the background of a serving process: rows, starts and ends, jobs that somebody left.

Lists are right without it, because they evaluate from the truth what is pending; it keeps them fast, and is what
announces. It works at once on what this process has written, for it hears of that, and on starts and ends that it knows
of when they come. And each minute one process of all goes through the tenants, for what others have left: the command
line, or a process that was killed.

At rest a tenant costs three small reads in each of these rounds, however many processes serve: 0.15 ms of a processor
on the embedded engine, one and a half read units on DynamoDB. A round is spread out to 200 tenants a second, so one
through 10,000 takes a minute, and two hundredths of that in work.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta

import msgspec

from entaku.core.errors import EntakuError
from entaku.main import App
from entaku.modules.sharing import PURGE_JOB

log = logging.getLogger(__name__)

ASKS_EVERY_S = 5.0
"""How often a process asks whether a round is to be made, and by it."""
TENANTS_AT_ONCE = 100
PAUSE_S = 0.5
"""After so many tenants of a round: requests go first, and a round is spread out."""
GATHERING_S = 0.05
"""How long it waits for more after it has heard of a change: many come together."""
HEARD_AT_ONCE_MAX = 4
FOUND_AT_ONCE_MAX = 2
"""Tenants that are worked on at once, because something was heard of them or a round has found something. So one with
much to do keeps nobody waiting."""
KNOWN_AHEAD = timedelta(minutes=2)
"""Starts and ends are remembered that come before the next round."""
RETRY_FIRST, RETRY_MAX = timedelta(seconds=5), timedelta(minutes=10)
DAILY_JOBS = ("expiry",)

Pause = Callable[[float], Awaitable[None]]
NEVER_S = 3600.0


class Task(msgspec.Struct, frozen=True):
    """Something to do in a tenant."""

    tenant_id: str
    is_whole: bool = False
    """Everything that there may be; otherwise what changes have left, and what is due."""


class Failure(msgspec.Struct, frozen=True):
    """That a tenant could not be looked after."""

    reason: str
    pause: timedelta
    until: datetime
    """It is left alone until then."""


class RowKeeper:
    """Looks after the tenants of one application. `keep` does it for ever."""

    def __init__(self, app: App, *, pause: Pause = asyncio.sleep) -> None:
        self._app, self._rows, self._upkeep, self._pause = app, app.sharing.rows, app.sharing.upkeep, pause
        self._heard = asyncio.Event()
        self._waiting: dict[Task, None] = {}
        """What is to be done, the first first."""
        self._busy: set[Task] = set()
        self._places = {False: asyncio.Semaphore(HEARD_AT_ONCE_MAX), True: asyncio.Semaphore(FOUND_AT_ONCE_MAX)}
        self._due: dict[str, datetime] = {}
        self._failures: dict[str, Failure] = {}

    async def keep(self) -> None:
        """Until it is cancelled. What is being done then is left as it is; another process goes on."""
        self._rows.listen(self.hear)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._work_for_ever(tasks))
            tasks.create_task(self._rounds_for_ever())

    def hear(self, tenant_id: str) -> None:
        """Something was written in the tenant that leaves work."""
        self._want(Task(tenant_id))

    async def work(self) -> None:
        """Does what is known so far, and what is due by now."""
        async with asyncio.TaskGroup() as tasks:
            self._begin_work(tasks)

    async def round(self) -> bool:
        """Goes through all tenants, if it is this process that does so now, and does what it finds; says whether."""
        is_made = await self._go_round()
        if is_made:
            await self.work()
        return is_made

    async def _go_round(self) -> bool:
        round_ = await self._upkeep.rounds.take()
        if round_ is None:
            return False
        try:
            while True:
                page = await self._app.accounts.tenants.list(
                    self._app.operator(), limit=TENANTS_AT_ONCE, after=round_.position or None
                )
                for tenant in page.items:
                    if tenant.state == "active":
                        await self._patiently(tenant.tenant_id, self._look_at)
                        await asyncio.sleep(0)  # Reads of the embedded engine wait for nothing; requests go first.
                if page.cursor is None:
                    break
                round_ = await self._upkeep.rounds.go_on(round_, page.cursor)
                await self._pause(PAUSE_S)
        except BaseException:
            with suppress(EntakuError):
                await self._upkeep.rounds.leave(round_)
            raise
        await self._upkeep.rounds.end(round_)
        return True

    async def _work_for_ever(self, tasks: asyncio.TaskGroup) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._seconds_to_next()):
                    await self._heard.wait()
                await self._pause(GATHERING_S)
            self._begin_work(tasks)

    async def _rounds_for_ever(self) -> None:
        while True:
            try:
                await self._go_round()
            except EntakuError as error:
                log.warning("tenants were not looked after: %s", error)
            except Exception:
                log.exception("the round through the tenants broke")
            await self._pause(ASKS_EVERY_S)

    def _begin_work(self, tasks: asyncio.TaskGroup) -> None:
        """Begins what is to be done, but for what is being done already: it is done once more afterwards."""
        self._heard.clear()
        now = self._app.clock.now()
        for tenant_id in [each for each, due_at in self._due.items() if due_at <= now]:
            del self._due[tenant_id]
            self._waiting[Task(tenant_id)] = None
        for task in [each for each in self._waiting if each not in self._busy]:
            del self._waiting[task]
            self._busy.add(task)
            tasks.create_task(self._work_on(task))

    async def _work_on(self, task: Task) -> None:
        try:
            async with self._places[task.is_whole]:
                await self._patiently(task.tenant_id, self._look_after if task.is_whole else self._settle)
        finally:
            self._busy.discard(task)
        if task in self._waiting:
            self._heard.set()

    def _want(self, task: Task) -> None:
        self._waiting[task] = None
        self._heard.set()

    async def _settle(self, tenant_id: str) -> None:
        await self._rows.sweep(tenant_id)
        await self._rows.catch_up(tenant_id)
        self._remember(tenant_id, await self._rows.due_at(tenant_id))

    async def _look_at(self, tenant_id: str) -> None:
        needs = await self._upkeep.needs(tenant_id)
        if needs.is_any:
            self._want(Task(tenant_id, is_whole=True))
        else:
            self._remember(tenant_id, needs.due_at)

    async def _look_after(self, tenant_id: str) -> None:
        """Everything there is to do."""
        needs, jobs = await self._upkeep.needs(tenant_id), self._app.sharing.jobs
        if needs.has_left_job:
            await jobs.go_on(tenant_id)
        if needs.is_unbuilt:
            await jobs.run_for(tenant_id, "rows")
        await self._settle(tenant_id)
        if needs.is_uncleared:
            for name in DAILY_JOBS:
                await jobs.run_for(tenant_id, name)
        if needs.is_unpurged:
            await jobs.run_for(tenant_id, PURGE_JOB)

    async def _patiently(self, tenant_id: str, look_after: Callable[[str], Awaitable[None]]) -> None:
        """One tenant that fails stops no other. It is told once, and left alone for longer each time."""
        failure, now = self._failures.get(tenant_id), self._app.clock.now()
        if failure is not None and now < failure.until:
            return
        try:
            await look_after(tenant_id)
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            if failure is None or failure.reason != reason:
                is_expected = isinstance(error, EntakuError) and error.code != "internal"
                log.warning(
                    "tenant %s is not looked after: %s", tenant_id, reason, exc_info=None if is_expected else error
                )
            pause = RETRY_FIRST if failure is None else min(2 * failure.pause, RETRY_MAX)
            self._failures[tenant_id] = Failure(reason, pause, now + pause)
            self._remember(tenant_id, now + pause)
            return
        # Who was only looked at has proved nothing.
        if look_after != self._look_at and self._failures.pop(tenant_id, None) is not None:
            log.warning("tenant %s is looked after again", tenant_id)

    def _remember(self, tenant_id: str, due_at: datetime | None) -> None:
        """When there is something to do, if that is soon; what is later, a round finds."""
        self._due.pop(tenant_id, None)
        if due_at is not None and due_at - self._app.clock.now() < KNOWN_AHEAD:
            self._due[tenant_id] = due_at
            self._heard.set()  # Whoever waits has to wait for less now.

    def _seconds_to_next(self) -> float:
        if self._waiting.keys() - self._busy:
            return 0.0
        now = self._app.clock.now()
        return min(((due_at - now).total_seconds() for due_at in self._due.values()), default=NEVER_S)
