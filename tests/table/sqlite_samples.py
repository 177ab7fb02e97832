"""Items and questions for the tests of the embedded engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import apsw

from entaku.table.driver import Change, Driver, Expect, IndexKey, Item, ItemKey, Put, Range
from entaku.table.drivers.json_codec import JsonCodec
from entaku.table.drivers.sqlite import SqliteDriver, open_sqlite

AT = "2026-01-01T00:00:00.000Z"
NEW, THERE = Expect(present=False), Expect(present=True)


async def open_table(path: Path, **options: Any) -> SqliteDriver:
    opened = await open_sqlite(path, **options)
    await opened.create_table(2)
    return opened


def item_of(sk: str, version: int = 1, *, pk: str = "p", expires_ms: int | None = None, **fields: Any) -> Item:
    text = text_of(**fields)
    keys = (IndexKey(1, "by-sk", f"{sk}-{version}"),)
    return Item(pk, sk, "THING", 1, text, version, "w", AT, AT, expires_ms, keys)


def text_of(**fields: Any) -> str:
    return JsonCodec().encode(fields)


async def create(driver: Driver, *items: Item, now_ms: int = 0, logged: bool = False) -> None:
    await driver.write([Put(item=item, expect=NEW, logged=logged) for item in items], tenant="acme", now_ms=now_ms)


async def find(driver: Driver, sk: str, now_ms: int = 0) -> Item | None:
    return (await driver.read([ItemKey("p", sk)], now_ms=now_ms))[0]


async def find_in_index(driver: Driver, sk: str) -> Item:
    stretch = (await driver.query([Range(pk="by-sk", index=1, low=sk, limit=1)], now_ms=0))[0]
    assert stretch.positions == (sk,)
    return stretch.items[0]


async def sort_keys(driver: Driver, now_ms: int = 0) -> list[str]:
    return [item.sk for item in (await driver.query([Range(pk="p", limit=200)], now_ms=now_ms))[0].items]


def shell(path: Path, question: str) -> list[Any]:
    """What somebody sees who opens the file with the sqlite3 shell."""
    connection = apsw.Connection(str(path))
    try:
        return connection.execute(question).fetchall()
    finally:
        connection.close()


async def all_changes(driver: Driver) -> list[Change]:
    return list((await driver.changes("0", limit=1000)).changes)


def log_bytes(path: Path) -> int:
    """The length of the write-ahead log; 0 when there is none."""
    log = Path(f"{path}-wal")
    return log.stat().st_size if log.exists() else 0
