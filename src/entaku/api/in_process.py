"""One request to an ASGI application without a server or a socket: for tests, and for `entaku call`.

What the application sees is what granian would give it: the same scope keys, the path decoded the same way.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any, cast
from urllib.parse import unquote

import msgspec
from litestar.types import ASGIApp, HTTPScope, LifeSpanScope, Message, Scope

HeaderValues = Mapping[str, str]


class Answer(msgspec.Struct, frozen=True):
    """A whole answer."""

    status: int
    headers: Mapping[str, str]
    """By lower-case name; values of a repeated header are joined by a comma."""
    body: bytes

    def json(self) -> Any:
        """The body, decoded."""
        return msgspec.json.decode(self.body)


class InProcess:
    """Sends requests to a started application, many side by side if wanted."""

    def __init__(self, app: ASGIApp, state: dict[str, Any]) -> None:
        self._app = app
        self._state = state

    async def call(
        self, method: str, target: str, *, headers: HeaderValues | None = None, body: bytes | Any = b""
    ) -> Answer:
        """One request, answered in full. `target` is percent-encoded, as in `/users/ann?limit=5`.

        A `body` that is no bytes is sent as JSON, with its content type. What the application raises is raised here; a
        server would have cut the connection.
        """
        sent = {"host": "localhost", **{name.lower(): value for name, value in (headers or {}).items()}}
        if not isinstance(body, bytes):
            body = msgspec.json.encode(body)
            sent.setdefault("content-type", "application/json")
        if body:
            sent.setdefault("content-length", str(len(body)))
        return await self.send(
            method, target, [(n.encode("latin-1"), v.encode("latin-1")) for n, v in sent.items()], [body]
        )

    async def send(self, method: str, target: str, headers: list[tuple[bytes, bytes]], chunks: list[bytes]) -> Answer:
        """One request as it would come over the wire: the headers exactly as given, the body in these pieces."""
        exchange = _Wire(chunks)
        await self._app(_http_scope(method, target, headers, self._state), exchange.receive, exchange.send)
        return exchange.answer()


@asynccontextmanager
async def in_process(app: ASGIApp) -> AsyncGenerator[InProcess]:
    """Starts the application (its lifespan), and stops it at the end. Raises what its start or stop raised."""
    life = _Lifespan(app)
    await life.tell("startup")
    try:
        yield InProcess(app, life.state)
    finally:
        await life.tell("shutdown")


async def call(
    app: ASGIApp, method: str, target: str, *, headers: HeaderValues | None = None, body: bytes | Any = b""
) -> Answer:
    """Starts the application, sends one request, stops it. For more than one request use `in_process`."""
    async with in_process(app) as client:
        return await client.call(method, target, headers=headers, body=body)


def _http_scope(method: str, target: str, headers: list[tuple[bytes, bytes]], state: dict[str, Any]) -> HTTPScope:
    raw_path, _, query = target.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 50000),
        "scheme": "http",
        "method": method,
        "root_path": "",
        "path": unquote(raw_path),
        "raw_path": raw_path.encode(),
        "query_string": query.encode(),
        "headers": headers,
        "extensions": {},
        "state": dict(state),
    }
    return cast("HTTPScope", scope)


class _Wire:
    """Both directions of one request."""

    def __init__(self, chunks: list[bytes]) -> None:
        self._chunks = list(chunks) or [b""]
        self._start: Message | None = None
        self._body = bytearray()
        self._done = asyncio.Event()

    async def receive(self) -> Any:
        if self._chunks:
            chunk = self._chunks.pop(0)
            return {"type": "http.request", "body": chunk, "more_body": bool(self._chunks)}
        await self._done.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            assert self._start is None, "an answer starts once"
            self._start = message
        elif message["type"] == "http.response.body":
            assert self._start is not None, "an answer starts before its body"
            assert not self._done.is_set(), "nothing follows the end of an answer"
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                self._done.set()

    def answer(self) -> Answer:
        assert self._start is not None and self._done.is_set(), "the application did not finish its answer"
        start = cast("dict[str, Any]", self._start)
        headers: dict[str, str] = {}
        for raw_name, raw_value in start["headers"]:
            name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        return Answer(int(start["status"]), headers, bytes(self._body))


class _Lifespan:
    """The application's start and stop, which it runs as one call that waits in between."""

    def __init__(self, app: ASGIApp) -> None:
        self.state: dict[str, Any] = {}
        self._app = app
        self._told: asyncio.Queue[str] = asyncio.Queue()
        self._heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._running: asyncio.Task[None] | None = None

    async def tell(self, phase: str) -> None:
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        await self._told.put(f"lifespan.{phase}")
        hearing = asyncio.create_task(self._heard.get())
        await asyncio.wait({hearing, self._running}, return_when=asyncio.FIRST_COMPLETED)
        heard = hearing.result() if hearing.done() else None
        hearing.cancel()
        if phase == "shutdown" or heard is None or heard["type"].endswith(".failed"):
            # What starting or stopping raised comes out here.
            await self._running
            assert heard is not None and heard["type"].endswith(".complete"), f"the application failed its {phase}"

    async def _run(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self.state}
        await self._app(cast("Scope", cast("LifeSpanScope", scope)), self._receive, self._send)

    async def _receive(self) -> Any:
        return {"type": await self._told.get()}

    async def _send(self, message: Any) -> None:
        await self._heard.put(message)
