"""Counting what is asked of an engine, so that a test can say exactly how many calls an operation costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from entaku.table.driver import Action, ChangeBatch, Driver, Item, ItemKey, Range, Snapshot, Stretch


class CountingDriver:
    """Implements `Driver` by another one, and counts the calls by method.

    Reads and queries of a snapshot count as `read` and `query` too.
    """

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self.codec = driver.codec
        self.snapshots = driver.snapshots
        self.calls: Counter[str] = Counter()
        """Method name to number of calls since the last `start`; what was never called is not in it."""
        self.keys_read = 0
        """How many keys all the reads together asked for."""
        self.actions_written = 0

    def start(self) -> None:
        """Count from zero again."""
        self.calls.clear()
        self.keys_read = self.actions_written = 0

    async def read(
        self, keys: Sequence[ItemKey], *, now_ms: int, consistent: bool = True, snapshot: bool = False
    ) -> list[Item | None]:
        self.calls["read"] += 1
        self.keys_read += len(keys)
        return await self._driver.read(keys, now_ms=now_ms, consistent=consistent, snapshot=snapshot)

    async def write(self, actions: Sequence[Action], *, tenant: str, now_ms: int) -> list[Item | None]:
        self.calls["write"] += 1
        self.actions_written += len(actions)
        return await self._driver.write(actions, tenant=tenant, now_ms=now_ms)

    async def query(self, ranges: Sequence[Range], *, now_ms: int, consistent: bool = True) -> list[Stretch]:
        self.calls["query"] += 1
        return await self._driver.query(ranges, now_ms=now_ms, consistent=consistent)

    async def begin_snapshot(self) -> Snapshot:
        self.calls["begin_snapshot"] += 1
        return CountingSnapshot(await self._driver.begin_snapshot(), self)

    async def changes(self, after: str | None, *, limit: int) -> ChangeBatch:
        self.calls["changes"] += 1
        return await self._driver.changes(after, limit=limit)

    async def remove_expired(self, *, now_ms: int, limit: int) -> int:
        self.calls["remove_expired"] += 1
        return await self._driver.remove_expired(now_ms=now_ms, limit=limit)

    async def walk(self, segment: int, segments: int, *, after: ItemKey | None, limit: int) -> list[Item]:
        self.calls["walk"] += 1
        return await self._driver.walk(segment, segments, after=after, limit=limit)

    async def create_table(self, indexes: int) -> None:
        self.calls["create_table"] += 1
        await self._driver.create_table(indexes)

    async def close(self) -> None:
        self.calls["close"] += 1
        await self._driver.close()


class CountingSnapshot:
    """Implements `Snapshot`; counts for the driver it came from."""

    def __init__(self, snapshot: Snapshot, driver: CountingDriver) -> None:
        self._snapshot, self._counting = snapshot, driver

    async def read(self, keys: Sequence[ItemKey], *, now_ms: int) -> list[Item | None]:
        self._counting.calls["read"] += 1
        self._counting.keys_read += len(keys)
        return await self._snapshot.read(keys, now_ms=now_ms)

    async def query(self, ranges: Sequence[Range], *, now_ms: int) -> list[Stretch]:
        self._counting.calls["query"] += 1
        return await self._snapshot.query(ranges, now_ms=now_ms)

    async def close(self) -> None:
        await self._snapshot.close()
