"""The embedded engine: the table in one SQLite file, shared by the processes of one machine.

`open_sqlite` opens it. Reads run where they are called, on the event loop; each process has one thread that writes, and
those threads take turns by lock files beside the database (`NAME.lock`, `NAME.turn`).

A driver does not survive a fork: open it in the process that uses it. No other SQLite library, as Python's `sqlite3`,
may open the file in a process that has a driver on it: closing it there takes our locks away. Other processes may.

Read the files in this order: `schema` (the tables), `reading`, `actions` (what a write does), `writer` (the thread),
`lock`, `engine` (the driver).
"""

from __future__ import annotations

from entaku.table.drivers.sqlite.engine import SqliteDriver, open_sqlite

__all__ = ["SqliteDriver", "open_sqlite"]
