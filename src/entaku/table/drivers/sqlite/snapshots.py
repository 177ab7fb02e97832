"""Frozen states for reading: a connection each, inside a transaction that has really begun."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import apsw

from entaku.core.errors import Unavailable
from entaku.table.driver import Item, ItemKey, Range, Stretch
from entaku.table.drivers.sqlite.connections import Connection, open_reader, translated
from entaku.table.drivers.sqlite.reading import get_items, read_stretch
from entaku.table.drivers.sqlite.walking import read_items

SNAPSHOTS_OPEN_MAX = 16
"""Each keeps the log from beginning anew for as long as it is open."""

_IDLE_MAX = 4


class SqliteSnapshots:
    """Lends connections to snapshots and takes them back."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: list[Connection] = []
        self._lent: set[Connection] = set()

    def begin(self) -> SqliteSnapshot:
        """Raises Unavailable when too many are open."""
        if len(self._lent) >= SNAPSHOTS_OPEN_MAX:
            raise Unavailable(f"{SNAPSHOTS_OPEN_MAX} snapshots of {self._path} are open; close one, or try again")
        connection = self._idle.pop() if self._idle else open_reader(self._path)
        self._lent.add(connection)
        try:
            connection.execute("BEGIN DEFERRED")
            # BEGIN alone takes no snapshot: the first read does.
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
        except apsw.Error as error:
            self.take_back(connection)
            raise translated(error, self._path) from error
        return SqliteSnapshot(connection, self, self._path)

    def take_back(self, connection: Connection) -> None:
        if connection not in self._lent:
            return
        self._lent.discard(connection)
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        if len(self._idle) < _IDLE_MAX:
            self._idle.append(connection)
        else:
            connection.close()

    def close(self) -> None:
        """Closes also what is lent: who reads on is told that the file has been closed."""
        for connection in (*self._idle, *self._lent):
            connection.close()
        self._idle.clear()
        self._lent.clear()


class SqliteSnapshot:
    """Implements `Snapshot` and `FrozenTable`."""

    def __init__(self, connection: Connection, owner: SqliteSnapshots, path: Path) -> None:
        self._connection: Connection | None = connection
        self._owner = owner
        self._path = path

    async def read(self, keys: Sequence[ItemKey], *, now_ms: int) -> list[Item | None]:
        connection = self._open()
        try:
            return get_items(connection, keys, now_ms)
        except apsw.Error as error:
            raise translated(error, self._path) from error

    async def query(self, ranges: Sequence[Range], *, now_ms: int) -> list[Stretch]:
        connection = self._open()
        try:
            return [read_stretch(connection, stretch, now_ms) for stretch in ranges]
        except apsw.Error as error:
            raise translated(error, self._path) from error

    async def walk(self, *, after: ItemKey | None, limit: int) -> list[Item]:
        """In a thread: a page of a walk is long work."""
        connection = self._open()
        try:
            return await asyncio.to_thread(read_items, connection, after or ItemKey("", ""), limit)
        except apsw.Error as error:
            raise translated(error, self._path) from error

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            self._owner.take_back(connection)

    def _open(self) -> Connection:
        if self._connection is None:
            raise Unavailable(f"the snapshot of {self._path} has been closed; begin another one")
        return self._connection
