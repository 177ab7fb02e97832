"""Making a backup: every item of a table, or of one tenant, and the blobs of the blob store, in one file.

What is guaranteed, whatever happens meanwhile: every write that was acknowledged before the backup began is in it, and
each item is as some committed write left it. On an engine with frozen states the file is the state of one instant. On
one with a log of every write, what was written during the walk is replayed until a look at the log brings nothing new:
then too the file is the state of one instant, otherwise (others never stopped writing) `is_exact` is false, and of
transactions of the last moments the file may have a part.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from entaku.core.clock import Clock
from entaku.core.errors import Invalid, NotFound
from entaku.table import engine
from entaku.table.blobs.keys import is_of_items, tenant_prefix
from entaku.table.blobs.store import BlobStore
from entaku.table.derived.lock import shape_of
from entaku.table.driver import Driver, Item, ItemKey
from entaku.table.envelope import time_iso, whole_ms
from entaku.table.model import Model
from entaku.table.moving.backup_file import BackupWriter, BlobEntry, Entry, GoneEntry, Header, Stage, Trailer
from entaku.table.moving.bulk import BulkDriver, Sleep, bulk, tenant_of
from entaku.table.moving.following import Write, follower_of, state_pages, stored
from entaku.table.moving.marks import check_whole
from entaku.table.moving.neutral import Translator
from entaku.table.progress import Tell, tell_nobody

ROUNDS_MAX = 10
"""Looks at what was written meanwhile, before a backup of a table that never rests ends as it is."""

BLOBS_LISTED_MAX = 1_000


async def make_backup(
    driver: Driver,
    model: Model,
    path: Path,
    *,
    clock: Clock,
    tenant: str = "",
    blobs: BlobStore | None = None,
    tell: Tell = tell_nobody,
    sleep: Sleep = engine.sleep,
) -> Trailer:
    """Writes the file, which is there only when it is whole. Raises NotFound for a tenant without items, Invalid where
    items refer to blobs and no store is given, Conflict where there is such a file, where the table is not whole, or
    where the log does not reach back to the beginning."""
    source = bulk(driver)
    writer = BackupWriter(path)
    backup = _Backup(writer, Translator(source.codec, model, source.engine), tenant, blobs, tell)
    header = Header(
        engine=source.engine, model=model_digest(model), made_at=time_iso(whole_ms(clock.now())), tenant=tenant
    )
    try:
        await check_whole(source, sleep)
        await writer.begin(header)
        is_exact = await backup.copy_items(source, sleep)
        if tenant and not backup.count:
            raise NotFound(f"there is no tenant {tenant!r}, so there is nothing to back up")
        await backup.copy_blobs()
        return await writer.finish(is_exact=is_exact, ended_at=time_iso(whole_ms(clock.now())))
    finally:
        writer.abandon()


def model_digest(model: Model) -> str:
    """Two programs with the same digest declare the same shapes."""
    shape = msgspec.to_builtins(shape_of(model), str_keys=True, order="deterministic")
    return "sha256:" + hashlib.sha256(msgspec.json.encode(shape)).hexdigest()


class _Backup:
    """What goes into one file."""

    def __init__(
        self, writer: BackupWriter, translator: Translator, tenant: str, blobs: BlobStore | None, tell: Tell
    ) -> None:
        self._writer, self._translator, self._tenant, self._blobs, self._tell = writer, translator, tenant, blobs, tell
        self._one_at_a_time = asyncio.Lock()
        self._stage: Stage = "walk"
        self._platform_keys: set[ItemKey] = set()
        self.count = 0
        """Entries of items so far."""

    async def copy_items(self, source: BulkDriver, sleep: Sleep) -> bool:
        """Whether they are of one instant."""
        if source.snapshots:
            async with contextlib.aclosing(state_pages(source, sleep)) as walk:
                async for items in walk:
                    await self._add(stored(items))
            return True
        follower = follower_of(source, sleep)
        await follower.walk(self._add)
        self._stage = "log"
        for _ in range(ROUNDS_MAX):
            if not await follower.catch_up(self._add):
                return True
        return False

    async def copy_blobs(self) -> None:
        """After the items: a blob is stored before the item that refers to it, and goes long after that item."""
        blobs = self._blobs
        if blobs is None:
            return
        prefix = tenant_prefix(self._tenant) if self._tenant else ""
        after: str | None = None
        count = 0
        while True:
            listed = await blobs.list(prefix=prefix, after=after, limit=BLOBS_LISTED_MAX)
            for info in filter(lambda each: is_of_items(each.key), listed):
                with contextlib.suppress(NotFound):  # swept meanwhile, since nothing referred to it
                    await self._writer.add("blobs", [BlobEntry(info.key, await blobs.get(info.key))])
                    count += 1
                    self._tell("blobs", count, None)
            if len(listed) < BLOBS_LISTED_MAX:
                return
            after = listed[-1].key

    async def _add(self, writes: Sequence[Write]) -> None:
        entries: list[Entry] = []
        for key, item in writes:
            if item is not None and (not self._tenant or self._translator.is_of(item, self._tenant)):
                self._check_blobs(item)
                entries.append(self._translator.to_neutral(item))
                if not tenant_of(key.pk):
                    self._platform_keys.add(key)
            elif not self._tenant or tenant_of(key.pk) == self._tenant or key in self._platform_keys:
                # Gone, or another tenant's by now. Of the platform's items only those that are in the file: the names
                # of others are not the tenant's.
                entries.append(GoneEntry(key.pk, key.sk))
        async with self._one_at_a_time:
            await self._writer.add(self._stage, entries)
            self.count += len(entries)
            self._tell("items", self.count, None)

    def _check_blobs(self, item: Item) -> None:
        if self._blobs is None and any(self._translator.blobs_of(item)):
            raise Invalid(
                f"the {item.kind} at {item.pk} / {item.sk} keeps a value in a blob store, and none is named; set"
                " ENTAKU_BLOBS as the service does"
            )
