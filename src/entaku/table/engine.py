"""The engine as the rest of the table uses it: a driver, the time and the chance, and patience with failing calls.

A driver retries nothing. Reading calls are repeated here while they are Unavailable; writing calls by `commit`, which
knows what to do when an answer was lost.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from typing import TypeVar

import msgspec

from entaku.core.clock import Clock, to_ms
from entaku.core.errors import Unavailable
from entaku.core.ids import Randomness
from entaku.core.limits import ATTEMPTS_MAX, BACKOFF_FIRST_S, BACKOFF_MAX_S, UNAVAILABLE_S_MAX
from entaku.table.blobs.store import BlobStore
from entaku.table.commits import Commits
from entaku.table.driver import Driver, Item, ItemKey, Range, Snapshot, Stretch
from entaku.table.turns import Turns
from entaku.table.versions import VersionSource

T = TypeVar("T")


async def sleep(seconds: float) -> None:
    """As asyncio's, which is imported only when somebody has to wait: declaring entities needs no event loop."""
    import asyncio

    await asyncio.sleep(seconds)


class Engine(msgspec.Struct, frozen=True):
    """What every reader and transaction needs and none owns."""

    driver: Driver
    clock: Clock
    randomness: Randomness
    versions: VersionSource
    turns: Turns
    blobs: BlobStore | None = None
    commits: Commits = msgspec.field(default_factory=Commits)
    sleep: Callable[[float], Awaitable[None]] = sleep

    def now_ms(self) -> int:
        return to_ms(self.clock.now())

    async def read(
        self, keys: Sequence[ItemKey], *, now_ms: int, consistent: bool = True, snapshot: bool = False
    ) -> list[Item | None]:
        """As the driver's, in up to `ATTEMPTS_MAX` attempts."""
        try:
            return await self.driver.read(keys, now_ms=now_ms, consistent=consistent, snapshot=snapshot)
        except Unavailable:
            return await self._again(
                lambda: self.driver.read(keys, now_ms=now_ms, consistent=consistent, snapshot=snapshot)
            )

    async def query(self, ranges: Sequence[Range], *, now_ms: int, consistent: bool = True) -> list[Stretch]:
        """As the driver's, in up to `ATTEMPTS_MAX` attempts."""
        try:
            return await self.driver.query(ranges, now_ms=now_ms, consistent=consistent)
        except Unavailable:
            return await self._again(lambda: self.driver.query(ranges, now_ms=now_ms, consistent=consistent))

    async def begin_snapshot(self) -> Snapshot:
        """As the driver's, in up to `ATTEMPTS_MAX` attempts."""
        try:
            return await self.driver.begin_snapshot()
        except Unavailable:
            return await self._again(self.driver.begin_snapshot)

    async def patiently(self, call: Callable[[], Awaitable[T]]) -> T:
        """The answer of a call that is safe to repeat, in up to `ATTEMPTS_MAX` attempts."""
        try:
            return await call()
        except Unavailable:
            return await self._again(call)

    async def pause(self, attempt: int) -> None:
        """Wait after the attempt of that number: doubling up to a bound, with jitter over the upper half."""
        whole = min(BACKOFF_MAX_S, BACKOFF_FIRST_S * 2 ** (attempt - 1))
        await self.sleep(whole * (0.5 + self.randomness(1)[0] / 512))

    async def _again(self, call: Callable[[], Awaitable[T]]) -> T:
        """Attempts two and later of a call; none when others have taken `UNAVAILABLE_S_MAX`."""
        give_up_at = monotonic() + UNAVAILABLE_S_MAX
        for attempt in range(1, ATTEMPTS_MAX - 1):
            await self.pause(attempt)
            try:
                return await call()
            except Unavailable:
                if monotonic() >= give_up_at:
                    raise
        await self.pause(ATTEMPTS_MAX - 1)
        return await call()
