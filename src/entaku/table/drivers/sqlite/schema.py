"""The physical tables, and which file is one of ours.

Any SQLite tool can read them: `item_whole` shows every item with its data, wherever those are kept.

Rows are clustered by key (`WITHOUT ROWID`), so that a page of a partition is read from a few neighbouring leaves. With
100,000 items of 300 and of 1,200 bytes a page of 20 takes 45 and 52 us, against 82 and 139 us where rows lie in order
of arrival under a key index; a page through an index takes a third more (105 and 179 against 87 and 129 us), a get the
same. It suits only rows that fit into a leaf (a quarter of a page, 2,030 bytes of 8,192; twice the time beyond), hence
larger data are kept in `large_data`. The figures are those of `benchmarks/sqlite_layout.py`.
"""

from __future__ import annotations

from pathlib import Path

from entaku.core.errors import Conflict, Invalid
from entaku.table.drivers.sqlite.connections import Connection

LAYOUT = 1
"""Counts the physical layouts; kept in the file as `PRAGMA user_version`."""

APPLICATION_ID = 0x656E746B
"""Kept in the file as `PRAGMA application_id`: "entk"."""

INLINE_BYTES_MAX = 1400
"""Data up to so many bytes stay in the row; with its keys, times and index keys the row then fits into a leaf."""

_TABLES = """
CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE item (
    pk TEXT NOT NULL,
    sk TEXT NOT NULL,
    kind TEXT NOT NULL,
    schema INTEGER NOT NULL,
    version INTEGER NOT NULL,
    write_id TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    expires_ms INTEGER,
    index_keys TEXT,   -- [[index, pk, sk], ...]
    logged_for TEXT,   -- the tenant whose change log tells of the item; NULL for items that are not logged
    large_id INTEGER,  -- where the data are, when they are not here
    data TEXT,
    PRIMARY KEY (pk, sk)
) STRICT, WITHOUT ROWID;

CREATE INDEX item_expiry ON item (expires_ms) WHERE expires_ms IS NOT NULL;

CREATE TABLE large_data (
    id INTEGER PRIMARY KEY,
    data TEXT NOT NULL
) STRICT;

CREATE TABLE index_entry (
    number INTEGER NOT NULL,
    index_pk TEXT NOT NULL,
    index_sk TEXT NOT NULL,
    pk TEXT NOT NULL,
    sk TEXT NOT NULL,
    PRIMARY KEY (number, index_pk, index_sk, pk, sk)
) STRICT, WITHOUT ROWID;

CREATE TABLE change (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    pk TEXT NOT NULL,
    sk TEXT NOT NULL,
    version INTEGER NOT NULL,
    old TEXT,
    new TEXT
) STRICT;

CREATE VIEW item_whole AS
SELECT pk, sk, kind, schema, version, write_id, created_at, updated_at, expires_ms, index_keys,
       coalesce(data, (SELECT data FROM large_data WHERE id = large_id)) AS data
FROM item;
"""


def check_file(connection: Connection, path: Path) -> None:
    """Raises Conflict for a file of a newer layout, Invalid for the database of another program."""
    layout, owner, tables = (
        connection.execute(question).get
        for question in ("PRAGMA user_version", "PRAGMA application_id", "SELECT count(*) FROM sqlite_schema")
    )
    if owner == APPLICATION_ID and layout > LAYOUT:
        raise Conflict(
            f"{path} has the physical layout {layout}, and this version of entaku knows layouts up to {LAYOUT}:"
            " install the version that wrote it, or a later one"
        )
    if owner != APPLICATION_ID and tables:
        raise Invalid(f"{path} is the database of another program; choose another path")


def create_table(connection: Connection, indexes: int) -> None:
    """Part of a transaction. See the driver's `create_table`."""
    if connection.execute("PRAGMA user_version").get == 0:
        connection.execute(_TABLES).fetchall()
        connection.execute("INSERT INTO meta (name, value) VALUES ('indexes', ?)", (indexes,))
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}").fetchall()
        connection.execute(f"PRAGMA user_version = {LAYOUT}").fetchall()
    # Every index is rows of one table, so one more is only noted. It shows what is written from now on.
    connection.execute("UPDATE meta SET value = max(value, ?) WHERE name = 'indexes'", (indexes,))
