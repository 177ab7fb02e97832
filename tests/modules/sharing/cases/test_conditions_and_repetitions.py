"""More of the kind: versions that a change was prepared from, and requests that are sent again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.modules.sharing.cases.over_rest import HANDBOOK, OverRest, over_rest, principal, share
from tests.modules.sharing.row_world import RowWorld

BOB = share("individual:bob")
STALE = '"7"'
LIFE: list[tuple[str, str, Any]] = [
    ("PATCH", "", {"name": "Other"}),
    ("PATCH", "/shares", {"add": [BOB]}),
    ("PATCH", "/shares", {"add": [BOB]}),
    ("PATCH", "/shares", {"remove": [principal("individual:bob")]}),
    ("POST", "/archive", b""),
    ("POST", "/archive", b""),
    ("POST", "/unarchive", b""),
    ("POST", "/transfer", {"owner": "cara"}),
    ("DELETE", "", b""),
    ("POST", "/restore", b""),
    ("DELETE", "?permanently=true", b""),
]
"""What can happen to a library; twice what changes nothing the second time."""


@pytest.fixture
async def office(by_precedence: RowWorld) -> AsyncIterator[OverRest]:
    async with over_rest(by_precedence) as client:
        yield client


async def test_each_change_is_refused_from_a_version_that_is_over_and_made_from_the_one_it_names(
    office: OverRest,
) -> None:
    for method, rest, body in LIFE:
        refused = await office.ask("root", method, HANDBOOK + rest, body, If_Match=STALE)
        version = refused.json()["current_version"]
        made = await office.ask("root", method, HANDBOOK + rest, body, If_Match=f'"{version}"')

        assert (refused.status, made.status < 300) == (412, True), (method, rest)
        assert str(version) in refused.json()["detail"]


async def test_a_condition_that_is_met_does_not_fail_over_what_is_archived(office: OverRest) -> None:
    archived = await office.ask("ann", "POST", f"{HANDBOOK}/archive")
    seen = archived.headers["etag"]

    answers = [
        await office.change("ann", add=[BOB], If_Match=seen),
        await office.ask("ann", "PATCH", HANDBOOK, {"name": "Other"}, If_Match="*"),
        await office.ask("ann", "POST", f"{HANDBOOK}/restore", If_Match=STALE),
    ]

    assert [answer.status for answer in answers] == [409, 409, 412]
    assert "current_version" not in answers[0].json()
    assert "unarchive it first" in answers[0].json()["detail"]


async def test_a_key_is_not_used_up_by_what_was_refused(office: OverRest) -> None:
    to_come = share("group:new")
    refused = await office.change("ann", add=[to_come], Idempotency_Key="once")
    await office.world.group("new")

    made = await office.change("ann", add=[to_come], Idempotency_Key="once")
    again = await office.change("ann", add=[to_come], Idempotency_Key="once")

    assert [answer.status for answer in (refused, made, again)] == [404, 200, 200]
    assert (again.body, again.headers["idempotency-replayed"]) == (made.body, "true")


async def test_a_key_is_of_one_route_one_body_and_one_reason(office: OverRest) -> None:
    keyed = {"Idempotency_Key": "once"}
    await office.done("ann", "POST", f"{HANDBOOK}/archive?reason=a", **keyed)

    others = [
        await office.ask("ann", "POST", f"{HANDBOOK}/archive?reason=b", **keyed),
        await office.ask("ann", "POST", f"{HANDBOOK}/unarchive", **keyed),
        await office.ask("ann", "POST", "/api/libraries/other/archive?reason=a", **keyed),
        await office.change("ann", remove=[principal("individual:bob")], **keyed),
    ]

    assert [answer.status for answer in others] == [409] * 4
    assert all("'once' was used for another request" in answer.json()["detail"] for answer in others)


async def test_deleted_twice_under_one_key_it_is_answered_twice_and_once_without(office: OverRest) -> None:
    deleted = [await office.ask("ann", "DELETE", HANDBOOK, Idempotency_Key="once") for _ in range(2)]
    without = await office.ask("ann", "DELETE", HANDBOOK)

    assert [answer.status for answer in deleted] == [204, 204]
    assert deleted[1].headers["idempotency-replayed"] == "true"
    assert without.status == 404
    trail = await office.done("ann", "GET", f"{HANDBOOK}/audit")
    assert [record["action"] for record in trail["items"]].count("library_deleted") == 1


async def test_what_is_so_already_advances_nothing_and_is_not_recorded(office: OverRest) -> None:
    await office.changed("ann", add=[BOB])
    before = (await office.ask("ann", "GET", HANDBOOK)).headers["etag"]
    repeated: list[tuple[str, str, Any]] = [
        ("PATCH", "/shares", {"add": [BOB], "remove": [principal("group:g")]}),
        ("PATCH", "", {"name": "Handbook", "description": ""}),
        ("PATCH", "", {}),
        ("POST", "/unarchive", b""),
        ("POST", "/restore", b""),
        ("POST", "/transfer", {"owner": "ann"}),
    ]

    tags = [(await office.ask("ann", method, HANDBOOK + rest, body)).headers["etag"] for method, rest, body in repeated]

    assert tags == [before] * len(repeated)
    trail = await office.done("ann", "GET", f"{HANDBOOK}/audit")
    assert [record["action"] for record in trail["items"]] == ["share_added", "library_created"]


async def test_whoever_a_share_is_with_its_going_is_a_new_version_of_the_library(office: OverRest) -> None:
    for name, path in (("group:z", "groups/z"), ("role:z", "roles/z"), ("individual:z", "users/z")):
        kind = path[:-3]
        await office.done("root", "POST", f"/api/{path[:-2]}", {f"{kind}_id": "z", "name": "Z"})
        shared = await office.change("ann", add=[share(name)])

        await office.done("root", "DELETE", f"/api/{path}")

        now = await office.ask("ann", "GET", HANDBOOK, If_None_Match=shared.headers["etag"])
        assert now.status == 200, name


async def test_a_header_that_decides_something_is_sent_once(office: OverRest) -> None:
    version = (await office.ask("ann", "GET", HANDBOOK)).headers["etag"]
    doubled = [
        ("if-match", version, STALE),
        ("if-match", STALE, version),
        ("idempotency-key", "one", "two"),
        ("x-tenant", "acme", "globex"),
    ]
    json = ("content-type", "application/json")

    for name, first, second in doubled:
        answer = await office.send("ann", "POST", f"{HANDBOOK}/archive", [json, (name, first), (name, second)], b"")

        assert (answer.status, answer.json()["code"]) == (400, "invalid"), name
        assert f"the header {name} was sent 2 times" in answer.json()["detail"]
