"""What the Authorization API 1.0 demands of a decision point, sentence by sentence, over HTTP."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from entaku.api.in_process import Answer, in_process
from tests.modules.authzen.asking import Enforcer, question, thing, user
from tests.modules.sharing.world import ROOT, World

Ask = Callable[..., Awaitable[Answer]]
USERS = ("bob", "cid", "dan", "eve")
BOB_READS = question("bob", "read", "library:atlas")
SEARCHES: dict[str, dict[str, Any]] = {
    "subject": {**BOB_READS, "subject": {"type": "user"}},
    "resource": {**BOB_READS, "resource": {"type": "library"}},
    "action": {"subject": user("bob"), "resource": thing("library:atlas")},
}


@pytest.fixture
async def shelf(world: World) -> World:
    """Ann owns three libraries; four others read the first, and Bob all of them."""
    await world.user("ann", *USERS)
    for library_id in ("atlas", "guide", "novel"):
        await world.library(library_id)
        await world.share(library_id, "individual:bob")
    for user_id in USERS[1:]:
        await world.share("atlas", f"individual:{user_id}")
    return world


@pytest.fixture
async def ask(shelf: World) -> AsyncIterator[Ask]:
    """Sends a body, or bytes that are none, in the name of the administrator or with other headers."""
    token = shelf.app.tokens.mint("acme", ROOT)
    async with in_process(shelf.app.http()) as client:

        async def send(endpoint: str, body: Any, **headers: str) -> Answer:
            sent = {"Authorization": f"Bearer {token}", **{name.replace("_", "-"): v for name, v in headers.items()}}
            return await client.call("POST", f"/access/v1/{endpoint}", headers=sent, body=body)

        yield send


def without(body: dict[str, Any], path: str) -> dict[str, Any]:
    copy = json.loads(json.dumps(body))
    *parents, last = path.split(".")
    place = copy
    for name in parents:
        place = place[name]
    del place[last]
    return copy


@pytest.mark.parametrize(
    "path",
    [
        *("subject", "subject.type", "subject.id", "action", "action.name"),
        *("resource", "resource.type", "resource.id"),
    ],
)
async def test_a_required_attribute_that_is_left_out_is_a_bad_request(ask: Ask, path: str) -> None:
    answer = await ask("evaluation", without(BOB_READS, path))

    assert answer.status == 400
    assert path.rpartition(".")[2] in answer.json()["detail"]


@pytest.mark.parametrize(
    ("search", "path"),
    [
        *(("subject", path) for path in ("subject.type", "action", "resource.id")),
        *(("resource", path) for path in ("subject.id", "action.name", "resource.type")),
        *(("action", path) for path in ("subject.id", "resource.id")),
    ],
)
async def test_a_search_lacks_no_required_attribute_either(ask: Ask, search: str, path: str) -> None:
    assert (await ask(f"search/{search}", without(SEARCHES[search], path))).status == 400


@pytest.mark.parametrize("body", [b"[]", b'"read"', b"1", b"null", b"", b"{", b"\xff", b'{"subject":{}}'])
async def test_what_is_no_question_is_a_bad_request(ask: Ask, body: bytes) -> None:
    assert (await ask("evaluation", body, Content_Type="application/json")).status == 400


async def test_fields_that_nobody_knows_are_overlooked(ask: Ask) -> None:
    body = {
        **{name: {**each, "later": [1], "properties": {"a": {"b": None}}} for name, each in BOB_READS.items()},
        "context": {"time": "2026-11-21T10:00Z"},
        "evaluations": [{"later": 1}],
        "options": {"evaluations_semantic": "execute_all", "another_option": "value"},
        "page": {"limit": 5, "properties": {"sort": "up"}, "later": 1},
        "later": {},
    }

    assert (await ask("evaluation", body)).json()["decision"] is True
    assert (await ask("evaluations", body)).json()["evaluations"][0]["decision"] is True
    assert [(await ask(f"search/{each}", body)).status for each in SEARCHES] == [200, 200, 200]


async def test_what_may_be_left_out_may_be_null(ask: Ask) -> None:
    body = {**BOB_READS, "context": None, "page": None, "evaluations": [{"action": None, "context": None}]}

    assert (await ask("evaluation", body)).json()["decision"] is True
    assert (await ask("evaluations", body)).json()["evaluations"][0]["decision"] is True
    assert [(await ask(f"search/{each}", body)).status for each in SEARCHES] == [200, 200, 200]


async def test_the_order_of_members_means_nothing(ask: Ask) -> None:
    turned = json.dumps({name: dict(reversed(each.items())) for name, each in reversed(BOB_READS.items())}).encode()

    assert (await ask("evaluation", turned, Content_Type="application/json")).json()["decision"] is True


async def test_a_denial_is_an_answer_and_no_error(ask: Ask) -> None:
    answer = await ask("evaluation", question("bob", "delete", "library:atlas"))

    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json()["decision"] is False


async def test_who_shows_no_token_is_told_how(ask: Ask) -> None:
    for headers in ({"Authorization": "Bearer wrong"}, {"Authorization": "Basic YTpi"}):
        answer = await ask("evaluation", BOB_READS, **headers)

        assert answer.status == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "request_id",
    [
        "bfe9eb29-ab87-4ca3-be83-a1d5d8305716",
        "Root=1-67891233-abcdef012345678912345678",
        "req/7:a+b==@pep~1,{x}|!$%&'()*;?[]^`#",
    ],
)
@pytest.mark.parametrize("endpoint", ["evaluation", "evaluations", *(f"search/{each}" for each in SEARCHES)])
async def test_the_request_id_comes_back(ask: Ask, endpoint: str, request_id: str) -> None:
    good = await ask(endpoint, {**BOB_READS}, X_Request_ID=request_id)
    refused = await ask(endpoint, {}, X_Request_ID=request_id)

    assert (good.status, refused.status) == (200, 400)
    assert good.headers["x-request-id"] == refused.headers["x-request-id"] == request_id


async def test_what_one_question_says_itself_wins_over_what_is_said_for_all(ask: Ask) -> None:
    body = {**question("eve", "write", "library:novel"), "evaluations": [{}, BOB_READS, {"subject": user("ann")}]}

    answer = (await ask("evaluations", body)).json()

    assert answer.keys() == {"evaluations"}
    assert [each["decision"] for each in answer["evaluations"]] == [False, True, True]


async def test_an_empty_list_of_questions_is_one_question(ask: Ask) -> None:
    assert (await ask("evaluations", {**BOB_READS, "evaluations": []})).json()["decision"] is True


async def test_a_question_that_fails_is_a_denial_to_stop_at(ask: Ask) -> None:
    body = {
        "subject": user("bob"),
        "action": {"name": "read"},
        "evaluations": [{}, {"resource": thing("library:atlas")}],
    }

    stopped = await ask("evaluations", {**body, "options": {"evaluations_semantic": "deny_on_first_deny"}})
    permitted = await ask("evaluations", {**body, "options": {"evaluations_semantic": "permit_on_first_permit"}})

    assert [each["decision"] for each in stopped.json()["evaluations"]] == [False]
    assert [each["decision"] for each in permitted.json()["evaluations"]] == [False, True]


async def test_a_semantic_that_is_none_and_too_many_questions_are_refused(ask: Ask) -> None:
    unknown = await ask("evaluations", {**BOB_READS, "evaluations": [{}], "options": {"evaluations_semantic": "some"}})
    many = await ask("evaluations", {**BOB_READS, "evaluations": [{}] * 101})

    assert (unknown.status, many.status) == (400, 400)
    assert len((await ask("evaluations", {**BOB_READS, "evaluations": [{}] * 100})).json()["evaluations"]) == 100


async def test_the_id_of_what_is_searched_for_is_overlooked(ask: Ask) -> None:
    for search, name in (("subject", "subject"), ("resource", "resource")):
        plain = (await ask(f"search/{search}", SEARCHES[search])).json()
        body = {**SEARCHES[search], name: {**SEARCHES[search][name], "id": 7}}

        assert plain["results"] != []
        assert (await ask(f"search/{search}", body)).json() == plain


@pytest.mark.parametrize("search", SEARCHES)
async def test_the_page_comes_first_and_counts_its_results(ask: Ask, search: str) -> None:
    answer = (await ask(f"search/{search}", SEARCHES[search])).json()

    assert list(answer) == ["page", "results"]
    assert answer["page"] == {"next_token": "", "count": len(answer["results"])}


@pytest.mark.parametrize("search", ["subject", "resource"])
async def test_tokens_lead_through_all_results_and_end_empty(ask: Ask, enforcer: Enforcer, search: str) -> None:
    body = SEARCHES[search]
    whole = await enforcer.search(search, body)

    first = (await ask(f"search/{search}", {**body, "page": {"limit": 1}})).json()

    assert first["page"]["next_token"] != ""
    assert await enforcer.search(search, body, limit=1) == whole
    assert await enforcer.search(search, body, limit=10**12) == whole


@pytest.mark.parametrize(
    ("search", "other"),
    [
        ("subject", {"action": {"name": "write"}}),
        ("subject", {"resource": thing("library:guide")}),
        ("resource", {"action": {"name": "write"}}),
        ("resource", {"subject": user("ann")}),
    ],
)
async def test_a_token_is_good_for_its_search_alone(ask: Ask, search: str, other: dict[str, Any]) -> None:
    body = SEARCHES[search]
    token = (await ask(f"search/{search}", {**body, "page": {"limit": 1}})).json()["page"]["next_token"]

    answer = await ask(f"search/{search}", {**body, **other, "page": {"token": token}})

    assert answer.status == 400
    assert "cursor" in answer.json()["detail"]


async def test_a_limit_of_nothing_and_a_token_of_nobody_are_refused(ask: Ask) -> None:
    for page in ({"limit": 0}, {"limit": -1}, {"limit": "2"}, {"token": "abc"}):
        assert (await ask("search/resource", {**SEARCHES["resource"], "page": page})).status == 400


async def test_a_search_finds_only_what_it_is_for(ask: Ask) -> None:
    assert {each["type"] for each in (await ask("search/subject", SEARCHES["subject"])).json()["results"]} == {"user"}
    for body in ({"type": "robot"}, {"type": "group"}):
        answer = (await ask("search/subject", {**SEARCHES["subject"], "subject": body})).json()

        assert answer == {"page": {"next_token": "", "count": 0}, "results": []}
