"""Which blob store the settings name."""

from __future__ import annotations

from pathlib import Path

import pytest

from entaku.core.config import Config, config_from
from entaku.core.errors import Invalid
from entaku.core.limits import BLOBS_KEPT_S
from entaku.engines import blob_store
from entaku.main import build
from entaku.table.drivers.blobs import FolderBlobs, S3Blobs
from entaku.testing import ManualClock


def chosen(clock: ManualClock, **settings: str) -> object:
    """The store of these settings, as the environment has them."""
    return blob_store(config_from(None, {f"ENTAKU_{name.upper()}": text for name, text in settings.items()}), clock)


async def test_beside_a_file_of_its_own_the_table_keeps_values_in_the_data_folder(
    tmp_path: Path, clock: ManualClock
) -> None:
    app = await build(Config(data=tmp_path), clock=clock)
    assert app.table.blobs is not None
    await app.table.blobs.put("acme/x", b"content")
    await app.close()

    assert (tmp_path / "blobs" / "acme" / "x").read_bytes() == b"content"


def test_on_dynamodb_there_is_no_store_unless_one_is_named(clock: ManualClock, tmp_path: Path) -> None:
    assert chosen(clock, table="dynamodb") is None
    assert isinstance(chosen(clock, table="dynamodb", blobs=str(tmp_path)), FolderBlobs)


@pytest.mark.parametrize(
    ("place", "bucket", "prefix"),
    [("s3://values", "values", ""), ("s3://values/", "values", ""), ("s3://a.b-c/of/entaku/", "a.b-c", "of/entaku/")],
)
def test_s3_is_named_by_bucket_and_prefix(clock: ManualClock, place: str, bucket: str, prefix: str) -> None:
    store = chosen(clock, blobs=place)

    assert isinstance(store, S3Blobs)
    assert (store.bucket, store.prefix) == (bucket, prefix)


@pytest.mark.parametrize("place", ["s3://", "s3://a", "s3://Values/x", f"s3://values/{'x' * 301}", "s3://values/ä"])
def test_what_is_no_place_in_s3_is_refused(clock: ManualClock, place: str) -> None:
    with pytest.raises(Invalid, match="s3://bucket/prefix"):
        chosen(clock, blobs=place)


def test_values_are_kept_for_at_least_as_long_as_anything_names_them(clock: ManualClock) -> None:
    with pytest.raises(Invalid, match="ENTAKU_BLOBS_KEPT_S"):
        chosen(clock, blobs_kept_s=str(BLOBS_KEPT_S - 1))
