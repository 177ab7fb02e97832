"""The change log: one row for each committed write of a logged item, numbered in the order of the commits.

The numbers come from one counter that SQLite never sets back, and only one transaction writes at a time, so that no
position can become visible after a later one has been read.
"""

from __future__ import annotations

from datetime import datetime

from entaku.core.clock import from_ms
from entaku.core.errors import Conflict, Invalid
from entaku.core.ids import shown
from entaku.core.limits import CHANGES_KEPT_S, QUERY_BYTES_MAX
from entaku.table.driver import Change, ChangeBatch, Item, ItemKey
from entaku.table.drivers.sqlite.connections import Connection
from entaku.table.drivers.sqlite.rows import from_image, to_image

TRIM_EVERY_MS = 60_000
TRIM_CHANGES_MAX = 1000

_ADD = "INSERT INTO change (tenant, at, kind, pk, sk, version, old, new) VALUES (?,?,?,?,?,?,?,?)"
_AFTER = (
    "SELECT position, tenant, kind, pk, sk, old, new, version, at FROM change WHERE position > ?"
    " ORDER BY position LIMIT ?"
)
_LAST = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'change'), 0)"


class ChangeLog:
    """Writes the log. Every method is part of a transaction of the writer thread."""

    def __init__(self) -> None:
        self._trim_due_ms = 0

    def add(self, connection: Connection, tenant: str, old: Item | None, new: Item | None, now_ms: int) -> None:
        """A change from one image to the other. The version of a removal is the one that a write would have had."""
        item = new or old
        assert item is not None
        version = item.version if new is not None else item.version + 1
        images = (to_image(old), to_image(new))
        connection.execute(_ADD, (tenant, _instant(now_ms), item.kind, item.pk, item.sk, version, *images))

    def trim_when_due(self, connection: Connection, now_ms: int) -> None:
        """Now and then, forget the oldest changes that need not be kept any more; a bounded number at a time."""
        if self._trim_due_ms - TRIM_EVERY_MS <= now_ms < self._trim_due_ms:
            return
        now, oldest_kept = _instant(now_ms), _instant(now_ms - CHANGES_KEPT_S * 1000)
        forgotten, count = None, 0
        for position, at in connection.execute(
            "SELECT position, at FROM change ORDER BY position LIMIT ?", (TRIM_CHANGES_MAX,)
        ):
            if oldest_kept <= at <= now:
                break
            count += 1
            # One that was written by a clock that was ahead goes with the first after it that is old enough.
            if at < oldest_kept:
                forgotten = position
        if forgotten is not None:
            connection.execute("DELETE FROM change WHERE position <= ?", (forgotten,))
        if count < TRIM_CHANGES_MAX:
            self._trim_due_ms = now_ms + TRIM_EVERY_MS


def read_changes(connection: Connection, after: str | None, limit: int) -> ChangeBatch:
    """See the driver's `changes`. The connection is inside a transaction: the log may be trimmed meanwhile."""
    last: int = connection.execute(_LAST).get
    if after is None:
        return ChangeBatch((), str(last))
    position = _parse(after)
    oldest: int | None = connection.execute("SELECT min(position) FROM change").get
    if position > last or position < (last if oldest is None else oldest - 1):
        raise Conflict(f"position {shown(after)} is not in the change log any more; read the table and go on from now")
    changes: list[Change] = []
    size = 0
    for number, tenant, kind, pk, sk, old, new, version, at in connection.execute(_AFTER, (position, limit)):
        size += len(old or "") + len(new or "")
        changes.append(
            Change(str(number), tenant, kind, ItemKey(pk, sk), from_image(old), from_image(new), version, at)
        )
        if size >= QUERY_BYTES_MAX:
            break
    return ChangeBatch(tuple(changes), changes[-1].position if changes else after)


def _parse(position: str) -> int:
    if position.isascii() and position.isdigit() and len(position) < 19:
        return int(position)
    raise Invalid(f"{shown(position)} is no position of the change log; use one that it gave")


def _instant(ms: int) -> str:
    at: datetime = from_ms(ms)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03d}Z"
