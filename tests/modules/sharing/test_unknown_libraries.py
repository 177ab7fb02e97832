"""Who may not know of a library cannot tell it from one that is not there: not by the answer, nor by what it costs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from entaku.api.in_process import Answer, InProcess, in_process
from entaku.core.config import Config
from entaku.core.errors import Unauthenticated
from entaku.main import App, build
from entaku.table.driver import Driver
from entaku.testing import CountingDriver, ManualClock
from tests.modules.sharing.world import World

ADD = {"add": [{"principal": {"kind": "organisation"}}]}
ROUTES: list[tuple[str, str, Any]] = [
    ("GET", "", b""),
    ("PATCH", "", {"name": "Other"}),
    ("PATCH", "", {"owner": "eve"}),
    ("PATCH", "", {"owner": "nobody"}),
    ("DELETE", "", b""),
    ("DELETE", "?permanently=true", b""),
    ("POST", "/restore", b""),
    ("POST", "/archive", b""),
    ("POST", "/unarchive", b""),
    ("POST", "/transfer", {"owner": "eve"}),
    ("POST", "/transfer", {"owner": "nobody", "keep": ["read"]}),
    ("GET", "/shares", b""),
    ("PATCH", "/shares", ADD),
    ("PATCH", "/shares", {"remove": [{"kind": "organisation"}]}),
    ("PATCH", "/shares", {"add": [{"principal": {"kind": "group", "id": "no-such-group"}}]}),
    ("GET", "/access/eve", b""),
    ("GET", "/access/ann", b""),
    ("GET", "/access/nobody", b""),
    ("GET", "/audit", b""),
]
UNKNOWN = ["hidden", "ended", "not-yet", "deleted", "was-mine"]
"""All are there, or were; a moment's carelessness would let Eve know of them."""


@pytest.fixture
def counting(bare_driver: Driver) -> CountingDriver:
    return CountingDriver(bare_driver)


@pytest.fixture
async def quiet_app(counting: CountingDriver, clock: ManualClock, tmp_path: Path) -> App:
    return await build(Config(data=tmp_path / "data", request_log=False), driver=counting, clock=clock)


@pytest.fixture
async def api(quiet_app: App, clock: ManualClock) -> AsyncIterator[InProcess]:
    """Eve's tenant over HTTP: libraries of Ann's that Eve may not know of, for several reasons."""
    world = await World(quiet_app, clock, "acme").create()
    await world.group("insiders")
    await world.user("ann", "eve")
    for library in ("hidden", "ended", "not-yet", "deleted"):
        await world.library(library)
    await world.library("was-mine", owner="eve")
    await world.share("hidden", "group:insiders", "read write delete share")
    await world.share("ended", "individual:eve", "read share", until="09:00")
    await world.share("not-yet", "individual:eve", "read share", since="12:00")
    await world.share("deleted", "individual:eve", "read share")
    await world.sharing.libraries.delete(world.actor(), "deleted")
    await world.change_library("was-mine", owner="ann")
    async with in_process(quiet_app.http()) as client:
        yield client


async def asked(api: InProcess, app: App, method: str, path: str, body: Any, **headers: str) -> Answer:
    sent = {"Authorization": f"Bearer {app.tokens.mint('acme', 'eve')}", "X-Request-Id": "the-same", **headers}
    return await api.call(method, path, headers=sent, body=body)


@pytest.mark.parametrize(("method", "rest", "body"), ROUTES, ids=[f"{m} {r} {b!r}" for m, r, b in ROUTES])
async def test_the_answer_and_its_cost_are_the_same(
    api: InProcess, quiet_app: App, counting: CountingDriver, method: str, rest: str, body: Any
) -> None:
    told: dict[str, tuple[int, Any, Any, Any, int]] = {}
    for library in [*UNKNOWN, "missing"]:
        await asked(api, quiet_app, "GET", "/api/me", b"")
        counting.start()

        answer = await asked(api, quiet_app, method, f"/api/libraries/{library}{rest}", body)

        headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
        shown = answer.body.decode().replace(library, "LIBRARY")
        told[library] = (answer.status, shown, headers, dict(counting.calls), counting.keys_read)

    assert told["missing"][0] == 404
    assert {library: answer for library, answer in told.items() if answer != told["missing"]} == {}


@pytest.mark.parametrize("tag", ['"1"', "*"])
async def test_a_version_does_not_tell_either(api: InProcess, quiet_app: App, tag: str) -> None:
    answers = [
        await asked(api, quiet_app, "PATCH", f"/api/libraries/{library}/shares", ADD, **{"If-Match": tag})
        for library in ("hidden", "missing")
    ]

    assert [answer.status for answer in answers] == [404, 404]


async def test_a_taken_id_tells_neither_what_has_it_nor_whether_one_may_know(
    api: InProcess, quiet_app: App, counting: CountingDriver, clock: ManualClock
) -> None:
    world = World(quiet_app, clock, "acme")
    await world.library("open", name="Open to all", is_discoverable=True)
    told: set[tuple[int, str, str, str]] = set()
    for library in [*UNKNOWN, "open"]:
        await asked(api, quiet_app, "GET", "/api/me", b"")
        counting.start()

        answer = await asked(api, quiet_app, "POST", "/api/libraries", {"name": "Mine", "library_id": library})

        shown = answer.body.decode().replace(library, "LIBRARY")
        told.add((answer.status, shown, answer.headers.get("etag", ""), repr(counting.calls)))
    assert len(told) == 1
    ((status, shown, etag, _),) = told
    assert (status, etag) == (409, "")
    assert "ann" not in shown.lower()


async def test_checks_do_not_tell_either(api: InProcess, quiet_app: App) -> None:
    checks = [{"user_id": "eve", "library_id": library} for library in [*UNKNOWN, "missing"]]

    answer = await asked(api, quiet_app, "POST", "/api/checks", {"checks": checks})

    assert answer.json() == {"results": [False] * len(checks)}


async def test_the_list_does_not_tell_either(api: InProcess, quiet_app: App) -> None:
    answer = await asked(api, quiet_app, "GET", "/api/users/eve/libraries", b"")

    assert (answer.status, answer.json()["total"]) == (200, 0)


async def test_a_discoverable_library_may_be_known_and_no_more(
    api: InProcess, quiet_app: App, clock: ManualClock
) -> None:
    world = World(quiet_app, clock, "acme")
    await world.change_library("hidden", is_discoverable=True)

    statuses = {
        f"{method} {rest}": (await asked(api, quiet_app, method, f"/api/libraries/hidden{rest}", body)).status
        for method, rest, body in ROUTES
    }

    assert statuses == {
        "GET ": 200,
        "PATCH ": 403,
        "DELETE ": 403,
        "DELETE ?permanently=true": 403,
        "POST /restore": 403,
        "POST /archive": 403,
        "POST /unarchive": 403,
        "POST /transfer": 403,
        "GET /shares": 403,
        "PATCH /shares": 403,
        "GET /access/eve": 200,
        "GET /access/ann": 403,
        "GET /access/nobody": 403,
        "GET /audit": 403,
    }


async def test_a_deactivated_owner_finds_nothing(quiet_app: App, clock: ManualClock) -> None:
    world = await World(quiet_app, clock, "globex").create()
    await world.user("ann")
    await world.library("open", is_discoverable=True)
    await world.change_user("ann", is_active=False)

    with pytest.raises(Unauthenticated):
        await world.change_library("open", by="ann", name="Mine")
