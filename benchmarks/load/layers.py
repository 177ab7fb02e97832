"""The parts of one request, each measured alone in this process: what the service itself spends, and on what.

Processor time, best of several rounds, everything in memory as it is for a list that was asked for before. The server
and the kernel are not in it; `bare` measures those.
"""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec

from entaku.api.log_lines import LogLines
from entaku.main import build, configure
from entaku.modules.sharing import ListRequest
from load.plans import TENANT

ROUNDS = 7
CALLS = 2_000
LIMIT = 20


class Layers(msgspec.Struct, frozen=True, kw_only=True):
    """Microseconds of processor time a request."""

    whole: float
    """The application as the server calls it, its log line written."""
    without_log: float
    authentication: float
    """From the bearer token, verified before, to the actor."""
    page: float
    """Whether anything was committed since, and the page from memory."""
    body: float
    """The page with its time spliced in."""
    current: float
    """Asking SQLite whether anything was committed since; done once for the token and once for the page."""
    cold: float
    """The list from the table, as when something it depends on has changed."""


def measure_layers(data: Path, user: str, token: str) -> Layers:
    """Of a request of that user for the own list, on a folder that nobody else writes to meanwhile."""
    return asyncio.run(_measure(data, user, token))


async def _measure(data: Path, user: str, token: str) -> Layers:
    nowhere = io.StringIO()
    logged = await build(configure(data, {}))
    silent = await build(configure(data, {"ENTAKU_REQUEST_LOG": "false"}))
    try:
        lines = LogLines(nowhere)
        http = logged.http()
        whole = await best(lambda: answered(http, user, token))
        lines.stop()
        quiet = silent.http()
        without_log = await best(lambda: answered(quiet, user, token))
        authentication, pages, lists = silent.authentication, silent.sharing.pages, silent.sharing.lists
        actor = await authentication.authenticate(token, host="127.0.0.1", tenant_header=None, request_id="a")
        assert actor.tenant_id == TENANT
        request = ListRequest(limit=LIMIT)
        page = await pages.page(actor, user, request)
        assert silent.tail is not None, "the embedded engine tells what has changed"
        return Layers(
            whole=whole,
            without_log=without_log,
            authentication=await best(
                lambda: authentication.authenticate(token, host="127.0.0.1", tenant_header=None, request_id="a")
            ),
            page=await best(lambda: pages.page(actor, user, request)),
            body=await best(lambda: _made(page.body)),
            current=await best(silent.tail.catch_up),
            cold=await best(lambda: lists.of_user(actor, user, request), calls=100),
        )
    finally:
        await logged.close()
        await silent.close()


async def _made(body: Callable[[float], bytes]) -> bytes:
    return body(0.123)


async def best(call: Callable[[], Awaitable[object]], *, calls: int = CALLS) -> float:
    """Microseconds of processor time a call, least of several rounds: what others did to the machine is in the rest."""
    rounds: list[float] = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(calls):
            await call()
        rounds.append((time.process_time() - began) / calls * 1e6)
    return min(rounds)


async def answered(http: Any, user: str, token: str) -> None:
    """One request, as the server hands it over. Fails unless it is answered with 200."""
    path = f"/api/users/{user}/libraries"
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [
            (b"host", b"127.0.0.1"),
            (b"user-agent", b"entaku-load"),
            (b"accept", b"application/json"),
            (b"authorization", f"Bearer {token}".encode()),
        ],
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 8000),
        "state": {},
    }
    status = 0

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status
        status = message.get("status", status)

    await http(scope, receive, send)
    assert status == 200, f"{path} was answered with {status}"
