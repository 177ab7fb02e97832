"""The application as a server runs it: built when the server says that it starts, on the loop that will serve it."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from entaku.core.errors import EntakuError
from entaku.hosts.row_keeper import RowKeeper
from entaku.hosts.sweeper import sweep_for_ever
from entaku.main import App, build, configure

log = logging.getLogger(__name__)

STOPS_WITHIN_S = 5.0
"""What is done beside the requests is not waited for any longer than this."""


class Hosted:
    """An ASGI application that builds the system at `lifespan.startup` and closes it at `lifespan.shutdown`."""

    def __init__(self) -> None:
        self._http: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await self._http(scope, receive, send)
            return
        app = await self._built(receive, send)
        if app is None:
            return
        # Elsewhere the engine removes what has expired by itself, and looking for it would read the whole table.
        beside = [asyncio.create_task(sweep_for_ever(app.table))] if app.config.is_embedded else []
        beside.append(asyncio.create_task(RowKeeper(app).keep()))
        last: list[Any] = []

        async def send_but_the_last(message: Any) -> None:
            # When the server hears that this has ended it stops the loop, and with it whatever is still to be done.
            if message["type"].startswith("lifespan.shutdown."):
                last.append(message)
            else:
                await send(message)

        try:
            await self._http(scope, receive, send_but_the_last)
        finally:
            for task in beside:
                task.cancel()
            # They let go of what they hold, while the table is still open.
            await asyncio.wait(beside, timeout=STOPS_WITHIN_S)
            await app.close()
            for message in last:
                await send(message)

    async def _built(self, receive: Any, send: Any) -> App | None:
        """The system; None when it cannot start, which the server is told and the log explains."""
        try:
            app = await build(configure())
            self._http = app.http()
        except Exception as error:
            log.exception("the service cannot start")
            message = error.message if isinstance(error, EntakuError) else f"{type(error).__name__}: {error}"
            await receive()
            await send({"type": "lifespan.startup.failed", "message": message})
            return None
        return app


def application() -> Hosted:
    """What `entaku serve` names to the server; the data folder comes from ENTAKU_DATA."""
    return Hosted()
