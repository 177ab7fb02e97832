"""Items stored and removed as they stand, for copies and restorations: nothing is expected, logged or remembered."""

from __future__ import annotations

from collections.abc import Sequence

from entaku.table.driver import ItemKey
from entaku.table.drivers.sqlite.connections import Connection
from entaku.table.drivers.sqlite.rows import find_stored, remove, store
from entaku.table.moving.bulk import LoadedItem


def load_items(connection: Connection, items: Sequence[LoadedItem]) -> None:
    """Part of a transaction. See `BulkDriver.load`; here all are stored or none."""
    for loaded in items:
        key = ItemKey(loaded.item.pk, loaded.item.sk)
        store(connection, loaded.item, find_stored(connection, key), loaded.logged_for)


def unload_items(connection: Connection, keys: Sequence[ItemKey]) -> None:
    """Part of a transaction. See `BulkDriver.unload`."""
    for key in keys:
        old = find_stored(connection, key)
        if old is not None:
            remove(connection, old)
