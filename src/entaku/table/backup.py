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
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from entaku.core.clock import Clock
from entaku.core.errors import NotFound
from entaku.table import engine
from entaku.table.backup_file import BackupWriter, BlobEntry, Entry, GoneEntry, Header, Stage, Trailer
from entaku.table.blob_keys import is_of_items, tenant_prefix
from entaku.table.blobs import BlobStore
from entaku.table.bulk import Sleep, bulk, tenant_of
from entaku.table.driver import Driver, ItemKey
from entaku.table.envelope import time_iso, whole_ms
from entaku.table.following import Follower, Write, follower_of
from entaku.table.lock import shape_of
from entaku.table.marks import Marks
from entaku.table.model import Model
from entaku.table.neutral import Translator

ROUNDS_MAX = 10
"""Looks at what was written meanwhile, before a backup of a table that never rests ends as it is."""

BLOBS_LISTED_MAX = 1_000

Tell = Callable[[str, int, int | None], None]
"""Told the phase, how much of it is done, and how much it is in all; None where nobody knows."""


def tell_nobody(phase: str, done: int, total: int | None) -> None:
    """Nobody watches."""


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
    """Writes the file, which is there only when it is whole. Raises NotFound for a tenant without items, Conflict where
    there is such a file, where the table is not whole, or where the log does not reach back to the beginning."""
    source = bulk(driver)
    writer = BackupWriter(path)
    backup = _Backup(writer, Translator(source.codec, model, source.engine), tenant, tell)
    header = Header(
        engine=source.engine, model=model_digest(model), made_at=time_iso(whole_ms(clock.now())), tenant=tenant
    )
    try:
        await Marks(source, sleep).check_whole()
        await writer.begin(header)
        is_exact = await backup.copy_items(follower_of(source, sleep))
        if tenant and not backup.count:
            raise NotFound(f"there is no tenant {tenant!r}, so there is nothing to back up")
        if blobs is not None:
            await backup.copy_blobs(blobs)
        return await writer.finish(is_exact=is_exact, ended_at=time_iso(whole_ms(clock.now())))
    finally:
        writer.abandon()


def model_digest(model: Model) -> str:
    """Two programs with the same digest declare the same shapes."""
    shape = msgspec.to_builtins(shape_of(model), str_keys=True, order="deterministic")
    return "sha256:" + hashlib.sha256(msgspec.json.encode(shape)).hexdigest()


class _Backup:
    """What goes into one file."""

    def __init__(self, writer: BackupWriter, translator: Translator, tenant: str, tell: Tell) -> None:
        self._writer, self._translator, self._tenant, self._tell = writer, translator, tenant, tell
        self._one_at_a_time = asyncio.Lock()
        self._stage: Stage = "walk"
        self._platform_keys: set[ItemKey] = set()
        self.count = 0
        """Entries of items so far."""

    async def copy_items(self, follower: Follower) -> bool:
        """Whether they are of one instant."""
        await follower.walk(self._add)
        if follower.is_exact_each_round:
            return True
        self._stage = "log"
        for _ in range(ROUNDS_MAX):
            if not await follower.catch_up(self._add):
                return True
        return False

    async def copy_blobs(self, blobs: BlobStore) -> None:
        """After the items: a blob is stored before the item that refers to it, and goes long after that item."""
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
            if item is None:
                # Of the platform's items only those that are in the file: the names of others are not the tenant's.
                if not self._tenant or tenant_of(key.pk) == self._tenant or key in self._platform_keys:
                    entries.append(GoneEntry(key.pk, key.sk))
            elif not self._tenant or self._translator.is_of(item, self._tenant):
                entries.append(self._translator.to_neutral(item))
                if not tenant_of(key.pk):
                    self._platform_keys.add(key)
        async with self._one_at_a_time:
            await self._writer.add(self._stage, entries)
            self.count += len(entries)
            self._tell("items", self.count, None)
