"""`entaku table sweep-blobs`: what no item refers to is marked, kept for days, and removed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from entaku.core.limits import BLOBS_KEPT_S
from entaku.table.blobs.keys import UNREFERENCED
from tests.cli.command_line import CommandLine

UNUSED = "acme/document/00/1"


def put(entaku: CommandLine, key: str, content: bytes, *, age_s: int) -> Path:
    """A file of the blob folder, as if it had been put so long ago."""
    path = entaku.data / "blobs" / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    at = path.stat().st_mtime - age_s
    os.utime(path, (at, at))
    return path


@pytest.fixture(autouse=True)
def founded(entaku: CommandLine) -> None:
    entaku.must("tenants", "create", "acme")


def test_an_unused_value_is_marked_first(entaku: CommandLine) -> None:
    value = put(entaku, UNUSED, b"content", age_s=7200)

    done = entaku("table", "sweep-blobs", "--json").json()

    assert (done["blobs"], done["marked"], done["removed"]) == (1, 1, 0)
    assert value.exists()
    assert (entaku.data / "blobs" / UNREFERENCED / UNUSED).exists()


def test_a_value_that_was_marked_long_ago_is_removed_with_its_mark(entaku: CommandLine) -> None:
    value = put(entaku, UNUSED, b"content", age_s=BLOBS_KEPT_S * 2)
    mark = put(entaku, UNREFERENCED + UNUSED, b"", age_s=BLOBS_KEPT_S + 60)

    printed = entaku.must("table", "sweep-blobs")

    assert "1 removed (7 bytes)" in printed
    assert not value.exists()
    assert not mark.exists()


def test_the_setting_lets_values_wait_for_longer(entaku: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTAKU_BLOBS_KEPT_S", str(BLOBS_KEPT_S * 2))
    value = put(entaku, UNUSED, b"content", age_s=BLOBS_KEPT_S * 2)
    put(entaku, UNREFERENCED + UNUSED, b"", age_s=BLOBS_KEPT_S + 60)

    assert entaku("table", "sweep-blobs", "--json").json()["waiting"] == 1
    assert value.exists()


def test_a_dry_run_removes_nothing(entaku: CommandLine) -> None:
    value = put(entaku, UNUSED, b"content", age_s=BLOBS_KEPT_S * 2)
    put(entaku, UNREFERENCED + UNUSED, b"", age_s=BLOBS_KEPT_S + 60)

    printed = entaku.must("table", "sweep-blobs", "--dry-run")

    assert "1 would be removed (7 bytes)" in printed
    assert value.exists()


@pytest.mark.parametrize("place", ["s3://", "s3://a", "s3:/bucket", "s3://Bucket/x"])
def test_a_place_in_s3_that_is_none_is_refused(
    entaku: CommandLine, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setenv("ENTAKU_BLOBS", place)

    refused = entaku("table", "sweep-blobs")

    assert refused.status == 2
    assert "s3://bucket/prefix" in refused.err


def test_the_folder_may_be_elsewhere(entaku: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ENTAKU_BLOBS", str(tmp_path / "elsewhere"))
    put(entaku, UNUSED, b"content", age_s=7200)

    assert entaku("table", "sweep-blobs", "--json").json()["blobs"] == 0
