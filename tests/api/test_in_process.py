"""The in-process client: what goes wrong in the application comes out of it, and its life is kept in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from litestar import get
from litestar.response import Stream

from entaku.api.auth import ANONYMOUS
from entaku.api.http import HttpApplication, create_http
from entaku.api.in_process import call, in_process
from tests.api.toy_app import QUIET, ToyTokens


@get("/pieces", opt=ANONYMOUS)
async def pieces() -> Stream:
    async def parts() -> AsyncIterator[bytes]:
        for part in (b"a", b"b", b"c"):
            yield part

    return Stream(parts())


@get("/breaks", opt=ANONYMOUS)
async def breaks() -> Stream:
    async def parts() -> AsyncIterator[bytes]:
        yield b"a"
        raise RuntimeError("half way")

    return Stream(parts())


def app_that(*happens: str, said: list[str]) -> HttpApplication:
    def start() -> None:
        said.append("start")
        if "fails to start" in happens:
            raise RuntimeError("no start")

    def stop() -> None:
        said.append("stop")

    return create_http(
        routes=[pieces, breaks],
        authenticator=ToyTokens(),
        settings=QUIET,
        on_startup=[start],
        on_shutdown=[stop],
    )


async def test_one_call_starts_and_stops_the_application() -> None:
    said: list[str] = []

    answer = await call(app_that(said=said), "GET", "/healthz")

    assert (answer.json(), said) == ({"status": "ok"}, ["start", "stop"])


async def test_many_calls_share_one_start() -> None:
    said: list[str] = []

    async with in_process(app_that(said=said)) as client:
        answers = await asyncio.gather(*(client.call("GET", "/healthz") for _ in range(10)))

    assert [answer.status for answer in answers] == [200] * 10
    assert said == ["start", "stop"]


async def test_a_failed_start_is_raised() -> None:
    with pytest.RaisesGroup(pytest.RaisesExc(RuntimeError, match="no start"), flatten_subgroups=True):
        await call(app_that("fails to start", said=[]), "GET", "/healthz")


async def test_a_stream_is_collected() -> None:
    assert (await call(app_that(said=[]), "GET", "/pieces")).body == b"abc"


async def test_a_head_of_a_stream_is_empty() -> None:
    answer = await call(app_that(said=[]), "HEAD", "/pieces")

    assert (answer.status, answer.body) == (200, b"")


async def test_an_answer_that_breaks_half_way_is_not_passed_off_as_whole() -> None:
    with pytest.raises(Exception, match="after response started"):
        await call(app_that(said=[]), "GET", "/breaks")
