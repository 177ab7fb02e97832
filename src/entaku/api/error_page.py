"""`/errors`: where the `type` of every problem leads. One section a code, made from the error classes themselves."""

from __future__ import annotations

import re
from html import escape
from http import HTTPStatus

from litestar import MediaType, get
from litestar.handlers import HTTPRouteHandler

from entaku.api.auth import ANONYMOUS
from entaku.api.errors import NARROWER, STATUS_BY_CODE
from entaku.core.errors import CODES, EntakuError


def errors_route() -> HTTPRouteHandler:
    """`GET /errors`."""
    page = errors_page()

    @get("/errors", opt=ANONYMOUS, media_type=MediaType.HTML, include_in_schema=False)
    async def errors() -> str:
        return page

    return errors


def errors_page() -> str:
    """The page, with an anchor a code."""
    sections = "".join(_section(error) for error in _one_class_a_code())
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Errors</title>'
        "<style>body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}"
        "code{background:#eee;padding:.1em .3em}section:target{background:#ffc}</style></head>"
        "<body><h1>Errors</h1><p>Every refusal is a JSON object (RFC 9457). Decide by its <code>code</code>; its "
        f"<code>detail</code> says what to do.</p>{sections}</body></html>"
    )


def _one_class_a_code() -> list[type[EntakuError]]:
    by_code = {error.code: error for error in reversed(EntakuError.__subclasses__())}
    return [by_code[code] for code in CODES]


def _section(error: type[EntakuError]) -> str:
    narrower = "".join(
        f"<p>{_status(status)}: {_with_code(said)}</p>"
        for status, (code, said) in NARROWER.items()
        if code == error.code
    )
    return (
        f'<section id="{error.code}"><h2><code>{error.code}</code></h2>'
        f"<p>{escape(str(error.__doc__))}</p><p>{_status(STATUS_BY_CODE[error.code])}</p>{narrower}</section>"
    )


def _status(status: int) -> str:
    return f"HTTP {status} {HTTPStatus(status).phrase}"


def _with_code(text: str) -> str:
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(text))
