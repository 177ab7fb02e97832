"""There are no sockets yet, so none opens: not even where a route declares one."""

from __future__ import annotations

from typing import Any, cast

from litestar import WebSocket, websocket
from litestar.types import Scope

from entaku.api.http import create_http
from entaku.api.in_process import in_process
from tests.api.toy_app import QUIET, ToyTokens


@websocket("/live")
async def live(socket: WebSocket[Any, Any, Any]) -> None:
    await socket.accept()
    await socket.send_text("secret")
    await socket.close()


async def test_a_socket_is_refused_before_any_route_sees_it() -> None:
    sent: list[Any] = []
    scope = {"type": "websocket", "path": "/live", "raw_path": b"/live", "query_string": b"", "headers": []}

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    app = create_http(routes=[live], authenticator=ToyTokens(), settings=QUIET)
    async with in_process(app):
        await app(cast("Scope", scope), receive, send)

    assert [message["type"] for message in sent] == ["websocket.close"]
