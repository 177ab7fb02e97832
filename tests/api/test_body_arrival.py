"""A body is there in time or refused, and who sends none is not held to a time."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from litestar.types import HTTPScope, Receive, Send

from entaku.api.body_arrival import BodyInTime
from entaku.api.errors import RefusedByHttp
from entaku.api.http import create_http
from entaku.api.in_process import call
from tests.api.conftest import ANN
from tests.api.toy_app import ToyTokens

A_MINUTE = 60.0


class Wire:
    """Gives these parts of a body, the last as such if it is whole; then nothing comes any more."""

    def __init__(self, *parts: bytes, is_whole: bool) -> None:
        self._parts = list(parts)
        self._is_whole = is_whole

    async def __call__(self) -> Any:
        if not self._parts:
            await asyncio.Event().wait()
        body = self._parts.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(self._parts) or not self._is_whole}


class Recording:
    """Takes every request of one path, and keeps the `receive` it was given."""

    template = "/raw"
    receive: Receive

    def takes(self, method: str, path: str, query_string: bytes) -> bool:
        return path == self.template

    async def __call__(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        self.receive = receive
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def test_a_body_in_time_is_given_as_it_came() -> None:
    receive = BodyInTime(Wire(b"a", b"b", is_whole=True), A_MINUTE)

    parts = [await receive(), await receive()]

    assert [(part["body"], part["more_body"]) for part in parts] == [(b"a", True), (b"b", False)]


async def test_a_body_that_never_comes_is_refused() -> None:
    receive = BodyInTime(Wire(is_whole=False), 0)

    with pytest.raises(RefusedByHttp, match="the body was not there") as refused:
        await receive()

    assert refused.value.status == 408


async def test_a_body_that_drips_has_no_more_time_than_any() -> None:
    receive = BodyInTime(Wire(b"a", b"b", is_whole=False), 0)
    await receive()
    await receive()

    with pytest.raises(RefusedByHttp):
        await receive()


async def test_after_the_body_one_may_wait_for_the_caller_to_hang_up() -> None:
    receive = BodyInTime(Wire(b"a", is_whole=True), 0)
    await receive()

    waiting = asyncio.create_task(receive())
    for _ in range(10):
        await asyncio.sleep(0)

    assert not waiting.done()
    waiting.cancel()


@pytest.mark.parametrize(("body", "is_timed"), [(b"", False), (b"x", True)])
async def test_only_a_request_with_a_body_is_timed(body: bytes, is_timed: bool) -> None:
    front = Recording()

    await call(create_http(routes=[], authenticator=ToyTokens(), fronts=[front]), "GET", "/raw", headers=ANN, body=body)

    assert isinstance(front.receive, BodyInTime) is is_timed
