"""Which physical layout of the item table should the embedded engine have?

Compares four shapes at two page sizes and four sizes of rows: a get, a page of 20 from the table and through an index,
a put with two index entries and its own COMMIT, and the size of the file. The driver's schema is the winner's; its
threshold is `INLINE_BYTES_MAX`. Run it with `python benchmarks/sqlite_layout.py [--items 100000]`; rows of 10 KB are a
tenth as many. The file system should be the one that the database will be on.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import apsw
import msgspec

PARTITION_ITEMS = 50
PAGE = 20
ENVELOPE = "kind, schema, version, write_id, created_at, updated_at, expires_ms, logged_for, index_keys"
COLUMNS = (
    "kind TEXT, schema INT, version INT, write_id TEXT, created_at TEXT, updated_at TEXT, expires_ms INT,"
    " logged_for TEXT, index_keys TEXT"
)
READ = "i.pk, i.sk, i.kind, i.schema, {data}, i.version, i.write_id, i.created_at, i.updated_at, i.expires_ms"
ENTRY = (
    "CREATE TABLE index_entry (number INT, index_pk TEXT, index_sk TEXT, {target},"
    " PRIMARY KEY (number, index_pk, index_sk, {key})) WITHOUT ROWID"
)
AT = "2026-01-01T00:00:00.000Z"


class Layout(msgspec.Struct, frozen=True):
    """One shape of the table; `inline_bytes_max` None keeps all data in the row."""

    name: str
    rowid: bool
    page_bytes: int
    inline_bytes_max: int | None = None

    def schema(self) -> list[str]:
        if self.rowid:
            return [
                f"CREATE TABLE item (id INTEGER PRIMARY KEY, pk TEXT NOT NULL, sk TEXT NOT NULL, {COLUMNS}, data TEXT)",
                "CREATE UNIQUE INDEX item_key ON item (pk, sk)",
                ENTRY.format(target="item_id INT", key="item_id"),
            ]
        side = ", large_id INT" if self.inline_bytes_max is not None else ""
        return [
            f"CREATE TABLE item (pk TEXT, sk TEXT, {COLUMNS}{side}, data TEXT, PRIMARY KEY (pk, sk)) WITHOUT ROWID",
            "CREATE TABLE large_data (id INTEGER PRIMARY KEY, data TEXT NOT NULL)",
            ENTRY.format(target="pk TEXT, sk TEXT", key="pk, sk"),
        ]

    def read(self, by_index: bool) -> str:
        large = self.inline_bytes_max is not None
        # A LEFT JOIN in place of the scalar query costs 6 us more a statement, whether or not a row is found.
        out_of_line = "coalesce(i.data, (SELECT data FROM large_data WHERE id = i.large_id))"
        fields = READ.format(data=out_of_line if large else "i.data")
        if not by_index:
            return f"SELECT {fields} FROM item i WHERE i.pk = ? AND i.sk "
        on = "i.id = e.item_id" if self.rowid else "i.pk = e.pk AND i.sk = e.sk"
        return (
            f"SELECT {fields}, e.index_sk FROM index_entry e CROSS JOIN item i ON {on}"
            " WHERE e.number = 1 AND e.index_pk = ? AND e.index_sk "
        )


class File:
    """A database in one layout, with the statements of the driver."""

    def __init__(self, path: Path, layout: Layout) -> None:
        self.layout = layout
        self.connection = apsw.Connection(str(path))
        for pragma in (f"page_size={layout.page_bytes}", "journal_mode=WAL", "synchronous=NORMAL", "cache_size=-8000"):
            self.connection.execute(f"PRAGMA {pragma}").fetchall()
        for statement in layout.schema():
            self.connection.execute(statement)
        self.reader = apsw.Connection(str(path))
        self.reader.execute("PRAGMA cache_size=-8000").fetchall()

    def put(self, number: int, data: str, version: int) -> None:
        pk, sk = key(number)
        entries = index_keys(number)
        row = ("DOCUMENT", 1, version, "01jd8z6m2q3v", AT, AT, None, None, msgspec.json.encode(entries).decode())
        run = self.connection.execute
        marks = "?,?,?,?,?,?,?,?,?"
        old = run("SELECT * FROM item WHERE pk = ? AND sk = ?", (pk, sk)).fetchone()
        if self.layout.rowid:
            names = ENVELOPE.split(", ")
            updates = ", ".join(f"{name} = excluded.{name}" for name in (*names, "data"))
            item_id = run(
                f"INSERT INTO item (pk, sk, {ENVELOPE}, data) VALUES (?, ?, {marks}, ?)"
                f" ON CONFLICT (pk, sk) DO UPDATE SET {updates} RETURNING id",
                (pk, sk, *row, data),
            ).get
            target: tuple[object, ...] = (item_id,)
        elif self.layout.inline_bytes_max is None:
            run(f"REPLACE INTO item (pk, sk, {ENVELOPE}, data) VALUES (?, ?, {marks}, ?)", (pk, sk, *row, data))
            target = (pk, sk)
        else:
            large_id, inline = None, data
            if len(data) > self.layout.inline_bytes_max:
                inline = None
                if old is None:
                    run("INSERT INTO large_data (data) VALUES (?)", (data,))
                    large_id = self.connection.last_insert_rowid()
                else:
                    large_id = old[-2]
                    run("UPDATE large_data SET data = ? WHERE id = ?", (data, large_id))
            run(
                f"REPLACE INTO item (pk, sk, {ENVELOPE}, large_id, data) VALUES (?, ?, {marks}, ?, ?)",
                (pk, sk, *row, large_id, inline),
            )
            target = (pk, sk)
        marks = ", ".join("?" * len(target))
        for entry in entries:
            run(f"REPLACE INTO index_entry VALUES (?, ?, ?, {marks})", (*entry, *target))

    def close(self) -> None:
        self.reader.close()
        self.connection.close()


def key(number: int) -> tuple[str, str]:
    return f"TENANT#acme#LIBRARY#{number // PARTITION_ITEMS:012d}", f"DOCUMENT#{number % PARTITION_ITEMS:026d}"


def index_keys(number: int) -> list[tuple[int, str, str]]:
    owner = (number * 7919) % max(1, number // PARTITION_ITEMS + 1)
    return [
        (1, f"TENANT#acme#OWNER#{number % 2000:06d}", f"2026-01-01T00:00:00.000Z#{number:026d}"),
        (2, f"TENANT#acme#STATE#{owner:06d}", f"2026-01-01T00:00:00.000Z#{number:026d}"),
    ]


def text(size: int, seed: int) -> str:
    """A JSON object of so many bytes."""
    filling = f"{seed:08d} " + "lorem ipsum dolor sit amet " * (size // 27 + 1)
    return '{"body":"' + filling[: size - 11] + '"}'


def timed(count: int, action: Callable[[int], object]) -> float:
    """Median of five rounds, microseconds of processor time a call, so that a busy neighbour counts little."""
    rounds: list[float] = []
    for start in range(5):
        began = time.process_time()
        for turn in range(start * count, (start + 1) * count):
            action(turn)
        rounds.append((time.process_time() - began) / count * 1e6)
    return sorted(rounds)[2]


def measure(layout: Layout, items: int, row_bytes: int, folder: Path) -> str:
    path = folder / "layout.db"
    file = File(path, layout)
    chance = random.Random(7)
    numbers = list(range(items))
    chance.shuffle(numbers)  # partitions grow side by side, as they do in life
    for start in range(0, items, 1000):
        with file.connection:
            for number in numbers[start : start + 1000]:
                file.put(number, text(row_bytes, number), 1)
    file.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    megabytes = path.stat().st_size / 1e6
    run, some = file.reader.execute, [chance.randrange(items) for _ in range(20_000)]
    get_sql, page_sql = layout.read(False) + "= ?", layout.read(False) + f">= ? ORDER BY i.sk LIMIT {PAGE + 1}"
    index_sql = layout.read(True) + f">= ? ORDER BY e.index_sk LIMIT {PAGE + 1}"
    get = timed(2000, lambda turn: run(get_sql, key(some[turn])).fetchall())
    page = timed(500, lambda turn: run(page_sql, (key(some[turn])[0], "")).fetchall())
    by_index = timed(500, lambda turn: run(index_sql, (index_keys(some[turn])[0][1], "")).fetchall())

    def put(turn: int) -> None:
        file.connection.execute("BEGIN IMMEDIATE")
        file.put(some[turn], text(row_bytes, turn), turn)
        file.connection.execute("COMMIT")

    write = timed(400, put)
    file.close()
    for name in os.listdir(folder):
        os.unlink(folder / name)
    figures = " ".join(f"{figure:>8.1f}" for figure in (get, page, by_index, write, megabytes))
    return f"{row_bytes:>7} {layout.name:<28} {layout.page_bytes:>5} {figures}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--rows", type=int, nargs="*", default=[300, 1200, 1500, 10_000], metavar="BYTES")
    chosen = parser.parse_args()
    print(
        f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()},"
        f" SQLite {apsw.sqlite_lib_version()}, apsw {apsw.apsw_version()}, {chosen.items} items"
    )
    heads = " ".join(f"{head:>8}" for head in ("get us", "page us", "index us", "put us", "MB"))
    print(f"{'row B':>7} {'layout':<28} {'page':>5} {heads}")
    for row_bytes in chosen.rows:
        items = chosen.items if row_bytes < 5000 else chosen.items // 10
        for page_bytes in (4096, 8192):
            for layout in (
                Layout("rowid + unique index", True, page_bytes),
                Layout("WITHOUT ROWID", False, page_bytes),
                Layout("WITHOUT ROWID, out at 500", False, page_bytes, 500),
                Layout("WITHOUT ROWID, out at 1400", False, page_bytes, 1400),
            ):
                with tempfile.TemporaryDirectory() as folder:
                    print(measure(layout, items, row_bytes, Path(folder)), flush=True)


if __name__ == "__main__":
    main()
