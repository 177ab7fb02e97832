"""What every framework route passes, after it was found and before anything of the request is read: token and query.

It is ASGI middleware and not a guard of the framework, because that copies the route's handler for each guard and
request (12 microseconds each); like a guard it cannot be taken off by a route.
"""

from __future__ import annotations

from typing import cast

from litestar.handlers import BaseRouteHandler
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from entaku.api.auth import Entrance
from entaku.api.exchange import exchange_of
from entaku.api.query_parameters import QueryParameters


class Gate:
    """Lets a request through to its route. What is no request, the edge has refused."""

    def __init__(self, app: ASGIApp, entrance: Entrance, query_parameters: QueryParameters) -> None:
        self._app = app
        self._entrance = entrance
        self._query_parameters = query_parameters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope = cast("HTTPScope", scope)
        handler = cast("dict[str, BaseRouteHandler]", scope)["route_handler"]
        marks = handler.opt
        exchange = exchange_of(scope)
        reads = scope["method"] == "GET" or bool(marks.get("reads"))
        if not marks.get("anonymous"):
            await self._entrance.enter(exchange, reads=reads, is_counted=not marks.get("uncounted"))
        if scope["query_string"]:
            self._query_parameters.check(handler, scope["query_string"])
        if reads or marks.get("no_token") or self._entrance.consistency is None:
            await self._app(scope, receive, send)
            return
        with self._entrance.consistency.watching(exchange):
            await self._app(scope, receive, send)
