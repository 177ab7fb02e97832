"""The file of a backup: JSON lines in gzip, so that `zcat FILE | head` shows it, in sections that are each hashed.

    {"is":"header","format":1,"engine":"sqlite","model":"sha256:…","made_at":"…"}
    {"is":"item","pk":"TENANT#acme#…", …}            many lines, the entries of a section
    {"is":"end_of_section","number":1,"stage":"walk","entries":1000,"sha256":"…"}
    …
    {"is":"trailer","sections":7,"items":{"USER":41, …},"is_exact":true, …,"sha256":"…"}

Entries tell in order what became of items: a later entry of a key counts in place of an earlier one, and a `gone` entry
takes the item away. Only sections of the stage `log` have later ones. A file without its trailer is not whole. It is
written beside its name, readable by its owner alone, and gets its name when it is whole and on the disk.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import gzip
import hashlib
import os
import zlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import IO, Literal

import msgspec

from entaku.core.errors import Conflict, Invalid, NotFound, Unavailable
from entaku.core.limits import MIB
from entaku.table.driver import ItemKey
from entaku.table.durable import sync_folder
from entaku.table.moving.neutral import NeutralItem

FORMAT = 1
COMPRESSION_LEVEL = 6
LINE_BYTES_MAX = 512 * MIB
"""A blob is one line; longer ones are no file of ours."""

Stage = Literal["walk", "log", "blobs"]


class Header(msgspec.Struct, frozen=True, kw_only=True, tag="header", tag_field="is"):
    """What the file is, before anything in it is read."""

    format: int = FORMAT
    engine: str
    """Names the form of what is not read as an entity."""
    model: str
    """A digest of the declared shapes of the program that wrote it."""
    made_at: str
    tenant: str = ""
    """Whose items these are; empty for everybody's and the platform's."""


class GoneEntry(msgspec.Struct, frozen=True, tag="gone", tag_field="is"):
    """An item of an earlier entry has been removed."""

    pk: str
    sk: str

    @property
    def key(self) -> ItemKey:
        return ItemKey(self.pk, self.sk)


class BlobEntry(msgspec.Struct, frozen=True, tag="blob", tag_field="is"):
    """One blob of the blob store."""

    key: str
    content: bytes


class SectionEnd(msgspec.Struct, frozen=True, tag="end_of_section", tag_field="is"):
    """Proves what stands between the section before and here."""

    number: int
    stage: Stage
    entries: int
    sha256: str


class Trailer(msgspec.Struct, frozen=True, kw_only=True, tag="trailer", tag_field="is"):
    """Proves that the file is whole."""

    sections: int
    items: dict[str, int]
    """Entries by kind."""
    gone: int
    blobs: int
    is_exact: bool
    """Whether the items are as they were at one instant; otherwise each is as it was at some time until `ended_at`."""
    ended_at: str
    sha256: str
    """Of the header's line and the hashes of all sections."""


Entry = NeutralItem | GoneEntry | BlobEntry
Line = Header | Entry | SectionEnd | Trailer

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Line).decode


class BackupWriter:
    """Writes one file. `begin`, then sections, then `finish`; `abandon` when it does not come to that."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._part = path.parent / f".{path.name}.part"
        self._file: IO[bytes] | None = None
        self._packed: gzip.GzipFile | None = None
        self._whole = hashlib.sha256()
        self._sections = self._gone = self._blobs = 0
        self._items: dict[str, int] = {}

    async def begin(self, header: Header) -> None:
        """Raises Conflict where there is such a file, or one that is being written; Invalid where none can be."""
        await asyncio.to_thread(self._begin, header)

    async def add(self, stage: Stage, entries: Sequence[Entry]) -> None:
        """A section. Calls do not overlap."""
        if entries:
            await asyncio.to_thread(self._add, stage, entries)

    async def finish(self, *, is_exact: bool, ended_at: str) -> Trailer:
        """Writes the trailer and gives the file its name."""
        trailer = Trailer(
            sections=self._sections,
            items=dict(sorted(self._items.items())),
            gone=self._gone,
            blobs=self._blobs,
            is_exact=is_exact,
            ended_at=ended_at,
            sha256=self._whole.hexdigest(),
        )
        await asyncio.to_thread(self._finish, trailer)
        return trailer

    def abandon(self) -> None:
        """Removes what was written, unless it is finished. Safe to repeat."""
        if self._file is not None:
            self._part.unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # Of a full disk, which does not take the rest either.
                self._close()

    def _begin(self, header: Header) -> None:
        if self.path.exists():
            raise Conflict(f"there is a file {self.path} already; name another, or remove it")
        self._file = self._open_part()
        os.fchmod(self._file.fileno(), 0o600)
        self._file.truncate()
        self._packed = gzip.GzipFile(fileobj=self._file, mode="wb", compresslevel=COMPRESSION_LEVEL, filename="")
        self._whole.update(self._write_line(header))

    def _open_part(self) -> IO[bytes]:
        """The file beside, locked; not emptied yet, for until then another process may have been writing it."""
        while True:
            try:
                number = os.open(self._part, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            except OSError as error:
                raise Invalid(
                    f"{self.path} cannot be written: {error.strerror}; name a file in another folder"
                ) from error
            file = os.fdopen(number, "r+b")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                file.close()
                raise Conflict(f"{self.path} is being written by another process; name another file") from None
            names = os.fstat(number).st_nlink
            if names == 1:
                return file
            # The finished backup of a process that has just ended, or was killed before it removed this name.
            file.close()
            if names > 1:
                self._part.unlink(missing_ok=True)

    def _add(self, stage: Stage, entries: Sequence[Entry]) -> None:
        section = hashlib.sha256()
        for entry in entries:
            section.update(self._write_line(entry))
            match entry:
                case NeutralItem():
                    self._items[entry.kind] = self._items.get(entry.kind, 0) + 1
                case GoneEntry():
                    self._gone += 1
                case BlobEntry():
                    self._blobs += 1
        self._sections += 1
        self._whole.update(section.digest())
        self._write_line(SectionEnd(self._sections, stage, len(entries), section.hexdigest()))

    def _finish(self, trailer: Trailer) -> None:
        assert self._file is not None
        assert self._packed is not None
        self._write_line(trailer)
        try:
            self._packed.close()
            self._file.flush()
            os.fsync(self._file.fileno())
            _give_name(self._part, self.path)
            sync_folder(self.path.parent)
        except FileExistsError:
            raise Conflict(f"there is a file {self.path} already; name another, or remove it") from None
        except OSError as error:
            raise _unwritable(self.path, error) from error
        self._close()

    def _write_line(self, line: Line) -> bytes:
        """The line as it was written."""
        assert self._packed is not None
        text = _encode(line) + b"\n"
        try:
            self._packed.write(text)
        except OSError as error:
            raise _unwritable(self.path, error) from error
        return text

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = self._packed = None


class Section(msgspec.Struct, frozen=True):
    """A section whose hash is right."""

    number: int
    """Counts from 1."""
    stage: Stage
    entries: list[Entry]


class BackupReader:
    """Reads a file from its beginning, as often as it is asked to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.trailer: Trailer | None = None
        """Known when the sections have been read to the end."""

    async def header(self) -> Header:
        """Raises NotFound, Invalid for what is no backup, Conflict for one of a later format."""
        with self._open() as file:
            return await asyncio.to_thread(self._header, file)

    async def sections(self) -> AsyncIterator[Section]:
        """All of them in order, each checked by its hash. Raises Invalid where the file is damaged or not whole."""
        with self._open() as file:
            self._whole = hashlib.sha256()
            await asyncio.to_thread(self._header, file)
            number = 0
            while (section := await asyncio.to_thread(self._section, file, number + 1)) is not None:
                number += 1
                yield section

    def _open(self) -> gzip.GzipFile:
        try:
            return gzip.open(self.path, "rb")
        except FileNotFoundError:
            raise NotFound(f"there is no file {self.path}") from None
        except OSError as error:
            raise Invalid(f"{self.path} cannot be read: {error.strerror}") from error

    def _header(self, file: gzip.GzipFile) -> Header:
        text = self._line(file)
        line = self._decoded(text)
        if not isinstance(line, Header):
            raise Invalid(f"{self.path} is no backup of entaku; make one with 'entaku backup FILE'")
        if line.format > FORMAT:
            raise Conflict(
                f"{self.path} has the format {line.format}, and this version of entaku knows formats up to {FORMAT}:"
                " install the version that wrote it, or a later one"
            )
        self._whole = hashlib.sha256(text)
        return line

    def _section(self, file: gzip.GzipFile, number: int) -> Section | None:
        found, entries = hashlib.sha256(), list[Entry]()
        while True:
            text = self._line(file)
            line = self._decoded(text)
            match line:
                case SectionEnd():
                    if (line.number, line.entries, line.sha256) != (number, len(entries), found.hexdigest()):
                        raise self._damaged(f"section {number} is not what was written")
                    self._whole.update(found.digest())
                    return Section(number, line.stage, entries)
                case Trailer():
                    if entries or (line.sections, line.sha256) != (number - 1, self._whole.hexdigest()):
                        raise self._damaged("the sections are not those that were written")
                    # Read to its end, gzip proves what no hash covers, the trailer itself.
                    if self._read(file):
                        raise self._damaged("something follows its trailer")
                    self.trailer = line
                    return None
                case Header():
                    raise self._damaged("a second header")
                case _:
                    found.update(text)
                    entries.append(line)

    def _line(self, file: gzip.GzipFile) -> bytes:
        text = self._read(file)
        if not text.endswith(b"\n"):
            raise self._damaged("it ends before its trailer")
        return text

    def _read(self, file: gzip.GzipFile) -> bytes:
        """A line; nothing at the end of the file."""
        try:
            return file.readline(LINE_BYTES_MAX)
        except (EOFError, OSError, zlib.error) as error:
            if isinstance(error, gzip.BadGzipFile) and file.tell() == 0:
                raise Invalid(f"{self.path} is no backup of entaku; make one with 'entaku backup FILE'") from error
            raise self._damaged(str(error)) from error

    def _decoded(self, text: bytes) -> Line:
        try:
            return _decode(text)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise self._damaged(str(error)) from error

    def _damaged(self, what: str) -> Invalid:
        return Invalid(f"{self.path} is damaged or not whole ({what}); use another backup")


def _unwritable(path: Path, error: OSError) -> Unavailable:
    return Unavailable(f"{path} cannot be written: {error.strerror}; make room on its disk and try again")


def _give_name(part: Path, path: Path) -> None:
    """Raises FileExistsError."""
    try:
        os.link(part, path)  # Unlike a renaming, it takes no other file's place.
    except FileExistsError:
        raise
    except OSError:
        # Memory sticks and some shares have no links.
        if path.exists():
            raise FileExistsError from None
        part.rename(path)
    else:
        part.unlink()
