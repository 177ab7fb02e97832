"""Keys of blobs: how the values of items are named in the store, the tenant first.

    acme/document/3f/9c0f5e…        a value of an entity DOCUMENT of tenant acme
    ~~platform/registry/…           a value of an entity of the platform
    ~~unreferenced/acme/document/…  since when a sweep has found the blob of that key without an item

A tenant's part never begins with `~~`: what it escapes is a `~` and hexadecimal digits. So what others put into the
store, as backups, is theirs under a first part `~~` and a name, and no sweep touches it.
"""

from __future__ import annotations

import hashlib

from entaku.core.ids import Randomness
from entaku.core.limits import BLOB_KEY_PART_BYTES_MAX

UNREFERENCED = "~~unreferenced/"
"""Before the key of a blob: the mark that no item refers to it. The mark has no content; its age is what it says."""

_PLATFORM = "~~platform"
_RANDOM_BYTES = 16
_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789_-.")
_HASHED = "~h"


def value_key(tenant_id: str | None, kind: str, randomness: Randomness) -> str:
    """A key that nobody had before. `tenant_id`: None for the platform's own."""
    # Two digits make a folder of their own, so that none holds more than some thousands of files.
    chance = randomness(_RANDOM_BYTES).hex()
    return f"{tenant_prefix(tenant_id)}{_part(kind.lower())}/{chance[:2]}/{chance[2:]}"


def tenant_prefix(tenant_id: str | None) -> str:
    """What the keys of a tenant's values begin with, and no other's do."""
    return f"{_PLATFORM if tenant_id is None else _part(tenant_id)}/"


def is_of_items(key: str) -> bool:
    """Whether the blob holds a value of an item, so that without one nobody needs it."""
    return not key.startswith("~~") or key.startswith(f"{_PLATFORM}/")


def _part(name: str) -> str:
    """Small letters, digits, `_` and `-` stand for themselves, and so do dots but the first character; every other byte
    is `~` and two digits. What becomes too long is hashed. Capitals are escaped because some file systems take them for
    small letters."""
    content = name.encode()
    part = "".join(
        chr(byte) if byte in _PLAIN and (place or byte != ord(".")) else f"~{byte:02x}"
        for place, byte in enumerate(content)
    )
    return part if len(part) <= BLOB_KEY_PART_BYTES_MAX else _HASHED + hashlib.sha256(content).hexdigest()
