"""Every item of a table, and then what has been written since: what backups are made of, and copies.

Two ways, by what the engine can do. With a log of every write, the walk begins after the log's position was noted, and
what the walk has seen too early or too late is told again from the log. Without one, the table is walked again, and
what differs from the walk before is told; from a frozen state where the engine has them.

When a round has told nothing, then what was told altogether is the state of one instant: that at which the round began.
A version never comes back, so that an item which is the same in two readings has been so in between. Of frozen states,
each round is one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import NamedTuple, Protocol, cast

from entaku.core.errors import Conflict
from entaku.table.driver import Item, ItemKey
from entaku.table.moving.bulk import LOAD_ITEMS_MAX, BulkDriver, FrozenTable, Sleep, patiently

SEGMENTS = 4
"""Of a table with a log, walked at the same time."""

SETTLE_S = 2.0
"""A log may show a write a moment after it was answered; so long it is waited for before it is believed to be empty."""

ROUND_BATCHES_MAX = 2_000
"""A round over the log ends after so many, also where others write faster than it reads."""

MARK_PREFIX = "!"
"""Partition keys of what maintenance notes in a table: no template can render such a one."""


class Write(NamedTuple):
    """What became of one item: stored so, or gone."""

    key: ItemKey
    item: Item | None


Sink = Callable[[Sequence[Write]], Awaitable[None]]
"""Told up to `LOAD_ITEMS_MAX` writes, each key once. Calls may overlap during a walk, never during a round."""


class Follower(Protocol):
    """Tells a sink everything: `walk` once, then `catch_up` as often as one likes."""

    async def walk(self, sink: Sink) -> None:
        """Every item there is."""
        ...

    async def catch_up(self, sink: Sink) -> int:
        """One round: what was written since, and how many writes it were. Raises Conflict when that cannot be told."""
        ...


def follower_of(driver: BulkDriver, sleep: Sleep) -> Follower:
    """The way that suits the engine."""
    return LogFollower(driver, sleep) if driver.follows_writes else WalkFollower(driver, sleep)


class LogFollower:
    """By the log of every write."""

    def __init__(self, driver: BulkDriver, sleep: Sleep) -> None:
        self._driver, self._sleep = driver, sleep
        self._position: str | None = None

    async def walk(self, sink: Sink) -> None:
        self._position = (await patiently(lambda: self._driver.writes(None, limit=1), self._sleep)).position
        try:
            async with asyncio.TaskGroup() as group:
                for segment in range(SEGMENTS):
                    group.create_task(self._walk_segment(segment, sink))
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None

    async def catch_up(self, sink: Sink) -> int:
        count, is_settled = 0, False
        for _ in range(ROUND_BATCHES_MAX):
            batch = await self._batch()
            if batch:
                await sink(batch)
                count += len(batch)
            elif count or is_settled:
                break
            else:
                await self._sleep(SETTLE_S)
                is_settled = True
        return count

    async def _batch(self) -> list[Write]:
        """The next writes of the log, the last of each item."""
        latest: dict[ItemKey, Item | None] = {}
        while True:
            try:
                read = await patiently(lambda: self._driver.writes(self._position, limit=LOAD_ITEMS_MAX), self._sleep)
            except Conflict as error:
                raise Conflict(
                    "the log of writes does not reach back to the beginning any more, because it took too long; begin"
                    " anew at a quieter time, or use the backups of the engine's own service"
                ) from error
            self._position = read.position
            latest.update((change.key, change.new) for change in read.changes if not is_mark(change.key))
            if latest or not read.changes:
                return [Write(key, item) for key, item in latest.items()]

    async def _walk_segment(self, segment: int, sink: Sink) -> None:
        async with aclosing(pages(self._driver, self._sleep, segment=segment, segments=SEGMENTS)) as walk:
            async for items in walk:
                await sink(stored(items))


class WalkFollower:
    """By walking again. Remembers a number for every item: about 0.3 KB each, while it lasts."""

    def __init__(self, driver: BulkDriver, sleep: Sleep) -> None:
        self._driver, self._sleep = driver, sleep
        self._seen: dict[ItemKey, int] = {}
        self._generation: int | None = None

    async def walk(self, sink: Sink) -> None:
        await self.catch_up(sink)

    async def catch_up(self, sink: Sink) -> int:
        generation = self._generation_now()
        if generation is not None and generation == self._generation:
            return 0
        count = 0
        before, self._seen = self._seen, {}
        async with aclosing(state_pages(self._driver, self._sleep)) as walk:
            async for items in walk:
                moved = [write for write in stored(items) if self._is_moved(write, before)]
                if moved:
                    await sink(moved)
                    count += len(moved)
        gone = [Write(key, None) for key in before]
        for start in range(0, len(gone), LOAD_ITEMS_MAX):
            await sink(gone[start : start + LOAD_ITEMS_MAX])
        self._generation = generation
        return count + len(gone)

    def _is_moved(self, write: Write, before: dict[ItemKey, int]) -> bool:
        item = write.item
        assert item is not None
        now = hash((item.version, item.write_id, item.schema, item.index_keys))
        self._seen[write.key] = now
        return before.pop(write.key, None) != now

    def _generation_now(self) -> int | None:
        """What moves with every commit, where the engine has such a thing."""
        generation = getattr(self._driver, "generation", None)
        return None if generation is None else generation()


def is_mark(key: ItemKey) -> bool:
    """Whether it is a note of maintenance, and no item of the table's users."""
    return key.pk.startswith(MARK_PREFIX)


def pages(driver: BulkDriver, sleep: Sleep, *, segment: int = 0, segments: int = 1) -> AsyncGenerator[list[Item]]:
    """Everything of a segment, notes of maintenance included, up to `LOAD_ITEMS_MAX` at once."""
    return _paged(
        lambda after: patiently(lambda: driver.walk(segment, segments, after=after, limit=LOAD_ITEMS_MAX), sleep)
    )


async def state_pages(driver: BulkDriver, sleep: Sleep) -> AsyncGenerator[list[Item]]:
    """Everything there is, as `pages`; as it was at one instant where the engine has frozen states."""
    if not driver.snapshots:
        async with aclosing(pages(driver, sleep)) as walk:
            async for items in walk:
                yield items
        return
    frozen = cast("FrozenTable", await patiently(driver.begin_snapshot, sleep))
    try:
        async with aclosing(_paged(lambda after: frozen.walk(after=after, limit=LOAD_ITEMS_MAX))) as walk:
            async for items in walk:
                yield items
    finally:
        await frozen.close()


async def _paged(walk: Callable[[ItemKey | None], Awaitable[list[Item]]]) -> AsyncGenerator[list[Item]]:
    """Page after page of a walk that goes on after a key, up to and with the first that is not full."""
    after: ItemKey | None = None
    while True:
        items = await walk(after)
        yield items
        if len(items) < LOAD_ITEMS_MAX:
            return
        after = _key(items[-1])


def stored(items: Sequence[Item]) -> list[Write]:
    """The items as writes, without notes of maintenance."""
    return [Write(key, item) for item in items if not is_mark(key := _key(item))]


def _key(item: Item) -> ItemKey:
    return ItemKey(item.pk, item.sk)
