"""A DynamoDB that answers always the same, at once: what is left is the work of the client."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from multiprocessing.connection import Connection

from aiohttp import web


def serve(answers: Mapping[str, bytes], started: Connection) -> None:
    """A process that gives each operation its answer, until it is terminated; tells its port."""

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        body = answers[request.headers["x-amz-target"].rpartition(".")[2]]
        return web.Response(body=body, content_type="application/x-amz-json-1.0")

    async def run() -> None:
        application = web.Application()
        application.router.add_post("/", answer)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        started.send(runner.addresses[0][1])
        await asyncio.Event().wait()

    asyncio.run(run())
