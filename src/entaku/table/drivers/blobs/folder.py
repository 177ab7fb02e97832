"""Blobs as files of a folder: a part of the key is a folder, the last one the file.

A blob is written to a file beside, brought to the disk, and linked to its name, which fails where there is one already:
so a name never has half of a content, and never another one. It is on the disk before anybody can refer to it, whatever
`sqlite_synchronous` says: an item may get there at any later moment, and after a loss of power has its blob.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import ParamSpec, TypeVar

from entaku.core.clock import Clock, SystemClock, to_us
from entaku.core.errors import Conflict, NotFound, Unavailable
from entaku.table.blobs.store import BlobInfo, check_blob_key, check_blob_size, is_blob_key
from entaku.table.durable import sync_folder

P = ParamSpec("P")
T = TypeVar("T")

PARTS = ".parts"
"""The folder of what is being written; no key begins with a dot."""
PARTS_KEPT_S = 24 * 3600
"""A file there that is older was left by a process that was killed."""
RACES_MAX = 8
"""How often a folder may be removed, for being empty, while a blob is put into it."""


class FolderBlobs:
    """Implements `BlobStore`; for all processes of one machine. The folder is made by the first `put`, for its user
    alone. Files are read and written in threads."""

    def __init__(self, folder: Path, clock: Clock | None = None) -> None:
        self._root, self._clock = folder, clock or SystemClock()
        self._is_tidy = False

    async def put(self, key: str, content: bytes) -> None:
        path = self._path(key)
        check_blob_size(key, content)
        await self._in_thread(self._put, path, key, content)

    async def get(self, key: str) -> bytes:
        return await self._in_thread(_read, self._path(key), key)

    async def list(self, *, prefix: str, after: str | None, limit: int) -> list[BlobInfo]:
        return await self._in_thread(self._list, prefix, after or "", limit)

    async def delete(self, key: str) -> None:
        await self._in_thread(self._delete, self._path(key))

    async def close(self) -> None:
        """Nothing is held open."""

    def _path(self, key: str) -> Path:
        return self._root / check_blob_key(key)

    async def _in_thread(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await asyncio.to_thread(work, *args, **kwargs)
        except OSError as error:
            raise Unavailable(
                f"the folder {self._root} of the blobs cannot be used just now: {error.strerror or error}"
            ) from error

    def _put(self, path: Path, key: str, content: bytes) -> None:
        parts = self._root / PARTS
        _make_folder(parts)
        self._tidy(parts)
        part = parts / secrets.token_hex(16)
        try:
            self._write(part, content)
            _link(part, path)
        except FileExistsError:
            if path.read_bytes() != content:
                raise Conflict(f"blob {key} is there already with another content; blobs do not change") from None
        finally:
            part.unlink(missing_ok=True)
        sync_folder(path.parent)

    def _write(self, part: Path, content: bytes) -> None:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            at_us = to_us(self._clock.now())
            os.utime(file.fileno(), ns=(at_us * 1000, at_us * 1000))
            os.fsync(file.fileno())

    def _tidy(self, parts: Path) -> None:
        """Once: removes what killed processes have left."""
        if self._is_tidy:
            return
        self._is_tidy = True
        oldest = self._clock.now().timestamp() - PARTS_KEPT_S
        for left in parts.iterdir():
            with contextlib.suppress(FileNotFoundError):  # One that is being written, and was finished just now.
                if left.stat().st_mtime < oldest:
                    left.unlink()

    def _delete(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        for folder in path.parents:
            if folder == self._root:
                break
            try:
                folder.rmdir()
            except OSError:
                break  # Something is in it, or somebody was faster.

    def _list(self, prefix: str, after: str, limit: int) -> list[BlobInfo]:
        found: list[BlobInfo] = []
        for key, path in self._walk("", prefix, after):
            if len(found) == limit:
                break
            try:
                status = path.stat()
            except FileNotFoundError:
                continue
            found.append(BlobInfo(key, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC)))
        return found

    def _walk(self, within: str, prefix: str, after: str) -> Iterator[tuple[str, Path]]:
        """Files below a folder, whose key begins with `within`, in the order of their keys."""
        try:
            with os.scandir(self._root / within) as entries:
                # A folder sorts by what follows its name in every key.
                names = sorted(f"{e.name}/" if e.is_dir() else e.name for e in entries if not e.name.startswith("."))
        except FileNotFoundError:
            return
        for name in names:
            key = within + name
            if not (key.startswith(prefix) or prefix.startswith(key)):
                continue
            if name.endswith("/"):
                if key > after or after.startswith(key):
                    yield from self._walk(key, prefix, after)
            elif key > after and key.startswith(prefix) and is_blob_key(key):
                yield key, self._root / key


def _read(path: Path, key: str) -> bytes:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFound(f"there is no blob {key}") from error


def _link(part: Path, path: Path) -> None:
    """Gives the file its name. Raises FileExistsError."""
    for attempt in range(1, RACES_MAX + 1):
        _make_folder(path.parent)
        try:
            os.link(part, path)
        except FileNotFoundError:
            if attempt == RACES_MAX:
                raise
        else:
            return


def _make_folder(folder: Path) -> None:
    """With those above it, each for its user alone and on the disk."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    sync_folder(folder.parent)
