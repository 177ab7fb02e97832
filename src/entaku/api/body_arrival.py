"""How long a body may take to arrive. One that never does would hold its connection, and the end of a drain, for ever.

The bound is on the whole body: a bound on each part is kept by a caller who sends a byte now and then.
"""

from __future__ import annotations

import asyncio
from typing import Any

from litestar.types import Receive

from entaku.api.errors import RefusedByHttp
from entaku.api.exchange import Exchange

BODY_ARRIVES_WITHIN_S = 20.0
"""A megabyte then comes at 50 kB/s, and a drain (30 s) outlasts it."""


def expects_body(exchange: Exchange) -> bool:
    """Whether a body follows: one of these headers says so (RFC 9112, 6). All others are spared the timer."""
    return b"content-length" in exchange.headers or b"transfer-encoding" in exchange.headers


class BodyInTime:
    """The `receive` of a request with a body. Raises RefusedByHttp, 408, when that is not there in time."""

    __slots__ = ("_due_at", "_is_whole", "_receive", "_within_s")

    def __init__(self, receive: Receive, within_s: float) -> None:
        """The time runs from the first part that is asked for."""
        self._receive = receive
        self._within_s = within_s
        self._due_at: float | None = None
        self._is_whole = False

    async def __call__(self) -> Any:
        if self._is_whole:
            # Whoever asks now waits for the caller to hang up.
            return await self._receive()
        if self._due_at is None:
            self._due_at = asyncio.get_running_loop().time() + self._within_s
        try:
            async with asyncio.timeout_at(self._due_at):
                message = await self._receive()
        except TimeoutError as error:
            raise RefusedByHttp(
                408, f"the body was not there {self._within_s:g} s after its headers; send it faster, or in parts"
            ) from error
        self._is_whole = not message.get("more_body", False)
        return message
