"""The sweep: removes values that no item refers to any more, or never came to refer to.

The items are walked, and what they refer to is compared with what is in the blob store. A blob without an item is first
marked; a later sweep that finds it still without one removes it when the mark is old enough. So a value is kept for the
whole retention after its item let it go, and nobody has to note when that was: not the write that replaces it, which
may be killed at any moment, and not the table.

What is written while a sweep runs is left alone: a blob younger than the walk, and than `SETTLED_S` before it, may have
an item that the walk has passed already. A sweep that is killed is finished by the next one, and two may run at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import timedelta
from typing import cast

import msgspec

from entaku.core.errors import Invalid
from entaku.core.limits import BLOBS_KEPT_S
from entaku.table.blobs.apart import blobs_of
from entaku.table.blobs.fetching import together
from entaku.table.blobs.keys import UNREFERENCED, is_of_items
from entaku.table.blobs.sorted_keys import SortedKeys
from entaku.table.blobs.store import BlobInfo, BlobStore
from entaku.table.driver import ItemKey
from entaku.table.maintenance import WALKED_AT_ONCE_MAX
from entaku.table.moving.marks import check_whole
from entaku.table.table import Table

SETTLED_S = 3600
"""More than any write takes from its blob to its item, and than clocks are apart."""
LISTED_AT_ONCE_MAX = 1_000

Progress = Callable[[str, int], None]
"""Told what is looked at, `items` or `blobs`, and how many there were so far."""


class Sweep(msgspec.Struct, frozen=True):
    """What a sweep came to."""

    items: int = 0
    """Looked at."""
    blobs: int = 0
    """Values in the store when the sweep began."""
    marked: int = 0
    """Found without an item for the first time."""
    waiting: int = 0
    """Without an item, but too young, or marked too short a while ago."""
    removed: int = 0
    removed_bytes: int = 0


def _silent(what: str, count: int) -> None:
    """Nobody watches."""


async def sweep_blobs(
    table: Table, *, kept_s: int = BLOBS_KEPT_S, is_dry: bool = False, progress: Progress = _silent
) -> Sweep:
    """Remove the values that no item of the table has referred to for `kept_s`, and say what was found.

    Reads every item of the table and lists the whole store. A dry one only counts. Safe to interrupt, to repeat, and
    beside everything else. Raises Conflict while a backup is restored into the table, or another table copied: blobs
    come back before the items that refer to them. Raises Invalid for less than `BLOBS_KEPT_S`, and for a table without
    a store; Unavailable.
    """
    if kept_s < BLOBS_KEPT_S:
        raise Invalid(f"values are kept for at least {BLOBS_KEPT_S} s, not {kept_s}: answers and changes refer to them")
    if table.blobs is None:
        raise Invalid("there is no blob store to sweep; name it in ENTAKU_BLOBS")
    sweeping = _Sweeping(table, table.blobs, timedelta(seconds=kept_s), is_dry, progress)
    with SortedKeys() as referenced:
        await sweeping.walk(referenced)
        await sweeping.compare(iter(referenced))
    return Sweep(**sweeping.counts)


class _Sweeping:
    """One sweep."""

    def __init__(self, table: Table, store: BlobStore, kept: timedelta, is_dry: bool, progress: Progress) -> None:
        self._driver, self._store, self._patiently = table.driver, store, table.engine.patiently
        self._sleep = table.engine.sleep
        self._is_dry, self._progress = is_dry, progress
        began = table.clock.now()
        self._settled_before, self._marked_until = began - timedelta(seconds=SETTLED_S), began - kept
        self._to_mark: list[str] = []
        self._to_remove: list[str] = []
        self._to_unmark: list[str] = []
        self.counts: Counter[str] = Counter()
        """By the fields of `Sweep`."""

    async def walk(self, referenced: SortedKeys) -> None:
        """Gathers what items refer to, whatever they are: also those of programs that are older, newer or others."""
        await self._check_whole()
        codec, after = self._driver.codec, cast("ItemKey | None", None)
        while True:
            items = await self._patiently(lambda at=after: self._driver.walk(0, 1, after=at, limit=WALKED_AT_ONCE_MAX))
            for item in items:
                for key in blobs_of(codec.fields(item.data)):
                    referenced.add(key)
            self.counts["items"] += len(items)
            self._progress("items", self.counts["items"])
            if len(items) < WALKED_AT_ONCE_MAX:
                return
            after = ItemKey(items[-1].pk, items[-1].sk)

    async def compare(self, referenced: Iterator[str]) -> None:
        """Goes through values, marks and references together, all of them in the order of the values' keys."""
        marks = _Marks(self._listed(UNREFERENCED))
        wanted = next(referenced, None)
        async for blob in self._listed(""):
            if not is_of_items(blob.key):
                continue
            self.counts["blobs"] += 1
            while wanted is not None and wanted < blob.key:
                wanted = next(referenced, None)
            mark, idle = await marks.of(blob.key)
            self._to_unmark += idle
            self._judge(blob, mark, is_wanted=wanted == blob.key)
            if self.counts["blobs"] % LISTED_AT_ONCE_MAX == 0:
                await self._act()
        self._to_unmark += await marks.rest()
        await self._act()

    def _judge(self, blob: BlobInfo, mark: BlobInfo | None, *, is_wanted: bool) -> None:
        """What is to be done about one value."""
        if is_wanted:
            self._to_unmark += [] if mark is None else [mark.key]
        elif mark is None and blob.stored_at < self._settled_before:
            self.counts["marked"] += 1
            self._to_mark.append(UNREFERENCED + blob.key)
        elif mark is None or mark.stored_at > self._marked_until:
            self.counts["waiting"] += 1
        else:
            self.counts.update(removed=1, removed_bytes=blob.size_bytes)
            self._to_remove.append(blob.key)
            self._to_unmark.append(mark.key)

    async def _act(self) -> None:
        """Does what was found to be done so far. Marks go after their blobs: a kill in between starts no wait anew."""
        if not self._is_dry:
            # What is restored since the items were walked may refer to a blob that nobody did then.
            await self._check_whole()
            await together([self._call(lambda key=key: self._store.put(key, b"")) for key in self._to_mark])
            for keys in (self._to_remove, self._to_unmark):
                await together([self._call(lambda key=key: self._store.delete(key)) for key in keys])
        for keys in (self._to_mark, self._to_remove, self._to_unmark):
            keys.clear()
        self._progress("blobs", self.counts["blobs"])

    def _call(self, call: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        return lambda: self._patiently(call)

    async def _check_whole(self) -> None:
        await check_whole(self._driver, self._sleep)

    async def _listed(self, prefix: str) -> AsyncIterator[BlobInfo]:
        """Every blob whose key begins so, in order."""
        after: str | None = None
        while True:
            found = await self._patiently(
                lambda at=after: self._store.list(prefix=prefix, after=at, limit=LISTED_AT_ONCE_MAX)
            )
            for blob in found:
                yield blob
            if len(found) < LISTED_AT_ONCE_MAX:
                return
            after = found[-1].key


class _Marks:
    """The marks, taken in the order of the values that they are of."""

    def __init__(self, listed: AsyncIterator[BlobInfo]) -> None:
        self._listed = listed
        self._next: BlobInfo | None = None
        self._is_begun = False

    async def of(self, key: str) -> tuple[BlobInfo | None, list[str]]:
        """The mark of a value, and those before it, whose values are gone."""
        wanted, idle = UNREFERENCED + key, list[str]()
        while (mark := await self._peek()) is not None and mark.key <= wanted:
            self._next = await anext(self._listed, None)
            if mark.key == wanted:
                return mark, idle
            idle.append(mark.key)
        return None, idle

    async def rest(self) -> list[str]:
        """The marks that are left; their values are gone."""
        first = await self._peek()
        return [] if first is None else [first.key, *[mark.key async for mark in self._listed]]

    async def _peek(self) -> BlobInfo | None:
        if not self._is_begun:
            self._is_begun, self._next = True, await anext(self._listed, None)
        return self._next
