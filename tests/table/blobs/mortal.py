"""A process that may be killed at any write: in front of an engine and a blob store, dice decide when.

What was done before stays done, and what would have come after never does.
"""

from __future__ import annotations

from collections.abc import Sequence

from entaku.table import BlobInfo, BlobStore
from entaku.table.driver import Action, Driver, Item
from entaku.testing import CountingDriver
from entaku.testing.weather import Dice


class Killed(BaseException):
    """Nothing of the process runs on, so nobody may catch it."""


class Mortality:
    """Decides whether a write is the last one of its process."""

    def __init__(self, dice: Dice, *, one_in: int = 4) -> None:
        self._dice, self._one_in = dice, one_in
        self.is_on = False

    def strike(self) -> None:
        if self.is_on and self._dice.roll(self._one_in) == 0:
            raise Killed


class MortalDriver(CountingDriver):
    """Implements `Driver` by another one."""

    def __init__(self, driver: Driver, mortality: Mortality) -> None:
        super().__init__(driver)
        self._mortality = mortality

    async def write(self, actions: Sequence[Action], *, tenant: str, now_ms: int) -> list[Item | None]:
        self._mortality.strike()
        stored = await super().write(actions, tenant=tenant, now_ms=now_ms)
        self._mortality.strike()
        return stored


class MortalBlobs:
    """Implements `BlobStore` by another one."""

    def __init__(self, store: BlobStore, mortality: Mortality) -> None:
        self._store, self._mortality = store, mortality

    async def put(self, key: str, content: bytes) -> None:
        self._mortality.strike()
        await self._store.put(key, content)
        self._mortality.strike()

    async def get(self, key: str) -> bytes:
        return await self._store.get(key)

    async def list(self, *, prefix: str, after: str | None, limit: int) -> list[BlobInfo]:
        return await self._store.list(prefix=prefix, after=after, limit=limit)

    async def delete(self, key: str) -> None:
        self._mortality.strike()
        await self._store.delete(key)
        self._mortality.strike()

    async def close(self) -> None:
        await self._store.close()
