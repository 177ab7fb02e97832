"""Bad weather: what engines in the cloud do and an embedded one never does, seeded, over any driver.

    driver = Storm(await open_sqlite(path), seed=7)

A storm yields between and inside calls, lets indexes lag, tears batch reads that asked for no snapshot, refuses calls
for a moment, and loses answers after the write has happened. It has no snapshots. It is bounded: no task sees one
method fail more than `FAILURES_IN_A_ROW_MAX` times running, unless a test asked for it by `next_writes`.

A request that is lost before it arrives, and a refusal that is lost on its way back, come only to who asks: after them
a stale write can end with an unknown outcome in place of a Conflict, and a test would have to allow for both.
"""

from __future__ import annotations

import asyncio
import enum
from collections import deque
from collections.abc import Sequence
from weakref import WeakKeyDictionary

from entaku.core.errors import Internal, Unavailable
from entaku.table.driver import (
    Action,
    ChangeBatch,
    Check,
    Driver,
    Item,
    ItemKey,
    Range,
    Refused,
    Snapshot,
    Stretch,
)
from entaku.table.moving.bulk import LoadedItem, bulk
from entaku.testing.index_lag import IndexLag

FAILURES_IN_A_ROW_MAX = 3
YIELDS_MAX = 3


class Mishap(enum.StrEnum):
    """What can happen to a call."""

    THROTTLED = "throttled"
    """The engine has too much to do. Nothing was done, and that is known."""
    COLLIDED = "collided"
    """Another transaction touches the same items. Nothing was done, and that is known."""
    REQUEST_LOST = "request lost"
    """Nothing was done, but the caller cannot know."""
    ANSWER_LOST = "answer lost"
    """It was done, or refused, but the caller cannot know."""


class Storm:
    """Implements `Driver` by another one, and `BulkDriver` by one that does."""

    snapshots = False

    def __init__(
        self,
        driver: Driver,
        *,
        seed: int,
        percent: int = 20,
        short_stretches: bool = False,
        loses_requests: bool = False,
    ) -> None:
        """`percent`: how many calls of a hundred meet with a mishap; 0 for none but those that a test asks for.

        `short_stretches`: queries may also answer less than they could, as they do where items are large.
        `loses_requests`: writes may also be lost on their way there, and refusals on their way back.
        """
        self._driver, self._dice = driver, Dice(seed)
        self._failures = Failures(self._dice, percent)
        self._short_stretches, self._loses_requests = short_stretches, loses_requests
        self.codec = driver.codec
        self.engine: str = getattr(driver, "engine", "")
        self.follows_writes: bool = getattr(driver, "follows_writes", False)
        self._lag = IndexLag()
        self._asked_for: deque[Mishap | None] = deque()

    def next_writes(self, *mishaps: Mishap | None) -> None:
        """What is to happen to the next calls of `write`, in order; None for nothing."""
        self._asked_for.extend(mishaps)

    def settle(self) -> None:
        """Let the indexes catch up with everything that was written."""
        self._lag.settle()

    async def read(
        self, keys: Sequence[ItemKey], *, now_ms: int, consistent: bool = True, snapshot: bool = False
    ) -> list[Item | None]:
        await self._weather("read")
        if snapshot or len(keys) < 2:
            items = await self._driver.read(keys, now_ms=now_ms, consistent=consistent, snapshot=snapshot)
        else:
            cut = 1 + self._dice.roll(len(keys) - 1)
            items = await self._driver.read(keys[:cut], now_ms=now_ms, consistent=consistent)
            await self._yield()
            items += await self._driver.read(keys[cut:], now_ms=now_ms, consistent=consistent)
        await self._yield()
        return items

    async def write(self, actions: Sequence[Action], *, tenant: str, now_ms: int) -> list[Item | None]:
        await self._yield()
        mishap, loses_refusals = self._mishap_of_write()
        if mishap not in (None, Mishap.ANSWER_LOST):
            raise _error(mishap)
        before = await self._driver.read([action.key for action in actions], now_ms=now_ms)
        try:
            stored = await self._driver.write(actions, tenant=tenant, now_ms=now_ms)
        except Refused:
            if mishap is not None and loses_refusals:
                raise _error(mishap) from None
            raise
        checks = [isinstance(action, Check) for action in actions]
        written = [a for a, is_check in zip(actions, checks, strict=True) if not is_check]
        self._lag.note(
            written,
            [item for item, is_check in zip(before, checks, strict=True) if not is_check],
            [item for item, is_check in zip(stored, checks, strict=True) if not is_check],
        )
        await self._yield()
        if mishap is not None:
            raise _error(mishap)
        return stored

    async def query(self, ranges: Sequence[Range], *, now_ms: int, consistent: bool = True) -> list[Stretch]:
        await self._weather("query")
        found: list[Stretch] = []
        for part in ranges:
            (stretch,) = await self._driver.query([part], now_ms=now_ms, consistent=consistent)
            if part.index and self._lag.depth:
                stretch = self._lag.take_back(stretch, part, self._dice.roll(self._lag.depth + 1), now_ms)
            if self._short_stretches and len(stretch.items) > 1 and self._dice.roll(3) == 0:
                cut = 1 + self._dice.roll(len(stretch.items) - 1)
                stretch = Stretch(stretch.items[:cut], stretch.positions[:cut], True)
            found.append(stretch)
            await self._yield()
        return found

    async def begin_snapshot(self) -> Snapshot:
        raise Internal("a storm has no snapshots; read twice")

    async def changes(self, after: str | None, *, limit: int) -> ChangeBatch:
        await self._weather("changes")
        return await self._driver.changes(after, limit=1 + self._dice.roll(limit))

    async def remove_expired(self, *, now_ms: int, limit: int) -> int:
        await self._yield()
        return await self._driver.remove_expired(now_ms=now_ms, limit=limit)

    async def walk(self, segment: int, segments: int, *, after: ItemKey | None, limit: int) -> list[Item]:
        await self._yield()
        return await self._driver.walk(segment, segments, after=after, limit=limit)

    async def load(self, items: Sequence[LoadedItem]) -> None:
        await self._weather("load")
        await bulk(self._driver).load(items)

    async def unload(self, keys: Sequence[ItemKey]) -> None:
        await self._weather("unload")
        await bulk(self._driver).unload(keys)

    async def writes(self, after: str | None, *, limit: int) -> ChangeBatch:
        await self._weather("writes")
        return await bulk(self._driver).writes(after, limit=1 + self._dice.roll(limit))

    async def create_table(self, indexes: int) -> None:
        await self._driver.create_table(indexes)

    async def close(self) -> None:
        await self._driver.close()

    async def _weather(self, method: str) -> None:
        """Raises what a reading call meets with."""
        await self._yield()
        if self._failures.strike(method):
            raise _error(Mishap.THROTTLED)

    def _mishap_of_write(self) -> tuple[Mishap | None, bool]:
        """What happens to this call, and whether it does also if the call is refused."""
        if self._asked_for:
            return self._asked_for.popleft(), True
        if not self._failures.strike("write"):
            return None, False
        possible = [each for each in Mishap if self._loses_requests or each is not Mishap.REQUEST_LOST]
        return possible[self._dice.roll(len(possible))], self._loses_requests

    async def _yield(self) -> None:
        for _ in range(self._dice.roll(YIELDS_MAX + 1)):
            await asyncio.sleep(0)


def _error(mishap: Mishap) -> Unavailable:
    lost = mishap in (Mishap.REQUEST_LOST, Mishap.ANSWER_LOST)
    return Unavailable(f"the storm: {mishap}", outcome_unknown=lost)


class Dice:
    """Numbers that only look like chance: the same seed gives the same ones (the generator of Knuth's MMIX)."""

    def __init__(self, seed: int) -> None:
        self._state = seed

    def roll(self, sides: int) -> int:
        """A number from 0 to below `sides`."""
        self._state = (self._state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self._state >> 33) % sides


class Failures:
    """Which calls fail: so many of a hundred, but of one method at most `FAILURES_IN_A_ROW_MAX` running in one task."""

    def __init__(self, dice: Dice, percent: int) -> None:
        self._dice, self._percent = dice, percent
        self._counts: WeakKeyDictionary[asyncio.Task[object], dict[str, int]] = WeakKeyDictionary()

    def strike(self, method: str) -> bool:
        """Whether this call fails, given how often the method has just failed for this task."""
        task = asyncio.current_task()
        assert task is not None, "drivers and stores are used inside tasks"
        counts = self._counts.setdefault(task, {})
        failed = counts.get(method, 0)
        fails = failed < FAILURES_IN_A_ROW_MAX and self._dice.roll(100) < self._percent
        counts[method] = failed + 1 if fails else 0
        return fails
