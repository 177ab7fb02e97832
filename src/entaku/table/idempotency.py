"""Do it once: the caller's key for a write, and the record of what came of it (kept for 48 hours, by tenant)."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated, Any

import msgspec

from entaku.core.errors import Invalid
from entaku.core.ids import shown
from entaku.core.limits import KIB
from entaku.table.blobs.apart import kept_apart
from entaku.table.entity import Entity, upgrade
from entaku.table.patterns import key

IDEMPOTENCY_KEY_LENGTH_MAX = 128
ANSWER_BYTES_MAX = 100 * KIB
"""A larger answer is kept apart from its record."""


class IdempotencyKey(msgspec.Struct):
    """What the caller sends so that a repeated request is done once. Made for one call, which notes what it found."""

    key: str
    """1-128 printable ASCII characters, unique within the tenant."""
    payload_hash: str
    """Of everything that makes the request what it is; the same key with another hash is a conflict."""
    replayed: bool = False
    """Set by the table: the write had been done before, and the answer is the one it had then."""


def idempotency_key(text: str, *payload: bytes) -> IdempotencyKey:
    """From the caller's text and the parts of the request, in order. Raises Invalid for a text that is no key."""
    if not 0 < len(text) <= IDEMPOTENCY_KEY_LENGTH_MAX or not (text.isascii() and text.isprintable()):
        raise Invalid(
            f"{shown(text)} is no idempotency key: use 1-{IDEMPOTENCY_KEY_LENGTH_MAX} printable ASCII characters"
        )
    digest = hashlib.sha256()
    for part in payload:
        digest.update(len(part).to_bytes(8, "big") + part)
    return IdempotencyKey(text, digest.hexdigest())


class IdempotencyRecord(Entity, kind="IDEMPOTENCY", schema=2, expires="expires_at"):
    """That a request was done, and how it was answered."""

    idempotency_key: str
    payload_hash: str
    answer: Annotated[str, kept_apart(above_bytes=ANSWER_BYTES_MAX)]
    """JSON, of the type that the operation answers with: it may hold what the entity of the answer keeps apart."""
    expires_at: datetime

    @key("IDEMPOTENCY#{idempotency_key}", "RECORD")
    def at(*, idempotency_key: str) -> None:
        "What came of the request with this key."

    @upgrade(1)
    @staticmethod
    def from_1(fields: dict[str, Any]) -> dict[str, Any]:
        """Answers are kept apart since; an older one is in its item."""
        return fields


class PlatformIdempotencyRecord(Entity, kind="PLATFORM_IDEMPOTENCY", schema=2, scope="platform", expires="expires_at"):
    """The same, for requests about the platform's own entities."""

    idempotency_key: str
    payload_hash: str
    answer: Annotated[str, kept_apart(above_bytes=ANSWER_BYTES_MAX)]
    expires_at: datetime

    @key("IDEMPOTENCY#{idempotency_key}", "RECORD")
    def at(*, idempotency_key: str) -> None:
        "What came of the request with this key."

    @upgrade(1)
    @staticmethod
    def from_1(fields: dict[str, Any]) -> dict[str, Any]:
        """Answers are kept apart since; an older one is in its item."""
        return fields
