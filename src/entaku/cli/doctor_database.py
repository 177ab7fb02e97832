"""What `entaku doctor` looks at in the database: that it opens, that it is whole, its log, its locks.

It is read by Python's own SQLite, before the engine opens it: two copies of SQLite must not hold one file open in one
process, since the first to close it would drop the other's locks.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from entaku.cli.findings import Finding, problem
from entaku.cli.session import with_app
from entaku.core.errors import EntakuError
from entaku.core.limits import MIB

if TYPE_CHECKING:
    from entaku.core.config import Config
    from entaku.main import App

LOG_BYTES_MAX = 256 * MIB
RESTORE = "stop the servers, keep a copy of the data folder, and restore it from a backup"


def database_findings(config: Config) -> Iterator[Finding]:
    file = config.database
    if not file.exists():
        yield Finding(about="database", says=f"{file} is not there yet; the first tenant makes it")
        return
    integrity = _integrity(file)
    yield integrity
    if integrity.is_ok:
        yield opening_finding()
    yield _log(file)
    yield from _locks(file)


def _integrity(file: Path) -> Finding:
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            answers = [str(row[0]) for row in connection.execute("PRAGMA quick_check(5)")]
    except sqlite3.Error as error:
        return problem("integrity", f"{file} cannot be read: {error}", RESTORE)
    if answers != ["ok"]:
        return problem("integrity", f"{file} is damaged: {'; '.join(answers)}", RESTORE)
    return Finding(about="integrity", says=f"{file} is whole, {file.stat().st_size / MIB:.1f} MiB")


def opening_finding() -> Finding:
    """Opens the system as every command does, and asks it something."""

    async def count(app: App) -> str:
        page = await app.accounts.tenants.list(app.operator(), limit=10)
        return f"{len(page.items)}{' or more' if page.cursor else ''}"

    try:
        return Finding(about="database", says=f"it opens; tenants: {with_app(count)}")
    except EntakuError as error:
        return problem("database", error.message, "the message says what to do; ENTAKU_DEBUG=1 shows more")


def _log(file: Path) -> Finding:
    log = Path(f"{file}-wal")
    size = log.stat().st_size if log.exists() else 0
    if size > LOG_BYTES_MAX:
        says = f"the write-ahead log has {size // MIB} MiB; something keeps it from being copied back"
        return problem("log", says, f"end what reads the file for long ('fuser {file}'), or restart the server")
    return Finding(about="log", says=f"the write-ahead log has {size / MIB:.1f} MiB")


def _locks(file: Path) -> Iterator[Finding]:
    """The files by which processes take turns to write."""
    paths = [path for path in (Path(f"{file}.lock"), Path(f"{file}.turn")) if path.exists()]
    held = False
    for path in paths:
        if not os.access(path, os.R_OK | os.W_OK):
            yield problem("locks", f"{path} cannot be written, so nothing can", f"run: chown $(id -un) {path}")
            return
        held = held or _is_held(path)
    yield Finding(about="locks", says="a process is writing just now" if held else "nobody is writing just now")


def _is_held(path: Path) -> bool:
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
