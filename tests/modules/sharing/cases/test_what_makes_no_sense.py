"""More of the kind: bodies, ids and queries that mean nothing are refused by name, and change nothing."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.modules.sharing.cases.over_rest import HANDBOOK, OverRest, over_rest, principal, share
from tests.modules.sharing.row_world import RowWorld

IDS = ["a/b", "a b", "😀", "\0", "..", "%", "a?b", "ＡＢＣ", "\u202e", "-a", "a\n", "<b>", "x" * 129]
PATHS = [
    ("GET", "/api/libraries/{}"),
    ("PATCH", "/api/libraries/{}/shares"),
    ("GET", "/api/libraries/handbook/access/{}"),
    ("GET", "/api/libraries/{}/users"),
    ("GET", "/api/users/{}/libraries"),
    ("POST", "/api/changes/{}/undo"),
    ("GET", "/api/previews/{}"),
    ("POST", "/api/requests/{}/approve"),
]
BODIES: list[tuple[str, object, str]] = [
    (
        "/api/libraries/handbook/shares",
        {"add": [{"principal": {"kind": "individual", "id": 7}}]},
        "add[0].principal.id",
    ),
    ("/api/libraries/handbook/shares", {"add": [share("individual:bob") | {"permissions": []}]}, "add[0].permissions"),
    ("/api/libraries/handbook/shares", {"add": [share("individual:bob", "own")]}, "add[0].permissions[0]"),
    ("/api/libraries/handbook/shares", {"add": [share("Individual:bob")]}, "add[0].principal.kind"),
    ("/api/libraries/handbook/shares", {"add": [share("individual:bob", expires_at=1800000000)]}, "add[0].expires_at"),
    (
        "/api/libraries/handbook/shares",
        {"add": [share("individual:bob", expires_at="2026-05-01")]},
        "add[0].expires_at",
    ),
    ("/api/libraries/handbook/shares", {"add": [share("individual:bob", since="now")]}, "`since`"),
    ("/api/libraries/handbook/shares", {"add": [share("individual:bob")] * 21}, "'add'"),
    ("/api/libraries/handbook/shares", {}, "names no share; name 1 to 20"),
    ("/api/libraries/handbook/shares", {"add": [share("individual:bob", "write")]}, "grants no `read`"),
    ("/api/libraries/handbook/shares", {"remove": [principal("organisation:acme")]}, "its id is 'organisation'"),
    ("/api/libraries/handbook/shares", {"add": [share("group:g"), share("group:g", "read write")]}, "occurs twice"),
    ("/api/libraries/handbook", {"state": "archived"}, "`state`"),
    ("/api/libraries/handbook", {"name": " \t"}, "the name of the library has 0 characters"),
]
"""Where, what, and what the refusal names."""

NO_JSON = [
    b"",
    b"null",
    b"[]",
    b"\xef\xbb\xbf{}",
    b'{"add": [',
    b'{"add": []} x',
    b'{"reason": "\xff"}',
    b'{"reason": "\\ud800"}',
    b'{"add": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    '{"add": []}'.encode("utf-16"),
]
"""Nothing, something else, a mark of byte order, a half, too much, no UTF-8, half a pair, depth, UTF-16."""


@pytest.fixture
async def office(by_precedence: RowWorld) -> AsyncIterator[OverRest]:
    async with over_rest(by_precedence) as client:
        yield client


async def test_an_id_that_is_none_is_refused_in_every_path(office: OverRest) -> None:
    for method, path in PATHS:
        for wrong in IDS:
            answer = await office.ask(
                "root", method, path.format(quote(wrong, safe="")), {} if method != "GET" else b""
            )

            assert (answer.status, answer.json()["code"]) == (400, "invalid"), (method, path, wrong)
            assert answer.headers["content-type"] == "application/problem+json"


async def test_a_body_that_does_not_fit_is_refused_at_the_place_and_changes_nothing(office: OverRest) -> None:
    before = (await office.ask("ann", "GET", HANDBOOK)).headers["etag"]

    for path, body, named in BODIES:
        answer = await office.ask("ann", "PATCH", path, body)

        assert (answer.status, named in answer.json()["detail"]) == (400, True), (body, answer.body)
    assert (await office.ask("ann", "GET", HANDBOOK)).headers["etag"] == before


async def test_what_is_no_json_is_refused_as_such(office: OverRest) -> None:
    declared = [("content-type", "application/json")]
    for body in NO_JSON:
        answer = await office.send("ann", "PATCH", f"{HANDBOOK}/shares", declared, body)

        assert (answer.status, answer.json()["code"]) == (400, "invalid"), body[:40]
        assert len(answer.body) < 1000, body[:40]


async def test_a_query_is_refused_by_the_name_it_was_sent_under(office: OverRest) -> None:
    queries = {
        "/api/users/bob/libraries?limit=0": "limit 0",
        "/api/users/bob/libraries?limit=201": "limit 201",
        "/api/users/bob/libraries?limit=5&limit=6": "'limit' was sent 2 times",
        "/api/users/bob/libraries?sort=Name": "'sort' cannot be 'Name'",
        "/api/users/bob/libraries?permission=own": "'permission' cannot be 'own'",
        "/api/users/bob/libraries?q=%00": "NUL",
        "/api/users/bob/libraries?q=%ff": "UTF-8",
        "/api/users/bob/libraries?owner=ann": "no query parameter 'owner' here; it knows cursor",
        "/api/audit?actor=ann&from=yesterday": "from: ",
        "/api/audit?actor=ann&to=2026-04-01": "to: ",
        "/api/audit?day=2026-02-30": "day: ",
        "/api/audit?actor=ann&day=2026-04-01": "one of target, actor and day",
    }

    for target, named in queries.items():
        answer = await office.ask("root", "GET", target)

        assert (answer.status, named in answer.json()["detail"]) == (400, True), (target, answer.body)


async def test_a_check_of_nothing_or_of_two_things_says_which_it_was(office: OverRest) -> None:
    both = {"library_id": "handbook", "resource": {"kind": "library", "id": "handbook"}}
    said: list[str] = []

    for named in ({}, both):
        answer = await office.ask("root", "POST", "/api/checks", {"checks": [{"user_id": "bob"} | named]})
        said.append(answer.json()["detail"])

    assert [each.rpartition(" ")[2] for each in said] == ["neither", "both"]


async def test_an_empty_id_is_named_in_good_english(office: OverRest) -> None:
    answers: list[Any] = [
        (await office.change("ann", remove=[{"kind": kind, "id": "?"}])).json()["detail"]
        for kind in ("individual", "group", "organisation")
    ]

    assert [each.partition(":")[0] for each in answers[:2]] == [
        "'?' is no id of an individual",
        "'?' is no id of a group",
    ]
    assert "its id is 'organisation'" in answers[2]


async def test_as_many_as_there_may_be_are_taken_and_one_more_is_not(office: OverRest) -> None:
    users = [f"u{number:02}" for number in range(21)]
    await office.world.user(*users)
    check = {"user_id": "bob", "library_id": "handbook"}

    answers = [
        await office.change("ann", add=[share(f"individual:{user}") for user in users[:20]]),
        await office.change(
            "ann",
            add=[share(f"individual:{users[20]}")],
            remove=[principal(f"individual:{user}") for user in users[:20]],
        ),
        await office.ask("root", "POST", "/api/checks", {"checks": [check] * 100}),
        await office.ask("root", "POST", "/api/checks", {"checks": [check] * 101}),
        await office.ask("root", "POST", "/api/lists", {"users": users + ["bob"] * 80}),
    ]

    assert [answer.status for answer in answers] == [200, 400, 200, 400, 400]
    assert "1 to 20 shares, not 21" in answers[1].json()["detail"]


async def test_a_request_for_access_without_read_says_to_ask_for_it_too(office: OverRest) -> None:
    answer = await office.ask("cara", "POST", f"{HANDBOOK}/requests", {"permissions": ["write"]})

    assert answer.status == 400
    assert answer.json()["detail"].startswith("the request names no `read`")


async def test_the_last_of_two_keys_of_one_name_counts_as_everywhere_in_json(office: OverRest) -> None:
    one, other = json.dumps([share("group:g")]), json.dumps([share("group:h")])
    body = f'{{"add": {one}, "add": {other}}}'.encode()

    answer = await office.send("ann", "PATCH", f"{HANDBOOK}/shares", [("content-type", "application/json")], body)

    assert answer.json()["added"] == [principal("group:h")]
