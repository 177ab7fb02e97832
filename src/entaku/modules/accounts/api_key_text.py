"""The text of an API key: `entaku_TENANT/ACCOUNT/KEY_SECRET`, recognised at a glance and found by scanners.

    entaku_acme/night-job/ci_0fZ…             256 random bits and a checksum, 49 letters and digits

Tenant, account and key stand in it in the clear, so that whoever finds one somewhere knows at once what to revoke, and
the service finds it without an index over secrets. A scanner finds it by

    entaku_([A-Za-z0-9._~+-]{1,128}/){2}[A-Za-z0-9._~+-]{1,128}_[0-9A-Za-z]{49}

and is sure by the last six: CRC-32 of all before, in base 62. An `@` of an id is written `~`, which no id has, because
an Authorization header cannot carry the former (RFC 6750, 2.1).

What is kept is SHA-256 of the text. A slow hash protects what people choose, which can be guessed; to guess 256 random
bits is hopeless at any speed, and a slow one would cost every request.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import zlib

import msgspec

PREFIX = "entaku_"
SECRET_BYTES = 32

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET_DIGITS = 43
_CHECKSUM_DIGITS = 6
_ID = r"([A-Za-z0-9][A-Za-z0-9._~+-]{0,127})"
_TEXT = re.compile(rf"{PREFIX}{_ID}/{_ID}/{_ID}_[0-9A-Za-z]{{{_SECRET_DIGITS + _CHECKSUM_DIGITS}}}")


class KeyName(msgspec.Struct, frozen=True):
    """Which key a text is of."""

    tenant_id: str
    user_id: str
    key_id: str


def write_key(name: KeyName, secret: bytes) -> str:
    """The text of a new key. `secret` are 32 random bytes."""
    ids = f"{name.tenant_id}/{name.user_id}/{name.key_id}".replace("@", "~")
    text = f"{PREFIX}{ids}_{_in_base_62(int.from_bytes(secret, 'big'), _SECRET_DIGITS)}"
    return text + _checksum(text)


def find_key_name(text: str) -> KeyName | None:
    """Which key the text claims to be; None for what is not written as one, or was mistyped."""
    match = _TEXT.fullmatch(text)
    if match is None or not hmac.compare_digest(_checksum(text[:-_CHECKSUM_DIGITS]), text[-_CHECKSUM_DIGITS:]):
        return None
    return KeyName(*(part.replace("~", "@") for part in match.groups()))


def hash_of_key(text: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(text.encode()).hexdigest()


def is_key(text: str, secret_hash: str) -> bool:
    """Whether the text is the key of which this hash is kept. Takes the same time for every text."""
    return hmac.compare_digest(hash_of_key(text), secret_hash)


def _checksum(text: str) -> str:
    return _in_base_62(zlib.crc32(text.encode()), _CHECKSUM_DIGITS)


def _in_base_62(number: int, digits: int) -> str:
    written = ""
    for _ in range(digits):
        number, digit = divmod(number, 62)
        written = _DIGITS[digit] + written
    return written
