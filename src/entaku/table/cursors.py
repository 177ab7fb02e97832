"""Cursors: where a listing goes on. Opaque, and good for one listing of one tenant.

A position is made of keys, and keys of names and ids; cursors stand in addresses, and addresses in the logs of proxies.
So a cursor is not only signed but encrypted, with AES-SIV (RFC 5297): it needs no nonce, so the same position always
gives the same cursor, and a page that has not changed keeps its ETag.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from functools import cached_property
from typing import TYPE_CHECKING

from entaku.core.errors import Invalid
from entaku.core.ids import shown
from entaku.core.limits import CURSOR_BYTES_MAX

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

_FORM = b"\x01"
"""Stands before the position: the cipher takes no empty text, and a later form can be told from this one."""


class Cursors:
    """Seals positions into cursors and opens them again. All processes of a deployment share the secret."""

    def __init__(self, secret: bytes) -> None:
        self._key = hashlib.blake2b(secret, digest_size=64, person=b"entaku-cursor").digest()

    @cached_property
    def _cipher(self) -> AESSIV:
        # Imported with the first cursor: it takes longer than most commands do.
        from cryptography.hazmat.primitives.ciphers.aead import AESSIV

        return AESSIV(self._key)

    def seal(self, listing: str, position: str) -> str:
        """A cursor to a position in a listing; `listing` names tenant, pattern, parameters and direction."""
        return _text(self._cipher.encrypt(_FORM + position.encode(), [listing.encode()]))

    def open(self, listing: str, cursor: str) -> str:
        """The position again. Raises Invalid for a cursor that was not sealed here for this very listing."""
        from cryptography.exceptions import InvalidTag

        try:
            if len(cursor) > CURSOR_BYTES_MAX:
                raise ValueError
            raw = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            if _text(raw) == cursor:
                return self._cipher.decrypt(raw, [listing.encode()]).removeprefix(_FORM).decode()
        except (ValueError, binascii.Error, InvalidTag):
            pass
        raise Invalid(f"cursor {shown(cursor, 12)} does not belong to this listing; start again without a cursor")


def _text(raw: bytes) -> str:
    """The one spelling of a cursor: base64 has several for the same bytes."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
