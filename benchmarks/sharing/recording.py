"""A driver by another one that remembers what is written, so that it can be written once more without all the rest."""

from __future__ import annotations

from collections.abc import Sequence

from entaku.table.driver import Action, ChangeBatch, Driver, Item, ItemKey, Put, Range, Snapshot, Stretch


class Recording:
    """Implements `Driver`."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self.codec, self.snapshots = driver.codec, driver.snapshots
        self._written: list[Sequence[Action]] | None = None

    def start(self) -> None:
        self._written = []

    def stop(self, kind: str) -> list[list[Put]]:
        """The items of a kind that were put since, each list what one transaction put of them."""
        written, self._written = self._written or [], None
        puts = ([each for each in actions if isinstance(each, Put) and each.item.kind == kind] for actions in written)
        return [each for each in puts if each]

    async def write(self, actions: Sequence[Action], *, tenant: str, now_ms: int) -> list[Item | None]:
        if self._written is not None:
            self._written.append(actions)
        return await self._driver.write(actions, tenant=tenant, now_ms=now_ms)

    async def read(
        self, keys: Sequence[ItemKey], *, now_ms: int, consistent: bool = True, snapshot: bool = False
    ) -> list[Item | None]:
        return await self._driver.read(keys, now_ms=now_ms, consistent=consistent, snapshot=snapshot)

    async def query(self, ranges: Sequence[Range], *, now_ms: int, consistent: bool = True) -> list[Stretch]:
        return await self._driver.query(ranges, now_ms=now_ms, consistent=consistent)

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
