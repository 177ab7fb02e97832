"""One JSON line a request, written by another thread so that a slow disk or terminal never holds up an answer."""

from __future__ import annotations

import logging

import msgspec

from entaku.api.exchange import Exchange

REQUEST_LOGGER = "entaku.requests"


class RequestLine(msgspec.Struct, frozen=True, kw_only=True):
    """What is logged of a request. The path itself is not: it may hold names and what people searched for."""

    request_id: str
    tenant: str | None
    user: str | None
    api_key: str | None
    """Its id, where the user called with one."""
    method: str
    route: str
    status: int
    """0 where the caller had gone before the answer began."""
    duration_ms: float
    bytes: int


class RequestLog:
    """Hands a line a request to the logger `entaku.requests`; silence it there to turn the lines off."""

    def __init__(self) -> None:
        self._logger = logging.getLogger(REQUEST_LOGGER)

    def began(self, exchange: Exchange) -> None:
        """Nothing: a request is logged when it ended."""

    def ended(self, exchange: Exchange, template: str, duration_s: float) -> None:
        if not self._logger.isEnabledFor(logging.INFO):
            return
        actor = exchange.actor
        line = RequestLine(
            request_id=exchange.request_id,
            tenant=None if actor is None else actor.tenant_id,
            user=None if actor is None else actor.user_id,
            api_key=None if actor is None else actor.api_key,
            method=exchange.method,
            route=template,
            status=exchange.status,
            duration_ms=round(duration_s * 1000, 3),
            bytes=exchange.body_bytes,
        )
        # A record made by hand: `Logger.info` would walk the stack to find a file and line that are always these.
        self._logger.handle(logging.LogRecord(REQUEST_LOGGER, logging.INFO, "", 0, line, None, None))
