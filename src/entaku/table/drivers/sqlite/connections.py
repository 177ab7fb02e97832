"""Opening the file, what we use of a connection, and what SQLite's errors are called in our tree."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol, cast

import apsw

from entaku.core.errors import EntakuError, Internal, Invalid, Unavailable

Synchronous = Literal["normal", "full"]

PAGE_BYTES = 8192

READER_BUSY_MS = 250
"""Readers wait for nobody but a process that recovers the log after a crash; they do it on the event loop."""

_CACHE_KIB = 8192
_LOG_KEPT_BYTES = 16 * 1024 * 1024
"""What is left of a write-ahead log that had to grow, once it has been copied back."""


class Cursor(Protocol):
    """The rows of one statement; what is not read is dropped with it."""

    @property
    def get(self) -> Any:
        """The value of one row with one column, the row as a tuple when it has more, None when there is no row."""
        ...

    def fetchall(self) -> list[tuple[Any, ...]]: ...

    def __iter__(self) -> Iterator[tuple[Any, ...]]: ...


class Connection(Protocol):
    """The part of `apsw.Connection` that is used here; apsw's own types need a later Python than we support."""

    @property
    def in_transaction(self) -> bool: ...

    def execute(self, statements: str, bindings: Sequence[int | str | None] = ..., /) -> Cursor: ...

    def last_insert_rowid(self) -> int: ...

    def wal_checkpoint(self, dbname: str | None = None, mode: int = ...) -> tuple[int, int]: ...

    def set_busy_timeout(self, milliseconds: int, /) -> None: ...

    def set_wal_hook(self, callable: Callable[[Any, str, int], int], /) -> None: ...

    def create_scalar_function(
        self, name: str, callable: Callable[..., int], numargs: int, /, *, deterministic: bool
    ) -> None: ...

    def close(self) -> None: ...


def make_file(path: Path) -> Path:
    """Make sure that there is a file that we may write, readable by its owner alone when it is new. Raises Invalid.

    Answers its one name, without links: by it all processes find the same lock files.

    A file that is there already is not even opened: closing it would take the locks away that SQLite holds on it for
    another connection of this process, as POSIX has it.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        if not path.is_file() or not os.access(path, os.R_OK | os.W_OK):
            raise Invalid(f"{path} cannot be opened: it is no file that may be read and written") from None
    except OSError as error:
        raise Invalid(
            f"{path} cannot be opened: {error.strerror}; name a file in a folder that can be written"
        ) from error
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise Invalid(f"{path} cannot be opened: its folder cannot be written, and the write-ahead log goes there")
    return path.resolve()


def open_writer(path: Path, synchronous: Synchronous, wait_s: float) -> Connection:
    """The connection that writes, in WAL mode. Raises Invalid for a file that is no SQLite database."""
    try:
        connection = _open(path, round(wait_s * 1000))
        connection.execute(f"PRAGMA page_size = {PAGE_BYTES}").fetchall()
        if connection.execute("PRAGMA journal_mode = WAL").get != "wal":
            raise Invalid(f"{path} cannot have a write-ahead log: put it on a local file system")
        connection.execute(f"PRAGMA synchronous = {synchronous}").fetchall()
        connection.execute(f"PRAGMA journal_size_limit = {_LOG_KEPT_BYTES}").fetchall()
    except apsw.NotADBError as error:
        raise Invalid(f"{path} is not a SQLite database; choose another path") from error
    except apsw.Error as error:
        raise translated(error, path) from error
    return connection


def open_reader(path: Path) -> Connection:
    """A connection that cannot write."""
    try:
        connection = _open(path, READER_BUSY_MS)
        connection.execute("PRAGMA query_only = ON").fetchall()
    except apsw.Error as error:
        raise translated(error, path) from error
    return connection


def _open(path: Path, busy_ms: int) -> Connection:
    connection = cast("Connection", apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE))
    connection.set_busy_timeout(busy_ms)
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}").fetchall()
    return connection


def translated(error: apsw.Error, path: Path) -> EntakuError:
    """The error of the tree that says the same."""
    match error:
        case apsw.BusyError() | apsw.LockedError():
            return Unavailable(f"another program keeps {path} locked; find it with 'fuser {path}', or try again")
        case apsw.FullError():
            return Unavailable(f"there is no room left to write {path}; free some and try again")
        case apsw.ConnectionClosedError():
            return Unavailable(f"{path} has been closed; open it again")
        case apsw.CantOpenError() | apsw.IOError() | apsw.ReadOnlyError() | apsw.ProtocolError() | apsw.NoMemError():
            return Unavailable(f"{path} cannot be read or written now, look at its disk and its permissions: {error}")
        case apsw.SQLError() if "no such table" in str(error):
            return Internal(f"{path} has no table yet; create it first: {error}")
        case apsw.CorruptError() | apsw.NotADBError():
            return Internal(f"{path} is damaged, restore it from a backup: {error}")
        case _:
            return Internal(f"{path}: {type(error).__name__}: {error}")
