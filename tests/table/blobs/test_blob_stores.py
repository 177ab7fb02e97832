"""The contract of blob stores, on each of them. S3 is tested where the table is on DynamoDB."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from entaku.core.clock import SystemClock
from entaku.core.errors import Conflict, Invalid, NotFound
from entaku.core.limits import BLOB_BYTES_MAX, BLOB_KEY_BYTES_MAX, BLOB_KEY_PART_BYTES_MAX
from entaku.table import BlobStore
from entaku.table.drivers.blobs import FolderBlobs
from entaku.testing.weather import Dice
from tests.table.blobs.conftest import keys_in

KEYS = ("a", "a-b/c", "a.b", "a/b-c", "a/b/c", "a/b/d", "a_b", "ab", "b/~41cme/x", "b/~~", "~x/a")
"""Ascending by their bytes."""


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.engine("dynamodb"))])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[BlobStore]:
    if request.param == "folder":
        opened: BlobStore = FolderBlobs(tmp_path / "blobs")
    else:
        # Its library is an extra, and whoever runs on SQLite does not need it.
        from tests.emulators.s3 import open_for_test

        opened = open_for_test()
    yield opened
    await opened.close()


async def fill(store: BlobStore, keys: tuple[str, ...] = KEYS) -> None:
    """Puts a blob under each key: its own text."""
    await asyncio.gather(*(store.put(key, key.encode()) for key in keys if key != "a"))


@pytest.mark.parametrize("content", [b"", b"\x00\r\n\xff", bytes(range(256)) * 5000])
async def test_what_was_put_comes_back(store: BlobStore, content: bytes) -> None:
    await store.put("acme/document/1", content)

    assert await store.get("acme/document/1") == content


async def test_what_was_never_put_is_not_found(store: BlobStore) -> None:
    with pytest.raises(NotFound, match="there is no blob acme/x"):
        await store.get("acme/x")


async def test_putting_the_same_again_does_nothing(store: BlobStore) -> None:
    await store.put("acme/x", b"content")
    (before,) = await store.list(prefix="", after=None, limit=10)

    await store.put("acme/x", b"content")

    assert await store.list(prefix="", after=None, limit=10) == [before]


async def test_a_blob_is_never_overwritten(store: BlobStore) -> None:
    await store.put("acme/x", b"content")

    with pytest.raises(Conflict, match="acme/x is there already with another content"):
        await store.put("acme/x", b"another")

    assert await store.get("acme/x") == b"content"


async def test_of_many_who_put_under_one_key_one_wins(store: BlobStore) -> None:
    contents = [str(n).encode() for n in range(8)]

    done = await asyncio.gather(*(store.put("acme/x", content) for content in contents), return_exceptions=True)

    winners = [content for content, error in zip(contents, done, strict=True) if error is None]
    assert winners == [await store.get("acme/x")]
    assert all(error is None or isinstance(error, Conflict) for error in done)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/a",
        "a/",
        "a//b",
        ".",
        "..",
        "../a",
        "a/../b",
        "a/.b",
        "A",
        "a b",
        "a\\b",
        "a%2fb",
        "a\x00",
        "a\n",
        "é",
        "a" * (BLOB_KEY_PART_BYTES_MAX + 1),
        "/".join(["a" * 99] * (BLOB_KEY_BYTES_MAX // 100 + 1)),
    ],
)
async def test_no_method_takes_what_is_no_key(store: BlobStore, key: str) -> None:
    for call in (store.put(key, b""), store.get(key), store.delete(key)):
        with pytest.raises(Invalid, match="is no key of a blob"):
            await call


async def test_the_longest_key_is_possible(store: BlobStore) -> None:
    parts = ["a" * BLOB_KEY_PART_BYTES_MAX] * 3
    key = "/".join([*parts, "b" * (BLOB_KEY_BYTES_MAX - 3 * BLOB_KEY_PART_BYTES_MAX - 3)])

    await store.put(key, b"content")

    assert await store.get(key) == b"content"
    assert await keys_in(store) == [key]


async def test_a_blob_has_a_bound(store: BlobStore) -> None:
    with pytest.raises(Invalid, match=f"a blob holds at most {BLOB_BYTES_MAX}"):
        await store.put("acme/x", bytes(BLOB_BYTES_MAX + 1))


async def test_an_empty_store_lists_nothing(store: BlobStore) -> None:
    assert await store.list(prefix="", after=None, limit=10) == []
    assert await store.list(prefix="a/b", after="a", limit=10) == []


async def test_a_listing_is_in_the_order_of_the_bytes(store: BlobStore) -> None:
    await fill(store)

    assert await keys_in(store) == list(KEYS[1:])


async def test_a_listing_tells_the_size_and_when_it_was_put(store: BlobStore) -> None:
    before = SystemClock().now()
    await store.put("acme/x", b"12345")
    after = SystemClock().now()

    (found,) = await store.list(prefix="", after=None, limit=10)

    assert found.size_bytes == 5
    assert before.replace(microsecond=0) <= found.stored_at <= after


@pytest.mark.parametrize("seed", range(5))
async def test_every_stretch_is_that_of_the_sorted_keys(store: BlobStore, seed: int) -> None:
    await fill(store)
    dice = Dice(seed)
    prefixes = ["", *(key[: 1 + dice.roll(len(key))] for key in KEYS)]
    afters = [None, *KEYS, "a/b", "a/bb", "0", "~~"]
    for _ in range(20):
        prefix, after = prefixes[dice.roll(len(prefixes))], afters[dice.roll(len(afters))]
        limit = 1 + dice.roll(5)

        found = await store.list(prefix=prefix, after=after, limit=limit)

        wanted = [key for key in KEYS[1:] if key.startswith(prefix) and (after is None or key > after)]
        assert [blob.key for blob in found] == wanted[:limit], (prefix, after, limit)


async def test_what_is_deleted_is_gone_and_may_be_put_anew(store: BlobStore) -> None:
    await store.put("acme/x/y", b"content")

    await store.delete("acme/x/y")
    await store.delete("acme/x/y")

    assert await keys_in(store) == []
    await store.put("acme/x/y", b"another")
    assert await store.get("acme/x/y") == b"another"


async def test_closing_twice_is_closing(store: BlobStore) -> None:
    await store.put("acme/x", b"content")

    await store.close()
    await store.close()
