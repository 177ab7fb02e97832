"""Processes that go on call by call, as the test lets them, and may be killed between any two: before a write, or when
it is done and nobody has been told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from entaku.table.driver import Action, ChangeBatch, Driver, Item, ItemKey, Range, Snapshot, Stretch


class Paced:
    """Implements `Driver` by another one; while something is going on, calls wait for their turn and after it."""

    def __init__(self, driver: Driver, *, has_snapshots: bool = True) -> None:
        """Without snapshots it is as a service that has none, whatever the other one can do."""
        self._driver = driver
        self.codec, self.snapshots = driver.codec, driver.snapshots and has_snapshots
        self._task: asyncio.Task[Any] | None = None
        self._turns_left = 0
        self._standing = asyncio.Event()
        self._go_on = asyncio.Event()

    @property
    def is_busy(self) -> bool:
        return self._task is not None

    def begin(self, work: Callable[[], Awaitable[Any]]) -> None:
        """Sets to work; nothing is done before `go`."""
        assert self._task is None
        self._turns_left = 0
        self._task = asyncio.ensure_future(work())

    async def go(self, turns: int | None) -> None:
        """So many turns, or all that are left: two for each call."""
        assert self._task is not None
        self._turns_left = 1 << 30 if turns is None else turns
        self._standing.clear()
        self._go_on.set()
        standing = asyncio.ensure_future(self._standing.wait())
        await asyncio.wait([self._task, standing], return_when=asyncio.FIRST_COMPLETED)
        standing.cancel()
        if self._task.done():
            task, self._task = self._task, None
            task.result()

    async def kill(self) -> None:
        """Nothing more of it is done."""
        assert self._task is not None
        task, self._task = self._task, None
        task.cancel()
        await asyncio.wait([task])

    async def _turn(self) -> None:
        if asyncio.current_task() is not self._task:
            return
        while self._turns_left == 0:
            self._go_on.clear()
            self._standing.set()
            try:
                await self._go_on.wait()
            except asyncio.CancelledError:
                self._task = None  # What it tidies up on its way out waits for nobody.
                raise
        self._turns_left -= 1

    async def read(
        self, keys: Sequence[ItemKey], *, now_ms: int, consistent: bool = True, snapshot: bool = False
    ) -> list[Item | None]:
        await self._turn()
        items = await self._driver.read(keys, now_ms=now_ms, consistent=consistent, snapshot=snapshot)
        await self._turn()
        return items

    async def write(self, actions: Sequence[Action], *, tenant: str, now_ms: int) -> list[Item | None]:
        await self._turn()
        stored = await self._driver.write(actions, tenant=tenant, now_ms=now_ms)
        await self._turn()
        return stored

    async def query(self, ranges: Sequence[Range], *, now_ms: int, consistent: bool = True) -> list[Stretch]:
        await self._turn()
        found = await self._driver.query(ranges, now_ms=now_ms, consistent=consistent)
        await self._turn()
        return found

    async def begin_snapshot(self) -> Snapshot:
        return await self._driver.begin_snapshot()

    async def changes(self, after: str | None, *, limit: int) -> ChangeBatch:
        return await self._driver.changes(after, limit=limit)

    async def remove_expired(self, *, now_ms: int, limit: int) -> int:
        return await self._driver.remove_expired(now_ms=now_ms, limit=limit)

    async def walk(self, segment: int, segments: int, *, after: ItemKey | None, limit: int) -> list[Item]:
        return await self._driver.walk(segment, segments, after=after, limit=limit)

    async def create_table(self, indexes: int) -> None:
        await self._driver.create_table(indexes)

    async def close(self) -> None:
        await self._driver.close()
