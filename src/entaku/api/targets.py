"""Which paths and queries are understood at all: one canonical form, so that nothing downstream has to guess.

A path is UTF-8, has no NUL, no encoded slash, no empty segment, and no slash at its end. Servers decode `%ff` to U+FFFD
and `%2F` to a slash, and frameworks fold `//`; each of these would let two spellings name one thing, or one name two.
"""

from __future__ import annotations

from typing import cast
from urllib.parse import quote, unquote_to_bytes

from litestar.types import HTTPScope

from entaku.api.errors import RefusedByHttp
from entaku.core.errors import Invalid, NotFound
from entaku.core.ids import shown

PATH_BYTES_MAX = 4096
QUERY_BYTES_MAX = 8192


def check_target(scope: HTTPScope) -> None:
    """Refuses a path or query that is not canonical. Raises Invalid, or NotFound that names the canonical path."""
    path = scope["path"]
    raw = cast("dict[str, bytes]", scope).get("raw_path") or path.encode()
    query = scope["query_string"]
    if len(raw) > PATH_BYTES_MAX or len(query) > QUERY_BYTES_MAX:
        raise RefusedByHttp(
            414,
            f"the path may have {PATH_BYTES_MAX} bytes and the query {QUERY_BYTES_MAX}; send large values in a body",
        )
    if b"%" in raw or not raw.isascii():
        _check_encoded_path(raw)
    if "\x00" in path:
        raise Invalid("the path contains a NUL character; no id or name in a path may")
    if b"%" in query or not query.isascii():
        _check_encoded_query(query)
    if (path[-1:] == "/" and path != "/") or "//" in path:
        canonical = "/" + "/".join(segment for segment in path.split("/") if segment)
        raise NotFound(f"nothing answers at {shown(path)}; leave out empty segments: {shown(quote(canonical), 200)}")


def _check_encoded_path(raw: bytes) -> None:
    decoded = unquote_to_bytes(raw)
    if not _is_utf8(decoded):
        raise Invalid("the path is not UTF-8 when percent-decoded; encode it as UTF-8")
    if decoded.count(b"/") != raw.count(b"/"):
        raise Invalid("the path contains an encoded slash (%2F); ids have none, send other text as a query parameter")


def _check_encoded_query(query: bytes) -> None:
    decoded = unquote_to_bytes(query)
    if not _is_utf8(decoded):
        raise Invalid("the query is not UTF-8 when percent-decoded; encode it as UTF-8")
    if b"\x00" in decoded:
        raise Invalid("the query contains a NUL character; no parameter may")


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
