"""Putting items into indexes that were declared after they were written: the second of three steps.

    1. the new index is declared with `enabled=False` and deployed: whatever is written from then on fills it
    2. `entaku table reindex --index N` fills it with what was written before
    3. the declaration goes without `enabled=False`: now it may be listed by

Walks the table and compares the index keys of each item with those that its entity has today. What differs is put
again as it stands, with its version, and only at that version: whoever writes at the same time wins, and the item is
looked at again. Readers see no change and followers of changes hear of none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec

from entaku.core.clock import Clock, to_ms
from entaku.core.errors import Invalid
from entaku.core.limits import ATTEMPTS_MAX
from entaku.table import engine
from entaku.table.driver import Driver, Expect, IndexKey, Item, ItemKey, Put, Refused
from entaku.table.keys import check_lengths
from entaku.table.model import Model
from entaku.table.moving.backup import model_digest
from entaku.table.moving.bulk import LOAD_ITEMS_MAX, BulkDriver, Sleep, bulk, patiently, tenant_of
from entaku.table.moving.following import is_mark
from entaku.table.moving.marks import Marks
from entaku.table.moving.neutral import index_keys_of
from entaku.table.progress import Tell, tell_nobody
from entaku.table.reader import decode

WRITES_AT_ONCE = 16


class Reindexed(msgspec.Struct, frozen=True):
    """What a walk came to."""

    looked_at: int
    """Items of the kinds that were asked for."""
    moved: int
    """Items whose index keys were not those of today; written, unless it was only tried."""
    left: int
    """Items that others kept changing, or that a newer program has written: look again later."""


class ReindexNote(msgspec.Struct, frozen=True):
    """How far a walk is."""

    model: str
    """The digest of the declarations; of others, the walk begins anew."""
    after: ItemKey
    so_far: Reindexed


async def reindex(
    driver: Driver,
    model: Model,
    *,
    clock: Clock,
    index: int | None = None,
    kind: str | None = None,
    is_trial: bool = False,
    tell: Tell = tell_nobody,
    sleep: Sleep = engine.sleep,
) -> Reindexed:
    """Fills an index, or all of them, for one kind of entity, or for all. A trial only counts.

    Safe to interrupt and to repeat: it goes on where it stopped. Raises Invalid for an index or a kind that nobody
    declares.
    """
    _check_declared(model, index, kind)
    return await Reindexing(bulk(driver), model, clock, index, kind, is_trial, tell, sleep).run()


class Reindexing:
    """One walk."""

    def __init__(
        self,
        driver: BulkDriver,
        model: Model,
        clock: Clock,
        index: int | None,
        kind: str | None,
        is_trial: bool,
        tell: Tell,
        sleep: Sleep,
    ) -> None:
        self._driver, self._model, self._clock = driver, model, clock
        self._index, self._kind, self._is_trial = index, kind, is_trial
        self._tell, self._sleep = tell, sleep
        self._marks = Marks(driver, sleep)
        self._name = f"REINDEX#{'' if index is None else index}#{kind or ''}"
        self._so_far = Reindexed(0, 0, 0)

    async def run(self) -> Reindexed:
        digest = model_digest(self._model)
        after: ItemKey | None = None
        note = None if self._is_trial else await self._marks.find(self._name, ReindexNote)
        if note is not None and note.model == digest:
            after, self._so_far = note.after, note.so_far
        while True:
            items = await self._do_page(after)
            self._tell("items", self._so_far.looked_at, None)
            if len(items) < LOAD_ITEMS_MAX:
                break
            after = ItemKey(items[-1].pk, items[-1].sk)
            if not self._is_trial:
                await self._marks.keep(self._name, ReindexNote(digest, after, self._so_far))
        if not self._is_trial:
            await self._marks.forget(self._name)
        return self._so_far

    async def _do_page(self, after: ItemKey | None) -> Sequence[Item]:
        """The items of the page as they were at the last look. What others change meanwhile is looked at again; what
        they push out of the page is in the next."""
        items: list[Item] = []
        moved, left = self._so_far.moved, 0
        for _ in range(ATTEMPTS_MAX):
            items = await patiently(lambda: self._driver.walk(0, 1, after=after, limit=LOAD_ITEMS_MAX), self._sleep)
            newer = [item for item in items if self._is_asked_for(item) and self._is_newer(item)]
            puts = [put for item in items if (put := self._put(item)) is not None]
            written = len(puts) if self._is_trial else sum(await self._write(puts))
            moved, left = moved + written, len(newer) + len(puts) - written
            if written == len(puts):
                break
        looked_at = self._so_far.looked_at + sum(map(self._is_asked_for, items))
        self._so_far = Reindexed(looked_at, moved, self._so_far.left + left)
        return items

    def _is_asked_for(self, item: Item) -> bool:
        info = self._model.of_kind(item.kind)
        return info is not None and self._kind in (None, item.kind) and not is_mark(ItemKey(item.pk, item.sk))

    def _is_newer(self, item: Item) -> bool:
        info = self._model.of_kind(item.kind)
        return info is not None and item.schema > info.schema

    def _put(self, item: Item) -> Put | None:
        """What brings the index keys of the item up to today; None where they are."""
        info = self._model.of_kind(item.kind)
        is_expired = item.expires_ms is not None and item.expires_ms <= to_ms(self._clock.now())
        if info is None or is_expired or not self._is_asked_for(item) or self._is_newer(item):
            return None
        keys = self._merged(item.index_keys, index_keys_of(decode(self._driver.codec, item, info), info, item.pk))
        if keys == item.index_keys:
            return None
        for key in keys:
            check_lengths(key.pk, key.sk)
        return Put(
            item=msgspec.structs.replace(item, index_keys=keys),
            expect=Expect(present=True, version=item.version, schema=item.schema),
            logged=info.logged,
        )

    def _merged(self, stored: Sequence[IndexKey], wanted: Sequence[IndexKey]) -> tuple[IndexKey, ...]:
        """The wanted keys; those of other indexes as they are stored, where only one was asked for."""
        if self._index is None:
            return tuple(wanted)
        kept = [key for key in stored if key.index != self._index]
        return tuple(sorted([*kept, *(key for key in wanted if key.index == self._index)]))

    async def _write(self, puts: Sequence[Put]) -> list[bool]:
        """For each, whether it was written; not where others were faster."""
        turns = asyncio.Semaphore(WRITES_AT_ONCE)

        async def write(put: Put) -> bool:
            async with turns:
                return await self._write_one(put)

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(write(put)) for put in puts]
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        return [task.result() for task in tasks]

    async def _write_one(self, put: Put) -> bool:
        tenant_id = tenant_of(put.item.pk)
        now_ms = to_ms(self._clock.now())
        try:
            await patiently(lambda: self._driver.write([put], tenant=tenant_id, now_ms=now_ms), self._sleep)
        except Refused:
            return False
        return True


def _check_declared(model: Model, index: int | None, kind: str | None) -> None:
    kinds = {info.kind: info for info in model.entities}
    if kind is not None and kind not in kinds:
        raise Invalid(f"there is no entity of kind {kind!r}; there are {', '.join(sorted(kinds))}")
    asked = model.entities if kind is None else (kinds[kind],)
    indexes = sorted({each.index for info in asked for each in info.indexes})
    if index is not None and index not in indexes:
        whose = "no entity has" if kind is None else f"{kind} does not have"
        there = f"there are {', '.join(map(str, indexes))}" if indexes else "there is none"
        raise Invalid(f"{whose} an index {index}; {there}")
