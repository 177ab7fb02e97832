"""What a blob store must do. Small on purpose: which blob belongs to which field is decided above it.

A blob is content under a key, written once and never changed: a large value of an item, a piece of a backup. A store
knows nothing of tenants, entities or references; it is given keys and bytes. Each sentence here is a test of the
contract suite (`tests/table/blobs/test_blob_stores.py`), which runs on every store.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Protocol

import msgspec

from entaku.core.errors import Invalid
from entaku.core.ids import shown
from entaku.core.limits import BLOB_BYTES_MAX, BLOB_KEY_BYTES_MAX, BLOB_KEY_PART_BYTES_MAX

_PART = r"[a-z0-9_~-][a-z0-9_~.-]*"
_KEY = re.compile(rf"{_PART}(/{_PART})*")


class BlobInfo(msgspec.Struct, frozen=True):
    """What a listing tells of one blob."""

    key: str
    size_bytes: int
    stored_at: datetime
    """When it was put, by the store's own clock, aware; exact to the second or better."""


class BlobStore(Protocol):
    """Blobs by key. Every method may raise Unavailable, and is safe to repeat: done twice is as good as done once.

    A key is parts joined by `/`, at most `BLOB_KEY_BYTES_MAX` bytes. A part has at most `BLOB_KEY_PART_BYTES_MAX`
    bytes, of small letters, digits and `_~.-`, and does not begin with a dot; `check_blob_key` is what every store
    checks. No key may be another one and a `/` and more: who calls sees to it. Instances are used by one event loop.
    """

    async def put(self, key: str, content: bytes) -> None:
        """Keep the content under the key. When it returns, every later call of any process sees all of it; no call ever
        sees a part of it, and an interrupted `put` leaves the whole blob or none.

        Where the key has this very content already, nothing happens. Raises Conflict where it has another, which stays;
        Invalid for more than `BLOB_BYTES_MAX` bytes.
        """
        ...

    async def get(self, key: str) -> bytes:
        """The content that was put under the key. Raises NotFound."""
        ...

    async def list(self, *, prefix: str, after: str | None, limit: int) -> list[BlobInfo]:
        """The blobs whose key begins with the prefix, bytewise ascending by key, strictly after the key `after`.

        The prefix may end within a part, and an empty one lists every blob; `after` need not exist (any more), and None
        is the beginning. Fewer than `limit` come only when nothing follows. A blob that is there all the while that its
        stretch is listed is in it.
        """
        ...

    async def delete(self, key: str) -> None:
        """Let the blob be gone for every later call. A key that has none is fine."""
        ...

    async def close(self) -> None:
        """Let go of every resource. Safe to repeat."""
        ...


def is_blob_key(key: str) -> bool:
    """Whether every store can hold it."""
    is_short = len(key) <= BLOB_KEY_BYTES_MAX and max(map(len, key.split("/"))) <= BLOB_KEY_PART_BYTES_MAX
    return is_short and _KEY.fullmatch(key) is not None


def check_blob_key(key: str) -> str:
    """The key itself. Raises Invalid for one that not every store can hold."""
    if not is_blob_key(key):
        raise Invalid(
            f"{shown(key)} is no key of a blob: it has parts joined by '/', of small letters, digits and _~.-, none"
            f" begins with a dot or is longer than {BLOB_KEY_PART_BYTES_MAX}, and {BLOB_KEY_BYTES_MAX} in all"
        )
    return key


def check_blob_size(key: str, content: bytes) -> None:
    """Raises Invalid for a blob that is too large."""
    if len(content) > BLOB_BYTES_MAX:
        raise Invalid(f"{key} has {len(content)} bytes; a blob holds at most {BLOB_BYTES_MAX}: put it in several")
