"""A front is faster than its route and otherwise cannot be told from it."""

from __future__ import annotations

import pytest

from entaku.api.in_process import InProcess
from tests.api.conftest import ANN


async def test_front_and_route_answer_alike(api: InProcess) -> None:
    front = await api.call("GET", "/api/hot", headers=ANN)
    route = await api.call("GET", "/%61pi/hot", headers=ANN)

    assert (front.status, front.body, front.headers["content-type"]) == (
        route.status,
        route.body,
        route.headers["content-type"],
    )


async def test_what_the_front_does_not_take_the_route_refuses(api: InProcess) -> None:
    assert (await api.call("GET", "/api/hot?x=1", headers=ANN)).status == 400
    assert (await api.call("POST", "/api/hot", headers=ANN)).status == 405


async def test_a_front_asks_for_a_token(api: InProcess) -> None:
    assert (await api.call("GET", "/api/hot")).status == 401


async def test_an_error_of_a_front_is_a_problem(api: InProcess) -> None:
    answer = await api.call("GET", "/api/hot", headers={"Authorization": "Bearer nobody@acme"})

    assert (answer.status, answer.json()["code"]) == (404, "not_found")
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


async def test_a_front_spares_a_reader_what_it_has(api: InProcess) -> None:
    answer = await api.call("GET", "/api/hot", headers={**ANN, "If-None-Match": '"h1"'})

    assert (answer.status, answer.body) == (304, b"")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_front_answers_head_like_get(api: InProcess, method: str) -> None:
    answer = await api.call(method, "/api/hot", headers=ANN)

    assert (answer.status, answer.headers["content-length"]) == (200, "14")
