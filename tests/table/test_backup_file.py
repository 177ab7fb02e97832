"""The file of a backup: whole, or refused; and no file that was finished is ever touched again."""

from __future__ import annotations

import errno
import gzip
import os
import resource
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from entaku.core.errors import Invalid, Unavailable
from entaku.table.moving.backup_contents import read_contents
from entaku.table.moving.backup_file import BackupWriter, BlobEntry, Header

HEADER = Header(engine="sqlite", model="sha256:0", made_at="2026-04-01T00:00:00.000Z")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "table.backup"


@pytest.fixture
def full_disk() -> Iterator[None]:
    """No file of this process may grow beyond 10,000 bytes."""
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    signal.signal(signal.SIGXFSZ, before)


def content_of(path: Path) -> bytes:
    return path.read_bytes()


def put(path: Path, content: bytes) -> None:
    path.write_bytes(content)


async def written(path: Path, content: bytes = b"content") -> bytes:
    """A backup of one blob, and its bytes."""
    writer = BackupWriter(path)
    try:
        await writer.begin(HEADER)
        await writer.add("blobs", [BlobEntry("acme/document/1", content)])
        await writer.finish(is_exact=True, ended_at=HEADER.made_at)
    finally:
        writer.abandon()
    return content_of(path)


async def test_a_file_that_was_cut_off_anywhere_is_refused(path: Path) -> None:
    whole = await written(path)

    for length in range(len(whole)):
        put(path, whole[:length])

        with pytest.raises(Invalid, match=r"damaged or not whole|no backup of entaku"):
            await read_contents(path)


async def test_a_file_in_which_one_bit_is_another_is_refused_or_says_the_same(path: Path) -> None:
    whole = await written(path)
    contents = await read_contents(path)

    for place in range(len(whole)):
        put(path, whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])

        try:
            # gzip notes the time and the system that a file comes from, which mean nothing here.
            assert await read_contents(path) == contents
        except Invalid:
            continue


async def test_nothing_may_follow_the_trailer(path: Path) -> None:
    whole = await written(path)

    for more in (b"more", gzip.compress(b"more"), whole):
        put(path, whole + more)

        with pytest.raises(Invalid, match="damaged or not whole"):
            await read_contents(path)


@pytest.mark.parametrize("line", [b'{"is":"gone","pk":"\xff"}', b"[" * 100_000, b'{"is":"gone","pk":' + b"[" * 100_000])
async def test_a_line_that_nobody_wrote_is_refused(path: Path, line: bytes) -> None:
    whole = gzip.decompress(await written(path))
    put(path, gzip.compress(whole.replace(b"\n", b"\n" + line + b"\n", 1)))

    with pytest.raises(Invalid, match="damaged or not whole"):
        await read_contents(path)


@pytest.mark.usefixtures("full_disk")
async def test_a_full_disk_is_told_as_such_and_leaves_nothing(path: Path) -> None:
    with pytest.raises(Unavailable, match="make room on its disk"):
        await written(path, os.urandom(20_000))

    assert list(path.parent.iterdir()) == []


@pytest.mark.usefixtures("full_disk")
async def test_a_disk_that_is_full_at_the_very_end_is_told_too(path: Path) -> None:
    with pytest.raises(Unavailable, match="make room on its disk"):
        await written(path, os.urandom(9_900))

    assert list(path.parent.iterdir()) == []


async def test_a_backup_that_was_killed_at_its_end_is_not_overwritten_by_the_next_one(path: Path) -> None:
    monday = path.with_name("monday.backup")
    whole = await written(monday)
    os.link(monday, path.with_name(f".{path.name}.part"))  # As if it had had that name first, and kept it.

    await written(path, b"another content")

    assert content_of(monday) == whole
    assert sorted(each.name for each in path.parent.iterdir()) == ["monday.backup", "table.backup"]


async def test_a_file_system_without_links_takes_backups_too(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", refuse)

    await written(path)

    assert (await read_contents(path)).trailer.blobs == 1
    assert [each.name for each in path.parent.iterdir()] == [path.name]
