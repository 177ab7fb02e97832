"""Who asks for what they may not know of learns nothing: a library that is there looks like one that is not.

Over REST, where the answers are: the same steps about a library that exists and is hidden, about one that only another
tenant has, and about an id that nobody has. But for ids and times every answer is the same byte for byte, whatever the
owner of the hidden one does meanwhile, short of saying yes.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entaku.api.in_process import Answer, InProcess, in_process
from entaku.core.config import Config
from entaku.core.context import AccessLevel
from entaku.core.limits import SEARCH_CALLS_MAX
from entaku.main import App, build
from entaku.modules.accounts import NewTenant, NewUser
from entaku.modules.sharing import LibraryChange, NewLibrary, RequestState, Resource, Wanted
from entaku.modules.sharing.requests.model import AccessRequest
from entaku.table.driver import Driver
from entaku.testing import CountingDriver, ManualClock
from tests.modules.sharing.world import World

HIDDEN, FOREIGN, NOTHING = "hidden-one", "foreign-one", "nothing-is"
IDS = (HIDDEN, FOREIGN, NOTHING)
REQUEST_ID = re.compile(r"[0-9a-hjkmnp-tv-z]{26}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+Z")

wishes = st.fixed_dictionaries(
    {},
    optional={
        "permissions": st.sets(st.sampled_from(["read", "write", "delete", "share"])).map(sorted),
        "message": st.text(max_size=20),
        "expires_at": st.sampled_from(["2026-03-01T00:00:00Z", "2027-01-01T00:00:00Z", "never"]),
    },
)
steps = st.one_of(
    st.tuples(st.just("ask"), wishes),
    st.tuples(st.sampled_from(["get", "list", "withdraw", "approve", "deny", "look", "requests"]), st.just({})),
    st.tuples(st.sampled_from(["owner denies", "owner renames", "owner shares", "an hour passes"]), st.just({})),
)


class Asker:
    """Bob, who does the same about each of the three ids and compares what he hears."""

    def __init__(self, world: World, client: InProcess, number: int) -> None:
        self.world, self._client, self.number = world, client, number
        self._requests: dict[str, str] = {}

    @property
    def _signed(self) -> dict[str, str]:
        """A token that is good now: hours pass here."""
        return {"Authorization": f"Bearer {self.world.app.tokens.mint(self.world.tenant_id, f'bob{self.number}')}"}

    async def heard(self, step: str, wish: dict[str, Any], library_id: str) -> tuple[int, str]:
        """Status and body of the answer, without what may differ."""
        request = f"/api/requests/{self._requests.get(library_id, 'none-yet')}"
        library = f"/api/libraries/{library_id}"
        method, target, body = {
            "ask": ("POST", f"{library}/requests", wish),
            "get": ("GET", request, None),
            "withdraw": ("DELETE", request, None),
            "approve": ("POST", f"{request}/approve", {}),
            "deny": ("POST", f"{request}/deny", {"reason": "no"}),
            "look": ("GET", library, None),
            "requests": ("GET", f"{library}/requests", None),
        }[step]
        answer = await self._client.call(
            method,
            target,
            headers={**self._signed, "Content-Type": "application/json"},
            body=b"" if body is None else msgspec.json.encode(body),
        )
        if step == "ask" and answer.status == 202:
            self._requests[library_id] = answer.json()["request_id"]
        if step == "withdraw" and answer.status == 204:
            self._requests.pop(library_id)
        return answer.status, plain(answer.body.decode(), library_id)

    async def listed(self) -> list[str]:
        """What the list of his own requests says of each id, without what may differ; the waiting list is empty."""
        waiting = await self._client.call("GET", "/api/requests", headers=self._signed)
        assert waiting.json() == {"items": [], "next_cursor": None}
        answer = await self._client.call("GET", "/api/requests?show=asked&limit=100", headers=self._signed)
        entries = {each["resource"]["id"]: each for each in answer.json()["items"]}
        return [plain(msgspec.json.encode(entries.get(library_id)).decode(), library_id) for library_id in IDS]


def plain(text: str, library_id: str) -> str:
    """The text without ids and times, and without the id of the request that failed."""
    text = re.sub(r'"request_id":"[0-9a-f]{32}"', '"request_id":"R"', text)
    return TIME.sub("T", REQUEST_ID.sub("ID", text.replace(library_id, "LIBRARY")))


@pytest.fixture
async def client(app: App) -> AsyncIterator[InProcess]:
    async with in_process(app.http()) as opened:
        yield opened


@pytest.fixture
async def office(app: App, world: World, clock: ManualClock) -> World:
    """Ann's hidden library here, and one of another tenant there."""
    await world.user("ann", "cara")
    await world.library(HIDDEN)
    await app.accounts.tenants.create(app.operator(), NewTenant(tenant_id="twin", name="Twin"))
    zoe = NewUser(user_id="zoe", name="Zoe", level=AccessLevel.TENANT_ADMIN)
    await app.accounts.users.create(app.operator("twin"), zoe)
    new = NewLibrary(name="Foreign", library_id=FOREIGN, owner="zoe")
    await app.sharing.libraries.create(app.operator("twin"), new)
    return world


async def owner_does(world: World, step: str, user_id: str) -> None:
    """What the owner of the hidden library does about it, without letting Bob know."""
    match step:
        case "owner denies":
            table = world.app.table.for_tenant(world.tenant_id)
            request = await table.find(AccessRequest.at(user_id=user_id, resource=Resource("library", HIDDEN)))
            if request is not None and request.decision is None:
                view = await world.sharing.requests.deciding.deny(
                    world.actor("ann"), request.request_id, reason="never"
                )
                assert view.state is RequestState.DENIED
        case "owner renames":
            change = LibraryChange(name=f"Secret {world.clock.now().isoformat()}")
            await world.sharing.libraries.change(world.actor("ann"), HIDDEN, change)
        case "owner shares":
            await world.share(HIDDEN, "individual:cara", "read share")
        case _:
            world.clock.advance(world.at("10:00") - world.at("09:00"))


numbers = itertools.count()


@pytest.mark.thorough
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(steps, min_size=1, max_size=12))
async def test_a_hidden_library_is_as_one_that_is_not_there(
    office: World, client: InProcess, history: list[tuple[str, dict[str, Any]]]
) -> None:
    asker = Asker(office, client, next(numbers))
    await office.user(f"bob{asker.number}")

    for step, wish in [*history, ("list", {})]:
        if step == "list":
            assert len(set(await asker.listed())) == 1
        elif step.startswith(("owner", "an hour")):
            await owner_does(office, step, f"bob{asker.number}")
        else:
            heard = [await asker.heard(step, wish, library_id) for library_id in IDS]
            assert len(set(heard)) == 1, f"{step}: {heard}"


@pytest.mark.parametrize("is_again", [False, True])
async def test_asking_costs_as_much_whether_it_is_there_or_not(
    bare_driver: Driver, clock: ManualClock, tmp_path: Path, is_again: bool
) -> None:
    counting = CountingDriver(bare_driver)
    app = await build(Config(data=tmp_path / "data"), driver=counting, clock=clock)
    world = await World(app, clock, "acme").create()
    await world.user("ann", "bob0")
    await world.library(HIDDEN)
    asked: dict[str, dict[str, int]] = {}
    for library_id in (HIDDEN, NOTHING):
        for _ in range(1 + is_again):
            counting.start()
            resource = Resource("library", library_id)
            await world.sharing.requests.asking.ask(world.actor("bob0"), resource, Wanted())
            asked[library_id] = dict(counting.calls)

    assert asked[HIDDEN] == asked[NOTHING]


async def test_how_far_the_waiting_list_goes_tells_nobody_what_waits_for_others(
    office: World, settled: Callable[[], Awaitable[None]]
) -> None:
    askers = [f"asker{number}" for number in range(2 * SEARCH_CALLS_MAX)]
    await office.user("bob", *askers)

    async def pages_after_asking(library_id: str) -> int:
        requests = office.sharing.requests
        for asker in askers:
            await requests.asking.ask(office.actor(asker), Resource("library", library_id), Wanted())
        await settled()
        page, count = await requests.reading.list_waiting(office.actor("bob"), limit=1), 1
        while page.cursor is not None:
            page, count = (
                await requests.reading.list_waiting(office.actor("bob"), limit=1, after=page.cursor),
                count + 1,
            )
        return count

    start = await pages_after_asking("another-that-is-not")
    with_nothing = await pages_after_asking(NOTHING)
    with_hidden = await pages_after_asking(HIDDEN)

    assert (start, with_nothing, with_hidden) == (1, 1, 1)


async def test_the_headers_of_an_answer_tell_nobody_what_exists(office: World, client: InProcess) -> None:
    await office.user("bob")
    signed = {"Authorization": f"Bearer {office.app.tokens.mint(office.tenant_id, 'bob')}"}
    heard: dict[str, list[dict[str, int]]] = {}

    for library_id in (HIDDEN, NOTHING):
        target = f"/api/libraries/{library_id}/requests"
        for _ in ("asked", "asked again"):
            asked = await client.call("POST", target, headers=signed, body={})
            heard.setdefault(library_id, []).append(_lengths(asked))
        withdrawn = await client.call("DELETE", f"/api/requests/{asked.json()['request_id']}", headers=signed)
        heard[library_id].append(_lengths(withdrawn))

    assert len(HIDDEN) == len(NOTHING)
    assert heard[HIDDEN] == heard[NOTHING]


def _lengths(answer: Answer) -> dict[str, int]:
    """How long each header is: what is sealed or random is told apart by that alone."""
    return {name: len(value) for name, value in answer.headers.items()}
