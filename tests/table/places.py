"""Several tables of one engine, and drivers to which something happens while whole tables are moved."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, cast

from entaku.core.clock import Clock
from entaku.core.errors import Conflict, EntakuError
from entaku.table import Model, Table
from entaku.table.driver import Action, ChangeBatch, Driver, Item, ItemKey
from entaku.table.moving.bulk import LoadedItem, bulk
from entaku.table.moving.marks import MARK_KIND
from entaku.testing import Storm
from tests.engines import ENGINES, SECRET, yield_once

Happens = Callable[[], Awaitable[None]]


class Places:
    """Opens tables, and closes them all."""

    def __init__(self, engine: str, folder: Path, model: Model, clock: Clock, *, is_storm: bool) -> None:
        self.engine, self._folder, self.model, self.clock, self._is_storm = engine, folder, model, clock, is_storm
        self._opened: list[Driver] = []

    async def empty(self, engine: str | None = None) -> Driver:
        """A table of its own, in the weather of the test."""
        folder = self._folder / f"place{len(self._opened)}"
        folder.mkdir()
        driver = await ENGINES[engine or self.engine](folder, self.clock)
        self._opened.append(driver)
        await driver.create_table(self.model.index_count)
        return Storm(driver, seed=len(self._opened)) if self._is_storm else driver

    def table(self, driver: Driver) -> Table:
        return Table(driver, self.model, secret=SECRET, clock=self.clock, sleep=yield_once)

    async def close(self) -> None:
        for driver in self._opened:
            await driver.close()


async def walked(driver: Driver) -> list[Item]:
    """Every item, by key."""
    return sorted(await driver.walk(0, 1, after=None, limit=100_000), key=lambda item: (item.pk, item.sk))


class Stopped(EntakuError):
    """The process is gone."""


def stopping(driver: Driver, *, at_load: int) -> Driver:
    """A driver that stops in the middle of one of its loads."""
    return cast("Driver", _Stopping(driver, at_load))


def stopping_at_unload(driver: Driver) -> Driver:
    """A driver that stops when it is to remove something, before it does."""
    return cast("Driver", _StoppingAtUnload(driver))


def trimmed(driver: Driver) -> Driver:
    """A driver whose log of writes reaches back to nothing."""
    return cast("Driver", _Trimmed(driver))


def stopping_at_write(driver: Driver, *, number: int) -> Driver:
    """A driver that stops when one of its writes has been done."""
    return cast("Driver", _StoppingAtWrite(driver, number))


def busy(driver: Driver, happens: Happens) -> Driver:
    """A driver where something happens before and after each page of a walk, and when a snapshot has begun."""
    return cast("Driver", _Busy(driver, happens))


def losing(driver: Driver, *, loads: int) -> Driver:
    """A driver that says it has done so many loads which it has not."""
    return cast("Driver", _Losing(driver, loads))


class _Wrapped:
    """A driver that is another one but for what a subclass says."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def __getattr__(self, name: str) -> Any:
        return getattr(self._driver, name)


class _Stopping(_Wrapped):
    def __init__(self, driver: Driver, at_load: int) -> None:
        super().__init__(driver)
        self._left = at_load

    async def load(self, items: Sequence[LoadedItem]) -> None:
        self._left -= 1
        await bulk(self._driver).load(items if self._left > 0 else items[: len(items) // 2])
        if self._left <= 0:
            raise Stopped


class _StoppingAtUnload(_Wrapped):
    async def unload(self, keys: Sequence[ItemKey]) -> None:
        raise Stopped


class _Trimmed(_Wrapped):
    async def writes(self, after: str | None, *, limit: int) -> ChangeBatch:
        if after is not None:
            raise Conflict("that position is not in the log any more")
        return await bulk(self._driver).writes(after, limit=limit)


class _StoppingAtWrite(_Wrapped):
    def __init__(self, driver: Driver, number: int) -> None:
        super().__init__(driver)
        self._left = number

    async def write(self, actions: Sequence[Action], *, tenant: str, now_ms: int) -> list[Item | None]:
        written = await self._driver.write(actions, tenant=tenant, now_ms=now_ms)
        self._left -= 1
        if self._left <= 0:
            raise Stopped
        return written


class _Busy(_Wrapped):
    def __init__(self, driver: Driver, happens: Happens) -> None:
        super().__init__(driver)
        self._happens = happens

    async def walk(self, segment: int, segments: int, *, after: ItemKey | None, limit: int) -> list[Item]:
        await self._happens()
        items = await self._driver.walk(segment, segments, after=after, limit=limit)
        await self._happens()
        return items

    async def begin_snapshot(self) -> Any:
        snapshot = await self._driver.begin_snapshot()
        await self._happens()
        return snapshot


class _Losing(_Wrapped):
    def __init__(self, driver: Driver, loads: int) -> None:
        super().__init__(driver)
        self._left = loads

    async def load(self, items: Sequence[LoadedItem]) -> None:
        if self._left and items[0].item.kind != MARK_KIND:
            self._left -= 1
        else:
            await bulk(self._driver).load(items)
