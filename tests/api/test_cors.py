"""Pages of other origins may call only where the operator lists them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from entaku.api.http import HttpSettings
from entaku.api.in_process import Answer, InProcess, in_process
from tests.api.conftest import ANN
from tests.api.toy_app import create_toy

LISTED = "https://app.example.com"
PREFLIGHT = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "if-match"}


@pytest.fixture
async def shared() -> AsyncIterator[InProcess]:
    async with in_process(create_toy(HttpSettings(cors_origins=(LISTED,), logs_requests=False))) as client:
        yield client


def allowed(answer: Answer) -> str | None:
    return answer.headers.get("access-control-allow-origin")


async def test_by_default_no_origin_may_call(api: InProcess) -> None:
    answer = await api.call("GET", "/api/notes", headers={**ANN, "Origin": LISTED})

    assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_a_listed_origin_may_read_what_it_needs(shared: InProcess) -> None:
    answer = await shared.call("GET", "/api/notes", headers={**ANN, "Origin": LISTED})

    assert (allowed(answer), answer.headers["vary"]) == (LISTED, "Origin")
    assert {"ETag", "X-Request-Id"} <= set(answer.headers["access-control-expose-headers"].split(", "))


async def test_a_listed_origin_may_read_its_refusals(shared: InProcess) -> None:
    answer = await shared.call("GET", "/api/notes", headers={"Origin": LISTED})

    assert (answer.status, allowed(answer)) == (401, LISTED)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", f"{LISTED}.evil.example", f"{LISTED}:444"])
async def test_another_origin_may_not(shared: InProcess, origin: str) -> None:
    answer = await shared.call("GET", "/api/notes", headers={**ANN, "Origin": origin})

    assert (allowed(answer), answer.headers["vary"]) == (None, "Origin")


async def test_a_preflight_is_answered_without_a_token(shared: InProcess) -> None:
    answer = await shared.call("OPTIONS", "/api/notes/n1", headers={"Origin": LISTED, **PREFLIGHT})

    assert (answer.status, allowed(answer)) == (204, LISTED)
    assert "If-Match" in answer.headers["access-control-allow-headers"]
    assert "PATCH" in answer.headers["access-control-allow-methods"]


async def test_a_preflight_of_another_origin_is_told_nothing(shared: InProcess) -> None:
    answer = await shared.call("OPTIONS", "/api/notes/n1", headers={"Origin": "https://evil.example", **PREFLIGHT})

    assert not [name for name in answer.headers if name.startswith("access-control")]
