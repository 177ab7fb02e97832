"""A DynamoDB that answers what it is told to, for what no emulator does: failing, stalling, splitting shards."""

from __future__ import annotations

import asyncio
from collections import deque
from types import TracebackType
from typing import Any

import msgspec
from aiohttp import web


class Answer(msgspec.Struct, frozen=True):
    """The body of one answer, and how it comes."""

    body: Any = msgspec.field(default_factory=dict[str, Any])
    status: int = 200
    is_cut_off: bool = False
    """The connection is closed in place of the answer, when the request has arrived."""
    never_comes: bool = False
    headers: dict[str, str] = {}


class ScriptedService:
    """Gives the answers in order, whatever it is asked, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        """Operation and request."""
        self.endpoint = ""
        self._answers: deque[Answer] = deque()
        self._arrival = asyncio.Condition()
        self._ending = asyncio.Event()
        self._runner = web.AppRunner(_application(self._answer))

    @property
    def operations(self) -> list[str]:
        return [operation for operation, _ in self.asked]

    def answers(self, *answers: Answer | dict[str, Any]) -> None:
        """Add to what is answered; a dictionary is the body of a success."""
        self._answers.extend(each if isinstance(each, Answer) else Answer(each) for each in answers)

    def refuses(self, code: str, message: str = "", *, status: int = 400, **more: Any) -> None:
        """Add an error."""
        prefix = "com.amazonaws.dynamodb.v20120810#"
        self.answers(Answer({"__type": prefix + code, "message": message, **more}, status))

    async def has_been_asked(self, count: int) -> None:
        """Waits until so many requests have arrived."""
        async with self._arrival:
            await self._arrival.wait_for(lambda: len(self.asked) >= count)

    async def __aenter__(self) -> ScriptedService:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.endpoint = f"http://{host}:{port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        operation = request.headers["x-amz-target"].rpartition(".")[2]
        self.asked.append((operation, msgspec.json.decode(await request.read())))
        async with self._arrival:
            self._arrival.notify_all()
        answer = self._answers.popleft()
        if answer.is_cut_off and request.transport is not None:
            request.transport.abort()
        if answer.never_comes:
            await self._ending.wait()
        body = answer.body if isinstance(answer.body, bytes) else msgspec.json.encode(answer.body)
        headers = {"Content-Type": "application/x-amz-json-1.0", **answer.headers}
        return web.Response(body=body, status=answer.status, headers=headers)


def _application(handler: Any) -> web.Application:
    application = web.Application()
    application.router.add_post("/", handler)
    return application
