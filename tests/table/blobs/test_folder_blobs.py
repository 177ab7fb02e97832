"""What is peculiar to blobs in a folder."""

from __future__ import annotations

import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from entaku.core.errors import Unavailable
from entaku.table.drivers.blobs import FolderBlobs
from entaku.table.drivers.blobs.folder import PARTS, PARTS_KEPT_S
from entaku.testing import ManualClock
from tests.table.blobs.conftest import keys_in


async def test_files_and_folders_are_for_their_user_alone(bare_blobs: FolderBlobs, tmp_path: Path) -> None:
    await bare_blobs.put("acme/document/x", b"secret")

    made = [tmp_path / "blobs", *(tmp_path / "blobs").rglob("*")]
    assert {stat.S_IMODE(path.stat().st_mode) for path in made if path.is_dir()} == {0o700}
    assert {stat.S_IMODE(path.stat().st_mode) for path in made if path.is_file()} == {0o600}


async def test_the_folder_is_made_by_the_first_put(bare_blobs: FolderBlobs, tmp_path: Path) -> None:
    assert await keys_in(bare_blobs) == []
    assert not (tmp_path / "blobs").exists()


async def test_nothing_is_left_of_a_put_but_the_blob(bare_blobs: FolderBlobs, tmp_path: Path) -> None:
    await bare_blobs.put("acme/x", b"content")
    await bare_blobs.put("acme/x", b"content")

    assert list((tmp_path / "blobs" / PARTS).iterdir()) == []


async def test_what_a_killed_put_has_left_is_no_blob_and_goes_after_a_day(
    tmp_path: Path, clock: ManualClock, bare_blobs: FolderBlobs
) -> None:
    await bare_blobs.put("acme/x", b"content")
    left = tmp_path / "blobs" / PARTS / "left"
    left.write_bytes(b"half of")
    os.utime(left, (clock.now().timestamp(), clock.now().timestamp()))

    assert await keys_in(bare_blobs) == ["acme/x"]

    await FolderBlobs(tmp_path / "blobs", clock).put("acme/y", b"content")
    assert left.exists()
    clock.advance(timedelta(seconds=PARTS_KEPT_S + 1))
    await FolderBlobs(tmp_path / "blobs", clock).put("acme/z", b"content")
    assert not left.exists()


async def test_files_of_others_are_not_listed(bare_blobs: FolderBlobs, tmp_path: Path) -> None:
    await bare_blobs.put("acme/x", b"content")
    (tmp_path / "blobs" / "README").write_text("not ours")
    (tmp_path / "blobs" / "acme" / ".DS_Store").write_text("not ours")

    assert await keys_in(bare_blobs) == ["acme/x"]


async def test_the_folders_of_what_is_deleted_go_too(bare_blobs: FolderBlobs, tmp_path: Path) -> None:
    await bare_blobs.put("acme/document/x", b"content")
    await bare_blobs.put("globex/document/x", b"content")

    await bare_blobs.delete("acme/document/x")

    assert sorted(path.name for path in (tmp_path / "blobs").iterdir()) == [PARTS, "globex"]


async def test_a_folder_that_cannot_be_used_is_unavailable_and_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    store = FolderBlobs(tmp_path / "file")

    with pytest.raises(Unavailable, match=str(tmp_path / "file")):
        await store.put("acme/x", b"content")
