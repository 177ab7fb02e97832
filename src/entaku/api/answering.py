"""The `send` of one request: adds the headers every answer has, drops bodies nobody wants, and counts.

One wrapper does it all, because each wrapper around `send` costs microseconds on every message.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from litestar.handlers import HTTPRouteHandler
from litestar.types import HTTPResponseBodyEvent, HTTPResponseStartEvent, HTTPScope, Message, Send

from entaku.api.etags import body_etag, is_unchanged
from entaku.api.exchange import Exchange, Headers

BODY_ETAG: dict[str, object] = {"body_etag": True}
"""Pass it as `opt=` to a GET route without a version of its own: the hash of its body becomes the ETag."""

SHOWS_MORE: dict[str, object] = {"shows_more": True}
"""Pass it as `opt=` to a GET route whose answer holds more than its version covers, as names or the state of a clock:
the ETag is good for If-Match, and a reader always gets the body."""

_BODY_HEADERS = {b"content-length", b"content-type"}


class Answering:
    """Sends one answer. Call it as ASGI's `send`."""

    __slots__ = ("_body_unwanted", "_exchange", "_extra", "_held", "_scope", "_send")

    def __init__(self, send: Send, scope: HTTPScope, exchange: Exchange, extra: Headers) -> None:
        self._send = send
        self._scope = scope
        self._exchange = exchange
        self._extra = extra
        self._held: HTTPResponseStartEvent | None = None
        self._body_unwanted = exchange.method == "HEAD"

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._start(message)
        elif message["type"] == "http.response.body":
            await self._body(message)
        else:
            await self._send(message)

    async def _start(self, message: HTTPResponseStartEvent) -> None:
        headers = [*message["headers"], *self._extra]
        if self._exchange.token is not None and message["status"] < 300 and (token := self._exchange.token()):
            headers.append((b"consistency-token", token.encode()))
        message["headers"] = headers
        if message["status"] == 200 and self._scope["method"] == "GET" and not _shows_more(self._scope):
            wanted_if_not = self._exchange.headers.get(b"if-none-match")
            if wanted_if_not is not None or _wants_body_etag(self._scope):
                etag = _etag_in(headers)
                if etag is None and _wants_body_etag(self._scope):
                    self._held = message
                    return
                if etag is not None and wanted_if_not is not None:
                    self._leave_out_body_if_unchanged(message, wanted_if_not, etag)
        await self._begin(message)

    async def _begin(self, message: HTTPResponseStartEvent) -> None:
        self._exchange.status = message["status"]
        await self._send(message)

    async def _body(self, message: HTTPResponseBodyEvent) -> None:
        body = message.get("body", b"")
        if self._held is not None:
            start, self._held = self._held, None
            if not message.get("more_body", False):
                self._tag_body(start, body)
            await self._begin(start)
        if self._body_unwanted:
            if message.get("more_body", False):
                return
            message = {"type": "http.response.body", "body": b"", "more_body": False}
        else:
            self._exchange.body_bytes += len(body)
        await self._send(message)

    def _tag_body(self, start: HTTPResponseStartEvent, body: bytes) -> None:
        etag = body_etag(body)
        start["headers"] = [*start["headers"], (b"etag", etag.encode())]
        wanted_if_not = self._exchange.headers.get(b"if-none-match")
        if wanted_if_not is not None:
            self._leave_out_body_if_unchanged(start, wanted_if_not, etag)

    def _leave_out_body_if_unchanged(self, start: HTTPResponseStartEvent, wanted_if_not: bytes, etag: str) -> None:
        if is_unchanged(wanted_if_not.decode("latin-1"), etag):
            start["status"] = 304
            start["headers"] = [header for header in start["headers"] if header[0].lower() not in _BODY_HEADERS]
            self._body_unwanted = True


def _etag_in(headers: Headers) -> str | None:
    return next((value.decode("latin-1") for name, value in headers if name.lower() == b"etag"), None)


def _wants_body_etag(scope: HTTPScope) -> bool:
    return _has(scope, "body_etag")


def _shows_more(scope: HTTPScope) -> bool:
    return _has(scope, "shows_more")


def _has(scope: HTTPScope, option: str) -> bool:
    handler = cast("Mapping[str, object]", scope).get("route_handler")
    return isinstance(handler, HTTPRouteHandler) and bool(handler.opt.get(option))
