"""Identifiers: which ones are accepted, and how new ones are made."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from datetime import datetime

from entaku.core.clock import to_ms
from entaku.core.errors import Invalid

ID_LENGTH_MAX = 128

_ALLOWED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]*")
_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"

Randomness = Callable[[int], bytes]
"""So many random bytes, as `secrets.token_bytes` gives them."""


def check_id(value: str, what: str) -> str:
    """The value itself if it is an id: 1-128 characters, letters, digits and `._@+-`, beginning with a letter or digit.

    Raises Invalid, which names the first character that is not allowed and its position, counted from 1.
    """
    if is_id(value):
        return value
    match = _ALLOWED.match(value)
    good = match.end() if match else 0
    if not value:
        raise Invalid(f"the id of {_with_article(what)} may not be empty")
    if good < len(value):
        bad = value[good]
        raise Invalid(
            f"{shown(value)} is no id of {_with_article(what)}: {bad!r} at position {good + 1} is not allowed;"
            " use letters, digits and . _ @ + - and begin with a letter or digit"
        )
    raise Invalid(
        f"{shown(value)} is no id of {_with_article(what)}: it has {len(value)} characters,"
        f" at most {ID_LENGTH_MAX} are allowed"
    )


def is_id(value: str) -> bool:
    """Whether `check_id` would let it pass."""
    return len(value) <= ID_LENGTH_MAX and _ALLOWED.fullmatch(value) is not None


def new_id(at: datetime, randomness: Randomness = secrets.token_bytes) -> str:
    """A new id: 26 characters that sort by time: 48 bits of milliseconds and 80 random bits, in Crockford's base 32."""
    number = (to_ms(at) << 80) | int.from_bytes(randomness(10), "big")
    return "".join(_CROCKFORD[(number >> shift) & 31] for shift in range(125, -1, -5))


def _with_article(word: str) -> str:
    """As in `a group`, `an individual`; what begins with u here is spoken as in `a user`."""
    return f"{'an' if word[:1] in 'aeio' else 'a'} {word}"


def shown(value: str, length: int = 40) -> str:
    """The value as it may stand in a message: quoted, escaped, and cut when it is long."""
    return repr(value if len(value) <= length else value[:length] + "…")
