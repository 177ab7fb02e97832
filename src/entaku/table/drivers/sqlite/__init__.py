"""The embedded engine: the table in one SQLite file, shared by the processes of one machine.

`open_sqlite` opens it. Reads run where they are called, on the event loop; each process has one thread that writes, and
those threads take turns by lock files beside the database (`NAME.lock`, `NAME.turn`). Read the files in this order:
`schema` (the tables), `reading`, `actions` (what a write does), `writer` (the thread), `lock`, `engine` (the driver).
"""

from __future__ import annotations

from entaku.table.drivers.sqlite.engine import SqliteDriver, open_sqlite

__all__ = ["SqliteDriver", "open_sqlite"]
