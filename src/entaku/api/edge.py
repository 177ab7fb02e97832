"""The outermost ASGI application: gives every request its id, its record, its one wrapper around `send`, and its end.

Inside it a front or the framework answers; outside it only the server is left, so here nothing may go unanswered.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter
from typing import Protocol, cast

from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from entaku.api.answering import Answering
from entaku.api.auth import Entrance
from entaku.api.body_arrival import BodyInTime, expects_body
from entaku.api.cors import CrossOrigin
from entaku.api.errors import PROBLEM_MEDIA_TYPE, log, problem_answer
from entaku.api.exchange import Exchange, Headers, remember_exchange
from entaku.api.fronts import Front
from entaku.api.request_ids import request_id_of
from entaku.api.targets import check_target
from entaku.core.errors import Invalid

UNMATCHED = "unmatched"
"""The template of requests that no route took: one word, however many paths are tried."""

POLICY_VIOLATION = 1008
"""What closes a WebSocket that is refused (RFC 6455, 7.4.1)."""

# A second one of these is an attempt to have two readers see two requests (RFC 9110, 5.3: they are no lists).
_SENT_ONCE = (
    *(b"authorization", b"consistency-token", b"content-type", b"host", b"idempotency-key", b"if-match"),
    *(b"x-request-id", b"x-tenant"),
)


class Observer(Protocol):
    """Sees requests come and go: the request log, the metrics. It must be quick, and must not raise."""

    def began(self, exchange: Exchange) -> None: ...

    def ended(self, exchange: Exchange, template: str, duration_s: float) -> None:
        """`template` is the route's path template, or `unmatched`."""
        ...


class Edge:
    """The application a server runs."""

    def __init__(
        self,
        framework: ASGIApp,
        *,
        entrance: Entrance,
        fronts: Sequence[Front],
        observers: Sequence[Observer],
        cross_origin: CrossOrigin | None,
        body_arrives_within_s: float,
    ) -> None:
        self._framework = framework
        self._entrance = entrance
        self._fronts = tuple(fronts)
        self._observers = tuple(observers)
        self._cross_origin = cross_origin
        self._body_arrives_within_s = body_arrives_within_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            # Before it was accepted: the server answers 403. No route is made for sockets yet, so none is reached.
            await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": ""})
            return
        if scope["type"] != "http":
            await self._framework(scope, receive, send)
            return
        began = perf_counter()
        exchange = _exchange_for(scope)
        extra: Headers = [(b"x-request-id", exchange.request_id.encode())]
        if self._cross_origin is not None:
            extra += self._cross_origin.headers(exchange)
        answering = Answering(send, scope, exchange, extra)
        for observer in self._observers:
            observer.began(exchange)
        try:
            await self._answer(scope, receive, answering, exchange)
        except Exception as raised:
            if exchange.status:
                # Half an answer is out; the server cuts the connection, which is the only honest end of it.
                log.error(
                    "request %s broke while it was answered",
                    exchange.request_id,
                    exc_info=raised,
                    extra={"request_id": exchange.request_id},
                )
                raise
            await _send_problem(answering, exchange, raised)
        finally:
            template = exchange.front or cast("dict[str, str]", scope).get("path_template") or UNMATCHED
            for observer in self._observers:
                observer.ended(exchange, template, perf_counter() - began)

    async def _answer(self, scope: HTTPScope, receive: Receive, send: Answering, exchange: Exchange) -> None:
        if self._cross_origin is not None and self._cross_origin.is_preflight(exchange):
            await _send(send, 204, self._cross_origin.preflight_headers(exchange), b"")
            return
        if len(exchange.headers) != len(cast("list[object]", scope["headers"])):
            _refuse_doubled_headers(scope)
        check_target(scope)
        if expects_body(exchange):
            receive = BodyInTime(receive, self._body_arrives_within_s)
        method, path, query_string = scope["method"], scope["path"], scope["query_string"]
        for front in self._fronts:
            if front.takes(method, path, query_string):
                exchange.front = front.template
                await self._entrance.enter(exchange, reads=method == "GET")
                await front(scope, receive, send)
                return
        await self._framework(scope, receive, send)


def _exchange_for(scope: HTTPScope) -> Exchange:
    headers = dict(scope["headers"])
    method = scope["method"]
    exchange = Exchange(request_id=request_id_of(headers.get(b"x-request-id")), method=method, headers=headers)
    remember_exchange(scope, exchange)
    if method == "HEAD":
        # Whatever can be got can be asked about (RFC 9110, 9.3.2); `Answering` leaves the body out.
        scope["method"] = "GET"
    elif method == "OPTIONS":
        # The framework forgets methods in its own answer; asked for a method nobody has, it names them all in a 405.
        cast("dict[str, str]", scope)["method"] = "*"
    return exchange


def _refuse_doubled_headers(scope: HTTPScope) -> None:
    names = [name for name, _ in scope["headers"]]
    for name in _SENT_ONCE:
        if names.count(name) > 1:
            raise Invalid(f"the header {name.decode()} was sent {names.count(name)} times; send it once")


async def _send_problem(send: Answering, exchange: Exchange, raised: Exception) -> None:
    status, extra, body = problem_answer(raised, exchange)
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in extra.items()]
    headers.append((b"content-type", PROBLEM_MEDIA_TYPE.encode()))
    await _send(send, status, headers, body)


async def _send(send: Answering, status: int, headers: Headers, body: bytes) -> None:
    length = [] if status == 204 else [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *length]})
    await send({"type": "http.response.body", "body": body, "more_body": False})
