"""Cursors: where a listing goes on. Opaque, signed, and good for one listing of one tenant."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from entaku.core.errors import Invalid
from entaku.core.ids import shown
from entaku.core.limits import CURSOR_BYTES_MAX

_MAC_BYTES = 16


class Cursors:
    """Seals positions into cursors and opens them again. All processes of a deployment share the secret."""

    def __init__(self, secret: bytes) -> None:
        self._key = hashlib.blake2b(secret, digest_size=32, person=b"entaku-cursor").digest()

    def seal(self, listing: str, position: str) -> str:
        """A cursor to a position in a listing; `listing` names tenant, pattern, parameters and direction."""
        body = position.encode()
        return _text(self._mac(listing, body) + body)

    def open(self, listing: str, cursor: str) -> str:
        """The position again. Raises Invalid for a cursor that was not sealed here for this very listing."""
        try:
            if len(cursor) > CURSOR_BYTES_MAX:
                raise ValueError
            raw = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            mac, body = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
            if hmac.compare_digest(mac, self._mac(listing, body)) and _text(raw) == cursor:
                return body.decode()
        except (ValueError, binascii.Error):
            pass
        raise Invalid(f"cursor {shown(cursor, 12)} does not belong to this listing; start again without a cursor")

    def _mac(self, listing: str, body: bytes) -> bytes:
        name = listing.encode()
        return hashlib.blake2b(
            len(name).to_bytes(4, "big") + name + body, key=self._key, digest_size=_MAC_BYTES
        ).digest()


def _text(raw: bytes) -> str:
    """The one spelling of a cursor: base64 has several for the same bytes."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
