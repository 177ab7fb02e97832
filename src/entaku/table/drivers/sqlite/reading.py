"""Reads by key and by stretch on one connection: plain statements that wait for nobody, made for the event loop."""

from __future__ import annotations

from collections.abc import Sequence

from entaku.core.limits import QUERY_BYTES_MAX
from entaku.table.driver import Item, ItemKey, Range, Stretch
from entaku.table.drivers.sqlite.connections import Connection
from entaku.table.drivers.sqlite.rows import ITEM_COLUMNS, ITEM_COLUMNS_COUNT

_ALIVE = "(i.expires_ms IS NULL OR i.expires_ms > ?)"
_GET = f"SELECT {ITEM_COLUMNS} FROM item i WHERE i.pk = ? AND i.sk = ? AND {_ALIVE}"


def get_item(connection: Connection, key: ItemKey, now_ms: int) -> Item | None:
    row = connection.execute(_GET, (*key, now_ms)).get
    return None if row is None else Item(*row)


def get_items(connection: Connection, keys: Sequence[ItemKey], now_ms: int) -> list[Item | None]:
    """The connection is inside a transaction, so that all are of one instant; it also halves the cost of each."""
    execute = connection.execute
    rows = [execute(_GET, (pk, sk, now_ms)).get for pk, sk in keys]
    return [None if row is None else Item(*row) for row in rows]


def read_stretch(connection: Connection, stretch: Range, now_ms: int) -> Stretch:
    """Here `more` is exact, unless the stretch ended because it was too large."""
    low, high, after, reverse = stretch.low, stretch.high, stretch.after, stretch.reverse
    follows = False
    if after is not None:
        if not reverse and after >= low:
            low, follows = after, True
        elif reverse and (high is None or after < high):
            high = after
    of_index = stretch.index != 0
    sql = _STATEMENTS[of_index, reverse, follows, high is not None]
    bounds = (low,) if high is None else (low, high)
    where = (stretch.index, stretch.pk) if of_index else (stretch.pk,)
    limit, items, positions, size = stretch.limit, list[Item](), list[str](), 0
    for row in connection.execute(sql, (*where, *bounds, now_ms, limit + 1)):
        if len(items) == limit or size >= QUERY_BYTES_MAX:
            return Stretch(tuple(items), tuple(positions), True)
        items.append(Item(*row[:ITEM_COLUMNS_COUNT]) if of_index else Item(*row))
        positions.append(row[-1] if of_index else row[1])
        data: str = row[4]
        size += len(data) if data.isascii() else len(data.encode())
    return Stretch(tuple(items), tuple(positions), False)


def _statement(of_index: bool, reverse: bool, follows: bool, has_high: bool) -> str:
    sort = "e.index_sk" if of_index else "i.sk"
    if of_index:
        # CROSS JOIN fixes the order: SQLite would otherwise be free to begin with the items.
        source = "index_entry e CROSS JOIN item i ON i.pk = e.pk AND i.sk = e.sk WHERE e.number = ? AND e.index_pk = ?"
    else:
        source = "item i WHERE i.pk = ?"
    return (
        f"SELECT {ITEM_COLUMNS}{', e.index_sk' if of_index else ''} FROM {source}"
        f" AND {sort} {'>' if follows else '>='} ?{f' AND {sort} < ?' if has_high else ''} AND {_ALIVE}"
        f" ORDER BY {sort}{' DESC' if reverse else ''} LIMIT ?"
    )


_CHOICES = (False, True)
_STATEMENTS = {
    (of_index, reverse, follows, has_high): _statement(of_index, reverse, follows, has_high)
    for of_index in _CHOICES
    for reverse in _CHOICES
    for follows in _CHOICES
    for has_high in _CHOICES
}
