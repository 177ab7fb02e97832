"""The id that joins an answer, its log lines and its error: the caller's own where it is sane, else a new one."""

from __future__ import annotations

import re
import secrets

REQUEST_ID_LENGTH_MAX = 128

# Visible ASCII, but nothing that ends a quotation or opens a tag where logs are looked at. `\Z` and not `$`: `$` would
# let a newline through, and with it a forged log line.
_SANE = re.compile(rb"[!#-;=?-\[\]-~]{1,%d}\Z" % REQUEST_ID_LENGTH_MAX)


def request_id_of(sent: bytes | None) -> str:
    """The caller's id if it is 1-128 visible ASCII characters without `" \\ < >`; else 32 random hexadecimal digits."""
    if sent is not None and _SANE.match(sent):
        return sent.decode("ascii")
    return secrets.token_hex(16)
