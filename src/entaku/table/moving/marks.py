"""Notes of maintenance inside the table that it works on: what is under way there, so that it can be finished.

A note is an item under a key that no template can render, so that no reader of the table ever meets it. Walks tell of
it, and whoever walks leaves it out (`following.is_mark`).
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from entaku.core.errors import Conflict
from entaku.table.driver import Driver, Item, ItemKey, Range
from entaku.table.moving.bulk import ALWAYS_MS, BulkDriver, LoadedItem, Sleep, patiently
from entaku.table.moving.following import MARK_PREFIX

T = TypeVar("T")

COPY = "COPY"
RESTORE = "RESTORE"
"""Names of notes: a table that has one of them is not whole. That of a tenant follows it."""

MARK_KIND = "MARK"

MARKS_MAX = 100

_PARTITION = f"{MARK_PREFIX}MAINTENANCE"
_NEVER = "1970-01-01T00:00:00.000Z"


class Marks:
    """The notes of one table. Whoever keeps one is alone: the last to write wins."""

    def __init__(self, driver: BulkDriver, sleep: Sleep) -> None:
        self._driver, self._sleep = driver, sleep

    async def find(self, name: str, kind: type[T]) -> T | None:
        """The note of that name; None where there is none."""
        (item,) = await patiently(lambda: self._driver.read([_key(name)], now_ms=ALWAYS_MS), self._sleep)
        if item is None:
            return None
        text: Any = self._driver.codec.fields(item.data).get("note")
        return msgspec.json.decode(text, type=kind)

    async def keep(self, name: str, note: msgspec.Struct) -> None:
        """Write the note, in place of the one that is there."""
        key = _key(name)
        data = self._driver.codec.from_fields({"note": msgspec.json.encode(note).decode()})
        item = Item(key.pk, key.sk, MARK_KIND, 1, data, 1, "", _NEVER, _NEVER)
        await patiently(lambda: self._driver.load([LoadedItem(item)]), self._sleep)

    async def forget(self, name: str) -> None:
        """Remove the note, if there is one."""
        await patiently(lambda: self._driver.unload([_key(name)]), self._sleep)


async def unfinished(driver: Driver, sleep: Sleep) -> list[str]:
    """The names of the notes that say that a table is being copied into or restored; of a tenant, too."""
    part = Range(pk=_PARTITION, limit=MARKS_MAX)
    (stretch,) = await patiently(lambda: driver.query([part], now_ms=ALWAYS_MS), sleep)
    return [name for name in stretch.positions if name.startswith((COPY, RESTORE))]


async def check_whole(driver: Driver, sleep: Sleep) -> None:
    """Raises Conflict for a table that is being copied into or restored."""
    names = await unfinished(driver, sleep)
    if names:
        raise Conflict(f"the table is not whole yet ({', '.join(names)} is under way); finish that first")


def _key(name: str) -> ItemKey:
    return ItemKey(_PARTITION, name)
