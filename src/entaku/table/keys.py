"""Keys: how values become the two strings an item is stored under, so that no two values meet and order is kept.

Components are joined by `#`. Every byte of a component up to 0x25 - controls, space and `!"#$%` - is written `%XX`.
That makes rendering reversible, and since `#` sorts before `%` and `%` before every byte that stands for itself, the
order of rendered keys is the order of the tuples of values. (Escaping only `#` and `%` would put "Sales East" before
"Sales".) Strings compare by their UTF-8 bytes on every engine.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from datetime import UTC, date, datetime
from enum import Enum

from entaku.core.errors import Invalid
from entaku.core.ids import shown
from entaku.core.limits import PARTITION_KEY_BYTES_MAX, SORT_KEY_BYTES_MAX

SEPARATOR = "#"
AFTER_SEPARATOR = "$"
"""Sorts right after the separator and never stands in a key: the end of a prefix."""

FOLDED_BYTES_MAX = 400
"""Of a `fold` component in the key. It only sorts, so a cut loses nothing but the order of very long names."""

_SPECIAL = re.compile("[\x00-\x25]")
_CUT_ESCAPE = re.compile("%[0-9A-F]?$")
_ESCAPES = {byte: f"%{byte:02X}" for byte in range(0x26)}


def escape(value: str) -> str:
    """One text component. Raises Invalid for an empty one and for text that UTF-8 cannot express."""
    if not value:
        raise Invalid("a part of a key is empty; every part needs a value")
    if not value.isascii():
        _utf8(value)
    return value if _SPECIAL.search(value) is None else value.translate(_ESCAPES)


def time_text(value: datetime) -> str:
    """`2026-04-01T09:30:00.000Z`: fixed width, UTC, milliseconds. Raises Invalid for a naive or finer time."""
    at = _utc(value)
    if at.microsecond % 1000:
        raise Invalid(f"{value.isoformat()} is finer than a millisecond; a key holds no finer time")
    return at.isoformat(timespec="milliseconds")[:-6] + "Z"


def day_text(value: date) -> str:
    """`2026-04-01`, for a time the day in UTC."""
    return (_utc(value).date() if isinstance(value, datetime) else value).isoformat()


def number_text(value: int, width: int) -> str:
    """Decimal digits with leading zeros. Raises Invalid for a negative number or one that needs more digits."""
    text = str(value).zfill(width)
    if value < 0 or len(text) > width:
        raise Invalid(f"{value} does not fit a key that holds {width} digits and no sign")
    return text


def fold_text(value: str) -> str:
    """A name as it sorts and is searched: NFKC and casefolded, cut to a bound; a name that folds to nothing is `~`."""
    text = escape(fold(value) or "~")
    if len(text) * 4 <= FOLDED_BYTES_MAX:
        return text
    return _CUT_ESCAPE.sub("", text.encode()[:FOLDED_BYTES_MAX].decode(errors="ignore"))


def fold(value: str) -> str:
    """The form in which names are compared by people: NFKC, casefolded."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", value).casefold())


def upper_text(value: str) -> str:
    """A word in capitals. Raises Invalid unless it is in small ASCII letters: two spellings must not meet."""
    if not value.isascii() or value != value.lower():
        raise Invalid(f"{shown(value)} is not in small letters a to z and cannot stand in a key in capitals")
    return escape(value.upper())


def shard_text(value: str | Enum, shards: int) -> str:
    """Which of so many partitions a value belongs to: CRC-32 of its UTF-8 text, modulo; the same for ever."""
    return f"{zlib.crc32(_utf8(str(value))) % shards:02d}"


def unescape(component: str) -> str:
    """The value that `escape` was given."""
    return re.sub("%([0-9A-F]{2})", lambda match: chr(int(match[1], 16)), component)


def check_lengths(pk: str, sk: str) -> None:
    """Raises Invalid for a key that the smallest engine would refuse."""
    for text, bound, name in ((pk, PARTITION_KEY_BYTES_MAX, "partition"), (sk, SORT_KEY_BYTES_MAX, "sort")):
        if len(text) * 4 > bound and (size := len(text.encode())) > bound:
            raise Invalid(
                f"the {name} key {shown(text)} has {size} bytes; at most {bound} are possible: use shorter ids"
            )


def _utf8(value: str) -> bytes:
    """Raises Invalid for text that UTF-8 cannot express."""
    try:
        return value.encode()
    except UnicodeEncodeError as error:
        raise Invalid(f"{shown(value)} holds half a surrogate pair and cannot be stored") from error


def _utc(value: datetime) -> datetime:
    """The instant in UTC. Raises Invalid for a time without a zone, or one that UTC cannot express."""
    if value.tzinfo is None:
        raise Invalid(f"{value.isoformat()} has no time zone; times are UTC")
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise Invalid(f"{value.isoformat()} lies outside of the years 1 to 9999 in UTC") from error
