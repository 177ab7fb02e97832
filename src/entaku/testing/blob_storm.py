"""Bad weather for a blob store: it is away for a moment, before or after it has done what was asked. Seeded.

    blobs = BlobStorm(FolderBlobs(path), seed=7)

It is bounded as `Storm` is: no task sees one method fail more than `FAILURES_IN_A_ROW_MAX` times running.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from entaku.core.errors import Unavailable
from entaku.table.blobs.store import BlobInfo, BlobStore
from entaku.testing.weather import YIELDS_MAX, Dice, Failures

T = TypeVar("T")


class BlobStorm:
    """Implements `BlobStore` by another one."""

    def __init__(self, store: BlobStore, *, seed: int, percent: int = 20) -> None:
        """`percent`: how many calls of a hundred fail."""
        self._store, self._dice = store, Dice(seed)
        self._failures = Failures(self._dice, percent)

    async def put(self, key: str, content: bytes) -> None:
        await self._weather("put", lambda: self._store.put(key, content))

    async def get(self, key: str) -> bytes:
        return await self._weather("get", lambda: self._store.get(key))

    async def list(self, *, prefix: str, after: str | None, limit: int) -> list[BlobInfo]:
        return await self._weather("list", lambda: self._store.list(prefix=prefix, after=after, limit=limit))

    async def delete(self, key: str) -> None:
        await self._weather("delete", lambda: self._store.delete(key))

    async def close(self) -> None:
        await self._store.close()

    async def _weather(self, method: str, call: Callable[[], Awaitable[T]]) -> T:
        """The answer, or the error that is met with before the call or after it."""
        for _ in range(self._dice.roll(YIELDS_MAX + 1)):
            await asyncio.sleep(0)
        fails, is_done_before = self._failures.strike(method), self._dice.roll(2) == 0
        if fails and not is_done_before:
            raise Unavailable(f"the storm: {method} was lost")
        answer = await call()
        if fails:
            raise Unavailable(f"the storm: the answer of {method} was lost")
        return answer
