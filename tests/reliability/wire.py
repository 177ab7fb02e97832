"""HTTP by hand on one connection that is kept: a request is answered, or it is known that no answer came.

A library would retry, or wait in a pool; here each answer and each silence counts.
"""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

ANSWER_S = 30


class NoAnswer(Exception):
    """The request was sent, or could not be; whether it was done is not known."""


class Reply(msgspec.Struct, frozen=True):
    """An answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    @property
    def version(self) -> int:
        """What its ETag says."""
        return int(self.headers["etag"].strip('"'))


class Wire:
    """One caller's connection, opened again after each silence."""

    def __init__(self, port: int, token: str) -> None:
        self._port, self._token = port, token
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def call(self, method: str, target: str, body: Any = None, **headers: str) -> Reply:
        """Raises NoAnswer. Names of headers are written with `_` for `-`."""
        content = b"" if body is None else msgspec.json.encode(body)
        lines = [
            f"{method} {target} HTTP/1.1",
            f"Host: 127.0.0.1:{self._port}",
            f"Authorization: Bearer {self._token}",
            f"Content-Length: {len(content)}",
            *(["Content-Type: application/json"] if content else []),
            *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
        ]
        try:
            async with asyncio.timeout(ANSWER_S):
                return await self._exchange("\r\n".join(lines).encode() + b"\r\n\r\n" + content)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError) as error:
            self.close()
            raise NoAnswer(f"{method} {target}: {type(error).__name__}") from error

    def close(self) -> None:
        """Safe to repeat."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _exchange(self, request: bytes) -> Reply:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(request)
        await writer.drain()
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        if headers.get("connection", "").lower() == "close":
            self.close()
        return Reply(int(head[0].split()[1]), headers, body)
