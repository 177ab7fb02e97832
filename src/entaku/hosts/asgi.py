"""The application as a server runs it: built when the server says that it starts, on the loop that will serve it."""

from __future__ import annotations

from typing import Any

from entaku.main import App, build, configure


class Hosted:
    """An ASGI application that builds the system at `lifespan.startup` and closes it at `lifespan.shutdown`."""

    def __init__(self) -> None:
        self._app: App | None = None
        self._http: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            self._app = await build(configure())
            self._http = self._app.http()
            try:
                await self._http(scope, receive, send)
            finally:
                await self._app.close()
        else:
            await self._http(scope, receive, send)


def application() -> Hosted:
    """What `entaku serve` names to the server; the data folder comes from ENTAKU_DATA."""
    return Hosted()
