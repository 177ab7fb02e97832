"""Positions in the change log, as opaque texts: how far each shard of the stream has been read.

A stream is some shards side by side. A shard ends after some hours and is followed by others, its children; what
happens to one item is in one line of shards, in order.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable

import msgspec

from entaku.core.errors import Invalid
from entaku.core.ids import shown


class Place(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """How far one shard has been read."""

    shard: str
    seen_s: int
    """Everything that was in this shard before this instant has been read. Seconds since 1970."""
    sequence: str = ""
    """Of the last record that was read, if any was."""
    told: int = 0
    """How many changes of that record have been told, if there are more to tell; 0 when it is done with."""
    iterator: str = ""
    """Where reading began in the middle of the shard and no record has come yet: DynamoDB's own mark of the place. It
    is good for 15 minutes."""
    since_s: int = 0
    """Records that are older than this are none of ours: such a mark was lost, and reading began with the shard."""


class Position(msgspec.Struct, frozen=True, array_like=True):
    """Which shards there are to be read, and from where; those that have waited longest come first."""

    stream: str
    places: tuple[Place, ...]


_encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(Position)


def to_text(stream: str, places: Iterable[Place]) -> str:
    return base64.urlsafe_b64encode(_encode(Position(stream, tuple(places)))).decode().rstrip("=")


def from_text(text: str) -> Position:
    """Raises Invalid for what `to_text` did not give."""
    try:
        return _decoder.decode(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
        raise Invalid(f"{shown(text)} is no position of the change log; use one that it gave") from error
