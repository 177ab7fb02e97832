"""Which versions are used up: the newest that removed items have had, so that none comes back under its key.

A clock that was set back would let an item that is made again begin below its former life and grow into it. Many keys
share one of a fixed number of marks in `meta`: a mark for every key would be kept for ever, and one for all keys would
refuse whoever began before the youngest of the removed items. A mark is raised in the transaction of the removal.
"""

from __future__ import annotations

import zlib

from entaku.table.driver import ItemKey
from entaku.table.drivers.sqlite.connections import Connection
from entaku.table.drivers.sqlite.rows import STORED_COLUMNS, STORED_COLUMNS_COUNT, Stored, stored_from_row

MARKS = 1024
"""About 25 KB. A creation is refused for the sake of another key once in so many removals of younger items."""

_RAISE = (
    "INSERT INTO meta (name, value) VALUES (?, ?)"
    " ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE excluded.value > meta.value"
)
# One statement for the item and the mark: creating an item would take 2 us longer with two.
_FIND_WITH_MARK = (
    f"SELECT {STORED_COLUMNS} FROM item i WHERE i.pk = ? AND i.sk = ?"
    f" UNION ALL SELECT {'NULL, ' * (STORED_COLUMNS_COUNT - 1)}value FROM meta WHERE name = ?"
)
_NEWEST = "SELECT max(value) FROM meta WHERE name GLOB 'removed *'"


def note_removed(connection: Connection, key: ItemKey, version: int) -> None:
    """Remember that an item was removed, and by which version."""
    connection.execute(_RAISE, (_name(key), version))


def find_with_newest_removed(connection: Connection, key: ItemKey) -> tuple[Stored | None, int]:
    """What is under the key, and the newest version that a removed item can have had there; 0 when there was none."""
    stored, newest = None, 0
    for row in connection.execute(_FIND_WITH_MARK, (*key, _name(key))).fetchall():
        if row[0] is None:
            newest = row[-1]
        else:
            stored = stored_from_row(row)
    return stored, newest


def newest_removed_of_all(connection: Connection) -> int:
    """The newest of all. Looks at every mark."""
    return connection.execute(_NEWEST).get or 0


def _name(key: ItemKey) -> str:
    # A zero byte is in no key. The hash must be the same in every process for as long as there are such files.
    both = f"{key.pk}\0{key.sk}"
    return f"removed {zlib.crc32(both.encode()) % MARKS}"
