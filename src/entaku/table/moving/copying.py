"""Copying a whole table into another one, of whichever engines, while the first goes on being used.

What belongs to tenants comes first, what the platform has of its own last: a tenant is found by its entry in the
registry, so that nobody meets one that is not whole. Then what was written meanwhile follows, until a look brings
nothing new, and both tables are walked and compared. A note in the target says what is being copied into it; after an
interruption the same copy is made again, which skips what is there already and removes what is not in the source.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from entaku.core.clock import Clock, to_ms
from entaku.core.errors import Conflict, Internal, Invalid
from entaku.core.limits import READ_KEYS_MAX
from entaku.table import engine
from entaku.table.blobs.store import BlobStore
from entaku.table.driver import Driver, Item, ItemKey
from entaku.table.model import Model
from entaku.table.moving.bulk import (
    ALWAYS_MS,
    LOAD_ITEMS_MAX,
    BulkDriver,
    LoadedItem,
    Sleep,
    bulk,
    patiently,
    tenant_of,
)
from entaku.table.moving.comparing import BucketSums, differing_buckets
from entaku.table.moving.following import Follower, Write, follower_of, pages, stored
from entaku.table.moving.marks import COPY, Marks, check_whole
from entaku.table.moving.neutral import Translator
from entaku.table.progress import Tell, tell_nobody

ROUNDS_MAX = 1_000
"""Looks at what was written meanwhile, before it is given up that they bring nothing."""

COMPARISONS_MAX = 3
"""How often both tables are walked where the source moves meanwhile, or something has to be copied again."""

FOLLOW_EVERY_S = 1.0


class CopyNote(msgspec.Struct, frozen=True):
    """What is being copied into a table."""

    source: str


class Copied(msgspec.Struct, frozen=True):
    """What a copy came to."""

    items: int
    """In the target at the end, of those that have not expired."""
    is_compared: bool
    """Whether both tables were found equal. They are not compared where others never stop writing to the source; then
    the copy is unfinished, and made again it is finished."""


def _say_nothing() -> None:
    """Nobody waits for it."""


class Until(Protocol):
    """When following ends; an `asyncio.Event` is one."""

    def is_set(self) -> bool: ...


async def copy_table(
    source: Driver,
    target: Driver,
    model: Model,
    *,
    source_name: str,
    clock: Clock,
    source_blobs: BlobStore | None = None,
    target_blobs: BlobStore | None = None,
    until: Until | None = None,
    caught_up: Callable[[], None] = _say_nothing,
    tell: Tell = tell_nobody,
    sleep: Sleep = engine.sleep,
) -> Copied:
    """Copies everything into an empty table, or goes on with a copy that was interrupted. With `until`, what is written
    meanwhile is followed until it is set; `caught_up` is called when that begins. Nobody else may write to the target.

    Raises Conflict where the target is not empty or the source is itself being made; Internal where the tables differ
    at the end although nobody writes.
    """
    copy = Copying(bulk(source), bulk(target), model, clock, source_blobs, target_blobs, tell, sleep)
    return await copy.run(source_name, until, caught_up)


class Copying:
    """One source, one target."""

    def __init__(
        self,
        source: BulkDriver,
        target: BulkDriver,
        model: Model,
        clock: Clock,
        source_blobs: BlobStore | None,
        target_blobs: BlobStore | None,
        tell: Tell,
        sleep: Sleep,
    ) -> None:
        self._source, self._target, self._clock = source, target, clock
        self._source_blobs, self._target_blobs = source_blobs, target_blobs
        self._tell, self._sleep = tell, sleep
        self._from = Translator(source.codec, model, source.engine)
        self._to = Translator(target.codec, model, target.engine)
        self._marks = Marks(target, sleep)
        self._held_back: dict[ItemKey, Item | None] | None = {}
        """The platform's own items, as long as nobody may see them."""
        self._is_resumed = False
        self._told = 0

    async def run(self, source_name: str, until: Until | None, caught_up: Callable[[], None]) -> Copied:
        await self._begin(source_name)
        follower = follower_of(self._source, self._sleep)
        await follower.walk(self._take)
        if self._is_resumed:
            await self._remove_what_is_gone()
        await self._catch_up(follower)
        await self._show()
        await self._catch_up(follower)
        if until is not None:
            caught_up()
        while until is not None and not until.is_set():
            await self._sleep(FOLLOW_EVERY_S)
            await self._catch_up(follower)
        copied = await self._compared(follower)
        if copied.is_compared:
            await self._marks.forget(COPY)
        return copied

    async def _begin(self, source_name: str) -> None:
        await check_whole(self._source, self._sleep)
        note = await self._marks.find(COPY, CopyNote)
        if note is not None and note.source != source_name:
            raise Conflict(
                f"the target has the unfinished copy of {note.source}; finish that one, or choose an empty target"
            )
        if note is None and await patiently(lambda: self._target.walk(0, 1, after=None, limit=1), self._sleep):
            raise Conflict("the target is not empty, and no copy into it is unfinished; choose an empty one")
        self._is_resumed = note is not None
        await self._marks.keep(COPY, CopyNote(source_name))

    async def _take(self, writes: Sequence[Write]) -> None:
        """Does in the target what was done in the source; holds back what is the platform's own."""
        mine = list(writes)
        if self._held_back is not None:
            self._held_back.update(write for write in writes if not tenant_of(write.key.pk))
            mine = [write for write in writes if tenant_of(write.key.pk)]
        items = [write.item for write in mine if write.item is not None]
        if self._is_resumed and self._held_back is not None:
            items = await self._lacking(items)
        await self._store(items)
        gone = [write.key for write in mine if write.item is None]
        if gone:
            await patiently(lambda: self._target.unload(gone), self._sleep)
        self._told += len(mine)
        if mine:
            self._tell("items", self._told, None)

    async def _store(self, items: Sequence[Item]) -> None:
        loaded: list[LoadedItem] = []
        for item in items:
            await self._copy_blobs(item)
            loaded.append(self._translated(item))
        if loaded:
            await patiently(lambda: self._target.load(loaded), self._sleep)

    def _translated(self, item: Item) -> LoadedItem:
        return self._to.from_neutral(self._from.to_neutral(item), engine=self._source.engine)

    def _digest_here(self, item: Item) -> int:
        """Of an item of the source, as it has to be in the target: upgraded, where it has to be."""
        is_current = self._from.reads_as_entity(item)
        return self._from.digest(item) if is_current else self._to.digest(self._translated(item).item)

    async def _copy_blobs(self, item: Item) -> None:
        """Those that the item refers to, before it does."""
        for key in self._from.blobs_of(item):
            if self._source_blobs is None or self._target_blobs is None:
                side = "target" if self._source_blobs else "source"
                raise Invalid(f"{item.kind} keeps values in a blob store, and the {side} has none; name one for it")
            await self._copy_blob(key, self._source_blobs, self._target_blobs)

    async def _copy_blob(self, key: str, source: BlobStore, target: BlobStore) -> None:
        content = await patiently(lambda: source.get(key), self._sleep)
        await patiently(lambda: target.put(key, content), self._sleep)

    async def _lacking(self, items: Sequence[Item]) -> list[Item]:
        """Those that the target does not have in this version."""
        lacking: list[Item] = []
        for start in range(0, len(items), READ_KEYS_MAX):
            part = items[start : start + READ_KEYS_MAX]
            there = await self._read(self._target, [ItemKey(item.pk, item.sk) for item in part])
            lacking += [item for item, other in zip(part, there, strict=True) if not _is_same(item, other)]
        return lacking

    async def _remove_what_is_gone(self) -> None:
        """What an interrupted copy has brought here, and the source does not have any more."""
        async for items in pages(self._target, self._sleep):
            for start in range(0, len(items), READ_KEYS_MAX):
                keys = [write.key for write in stored(items[start : start + READ_KEYS_MAX])]
                there = await self._read(self._source, keys)
                gone = [key for key, item in zip(keys, there, strict=True) if item is None]
                if gone:
                    await patiently(lambda these=gone: self._target.unload(these), self._sleep)

    async def _read(self, driver: BulkDriver, keys: Sequence[ItemKey]) -> list[Item | None]:
        return await patiently(lambda: driver.read(keys, now_ms=ALWAYS_MS), self._sleep) if keys else []

    async def _catch_up(self, follower: Follower) -> None:
        for _ in range(ROUNDS_MAX):
            if not await follower.catch_up(self._take):
                return

    async def _show(self) -> None:
        """From now on the tenants can be found."""
        held_back, self._held_back = list((self._held_back or {}).items()), None
        for start in range(0, len(held_back), LOAD_ITEMS_MAX):
            await self._take([Write(key, item) for key, item in held_back[start : start + LOAD_ITEMS_MAX]])

    async def _compared(self, follower: Follower) -> Copied:
        """Walks both tables and compares, bucket by bucket; what differs in a table that rests is copied again."""
        count = 0
        for attempt in range(1, COMPARISONS_MAX + 1):
            now_ms = to_ms(self._clock.now())
            ours = await self._sums(self._source, BucketSums(self._digest_here, now_ms))
            theirs = await self._sums(self._target, BucketSums(self._to.digest, now_ms))
            differing, count = differing_buckets(ours, theirs), theirs.count
            if not differing:
                return Copied(count, is_compared=True)
            if await follower.catch_up(self._take):
                await self._catch_up(follower)
            elif attempt < COMPARISONS_MAX:
                await self._copy_again(ours, differing)
            else:
                raise Internal(
                    f"the tables differ in {len(differing)} of {ours.size} parts although nobody writes to the source;"
                    " does somebody write to the target? copy again into an empty one"
                )
        return Copied(count, is_compared=False)

    async def _sums(self, driver: BulkDriver, sums: BucketSums) -> BucketSums:
        async for items in pages(driver, self._sleep):
            for write in stored(items):
                assert write.item is not None
                sums.add(write.item)
            self._tell("items compared", sums.count, None)
        return sums

    async def _copy_again(self, sums: BucketSums, differing: frozenset[int]) -> None:
        async for items in pages(self._source, self._sleep):
            await self._store(
                [
                    write.item
                    for write in stored(items)
                    if write.item is not None and sums.bucket_of(write.item) in differing
                ]
            )
        await self._remove_what_is_gone()


def _is_same(item: Item, other: Item | None) -> bool:
    return other is not None and (item.version, item.write_id, item.schema) == (
        other.version,
        other.write_id,
        other.schema,
    )
