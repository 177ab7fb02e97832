"""JSON bodies, decoded straight into the type a handler asks for.

The framework would decode to dicts first and then convert leniently, so that `"5"` passes for a number, and answer 500
for a body nested too deep. Here the types are strict, the flaw has its path, and depth has a bound.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import msgspec
from litestar import Request

from entaku.api.errors import RefusedByHttp, unfit_input
from entaku.core.errors import Invalid
from entaku.core.ids import shown

JSON_DEPTH_MAX = 64
"""Far above what views use, far below the interpreter's own bound: what was decoded can be encoded again anywhere."""

_DECODERS_MAX = 4096
_STRING = re.compile(rb'"(?:[^"\\]+|\\.)*"', re.DOTALL)
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


class ApiRequest(Request[Any, Any, Any]):
    """The framework's request, with bodies decoded as this module says."""

    async def json(self) -> Any:
        """The body as the type of the handler's `data`. Raises Invalid, 415 for another content type included."""
        body = await self.body()
        _check_content_type(self.headers.get("content-type"))
        field = self.route_handler.parsed_data_field
        return decode_body(body, Any if field is None else field.annotation)


def decode_body(body: bytes, wanted: Any) -> Any:
    """Decodes a JSON body. Raises Invalid with the path of the first flaw, or with the bound on depth."""
    try:
        value = _decoder(wanted).decode(body)
    except msgspec.DecodeError as error:
        raise unfit_input(error, "the body") from error
    except UnicodeDecodeError as error:
        raise Invalid(f"the body is not UTF-8: byte {error.start + 1} cannot be decoded") from error
    except RecursionError as error:
        raise _too_deep() from error
    if body.count(b"[") + body.count(b"{") > JSON_DEPTH_MAX and _is_deeper(body, JSON_DEPTH_MAX):
        raise _too_deep()
    return value


@lru_cache(_DECODERS_MAX)
def _decoder(wanted: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(wanted)


def _is_deeper(body: bytes, depth: int) -> bool:
    """Whether valid JSON nests deeper. Each round removes the innermost brackets, so a megabyte costs milliseconds."""
    brackets = _STRING.sub(b"", body).translate(None, _NOT_BRACKETS)
    for _ in range(depth):
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
    return bool(brackets)


def _too_deep() -> Invalid:
    return Invalid(f"the body nests deeper than {JSON_DEPTH_MAX} levels; flatten it")


def _check_content_type(sent: str | None) -> None:
    # A missing content type may be assumed (RFC 9110, 8.3); a wrong one says that the caller means something else.
    if sent is None:
        return
    media_type, *parameters = (part.strip().lower() for part in sent.split(";"))
    if media_type != "application/json" and not (
        media_type.startswith("application/") and media_type.endswith("+json")
    ):
        raise RefusedByHttp(415, f"the content type {shown(sent)} is not understood here; send 'application/json'")
    for name, _, value in (parameter.partition("=") for parameter in parameters):
        if name.strip() == "charset" and value.strip().strip('"') not in _CHARSETS:
            raise RefusedByHttp(415, f"the charset {shown(value)} is not understood here; send JSON as UTF-8")


_CHARSETS = frozenset({"utf-8", "utf8"})
