"""The driver itself: reads at once, hands writes to the writer thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TypeVar

import apsw

from entaku.core.errors import Internal
from entaku.table.driver import Action, ChangeBatch, Codec, Item, ItemKey, Range, Stretch
from entaku.table.drivers.json_codec import JsonCodec
from entaku.table.drivers.sqlite.actions import remove_expired, write_list
from entaku.table.drivers.sqlite.changelog import ChangeLog, read_changes
from entaku.table.drivers.sqlite.connections import (
    Connection,
    Synchronous,
    make_file,
    open_reader,
    open_writer,
    translated,
)
from entaku.table.drivers.sqlite.loading import load_items, unload_items
from entaku.table.drivers.sqlite.lock import WriterLock
from entaku.table.drivers.sqlite.reading import get_item, get_items, read_stretch
from entaku.table.drivers.sqlite.schema import check_file, create_table
from entaku.table.drivers.sqlite.snapshots import SqliteSnapshot, SqliteSnapshots
from entaku.table.drivers.sqlite.walking import Walker
from entaku.table.drivers.sqlite.writer import Writer
from entaku.table.moving.bulk import LoadedItem

T = TypeVar("T")


async def open_sqlite(path: Path, *, synchronous: Synchronous = "normal", writers_wait_s: float = 5.0) -> SqliteDriver:
    """Opens the file, or makes it (readable by its owner alone); the table is made by `create_table`.

    `synchronous`: after a crash of the process no acknowledged write is lost at either level. After a loss of power,
    "full" has lost none, and "normal" may have lost the last ones, never a part of one. `writers_wait_s`: how long a
    write waits for those of other processes before it is Unavailable.

    Raises Invalid for a path where no database of ours can be, and Conflict for a file of a later version.
    """
    path = make_file(path)
    with ExitStack() as opened:
        lock = WriterLock(path, writers_wait_s)
        opened.callback(lock.close)
        await asyncio.to_thread(lock.acquire)
        try:
            # Under the lock: changing a new file to a write-ahead log bears no company.
            writing = open_writer(path, synchronous, writers_wait_s)
            opened.callback(writing.close)
            check_file(writing, path)
        finally:
            lock.release()
        reading = open_reader(path)
        opened.pop_all()
        return SqliteDriver(path, reading, Writer(writing, lock, path, writers_wait_s))


class SqliteDriver:
    """Implements `Driver`, `BulkDriver` and `Generations`; made by `open_sqlite`.

    Everything is consistent, indexes included. Reads by key or by stretch wait for nobody and run on the event loop.
    """

    snapshots = True
    engine = "sqlite"
    follows_writes = False

    def __init__(self, path: Path, reading: Connection, writer: Writer) -> None:
        self.codec: Codec = JsonCodec()
        self.path = path
        self._reading = reading
        self._writer = writer
        self._log = ChangeLog()
        self._snapshots = SqliteSnapshots(path)
        self._walker = Walker(path)

    async def read(
        self, keys: Sequence[ItemKey], *, now_ms: int, consistent: bool = True, snapshot: bool = False
    ) -> list[Item | None]:
        try:
            if len(keys) == 1:
                return [get_item(self._reading, keys[0], now_ms)]
            return self._at_one_instant(lambda: get_items(self._reading, keys, now_ms))
        except apsw.Error as error:
            raise translated(error, self.path) from error

    async def write(self, actions: Sequence[Action], *, tenant: str, now_ms: int) -> list[Item | None]:
        return await self._writer.run(partial(write_list, log=self._log, actions=actions, tenant=tenant, now_ms=now_ms))

    async def query(self, ranges: Sequence[Range], *, now_ms: int, consistent: bool = True) -> list[Stretch]:
        try:
            return [read_stretch(self._reading, stretch, now_ms) for stretch in ranges]
        except apsw.Error as error:
            raise translated(error, self.path) from error

    async def begin_snapshot(self) -> SqliteSnapshot:
        return self._snapshots.begin()

    async def changes(self, after: str | None, *, limit: int) -> ChangeBatch:
        """Also ends a batch at `QUERY_BYTES_MAX` of images."""
        try:
            return self._at_one_instant(lambda: read_changes(self._reading, after, limit))
        except apsw.Error as error:
            raise translated(error, self.path) from error

    async def remove_expired(self, *, now_ms: int, limit: int) -> int:
        return await self._writer.run(partial(remove_expired, log=self._log, now_ms=now_ms, limit=limit))

    async def walk(self, segment: int, segments: int, *, after: ItemKey | None, limit: int) -> list[Item]:
        return await self._walker.walk(segment, segments, after, limit)

    async def load(self, items: Sequence[LoadedItem]) -> None:
        await self._writer.run(partial(load_items, items=items))

    async def unload(self, keys: Sequence[ItemKey]) -> None:
        await self._writer.run(partial(unload_items, keys=keys))

    async def writes(self, after: str | None, *, limit: int) -> ChangeBatch:
        raise Internal("the embedded engine has no log of every write; walk two snapshots and compare, as copying does")

    async def create_table(self, indexes: int) -> None:
        await self._writer.run(partial(create_table, indexes=indexes))

    async def close(self) -> None:
        self._snapshots.close()
        await self._walker.close()
        await self._writer.close()
        self._reading.close()

    def generation(self) -> int:
        """Moves with the commits of all processes, and with our own: they are made on another connection than this."""
        try:
            return self._reading.execute("PRAGMA data_version").get
        except apsw.Error as error:
            raise translated(error, self.path) from error

    def _at_one_instant(self, question: Callable[[], T]) -> T:
        self._reading.execute("BEGIN DEFERRED")
        try:
            return question()
        finally:
            self._reading.execute("COMMIT")
