"""Every item, segment by segment, for maintenance: on a connection and in a thread of its own, away from the loop."""

from __future__ import annotations

import asyncio
import zlib
from pathlib import Path

import apsw

from entaku.table.driver import Item, ItemKey
from entaku.table.drivers.sqlite.connections import Connection, open_reader, translated
from entaku.table.drivers.sqlite.rows import STORED_COLUMNS, stored_from_row

_WALK = f"SELECT {STORED_COLUMNS} FROM item i WHERE (i.pk, i.sk) > (?, ?)"
_ORDER = " ORDER BY i.pk, i.sk LIMIT ?"
_OF_SEGMENT = " AND segment(i.pk, ?) = ?"


def read_items(connection: Connection, after: ItemKey, limit: int) -> list[Item]:
    """The next items of the whole table."""
    return [stored_from_row(row).item for row in connection.execute(_WALK + _ORDER, (*after, limit))]


class Walker:
    """A segment is the partitions whose key has one remainder, in bytewise order: stable however the table grows."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: Connection | None = None
        self._one_at_a_time = asyncio.Lock()

    async def walk(self, segment: int, segments: int, after: ItemKey | None, limit: int) -> list[Item]:
        async with self._one_at_a_time:
            return await asyncio.to_thread(self._read, segment, segments, after or ItemKey("", ""), limit)

    async def close(self) -> None:
        async with self._one_at_a_time:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _read(self, segment: int, segments: int, after: ItemKey, limit: int) -> list[Item]:
        try:
            if self._connection is None:
                self._connection = open_reader(self._path)
                self._connection.create_scalar_function("segment", _segment, 2, deterministic=True)
            if segments == 1:
                return read_items(self._connection, after, limit)
            rows = self._connection.execute(_WALK + _OF_SEGMENT + _ORDER, (*after, segments, segment, limit))
            return [stored_from_row(row).item for row in rows]
        except apsw.Error as error:
            raise translated(error, self._path) from error


def _segment(pk: str, segments: int) -> int:
    return zlib.crc32(pk.encode()) % segments
