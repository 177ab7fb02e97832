"""More of the kind: what who may read, or may not know of it at all, is told of a library."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.modules.sharing.cases.over_rest import (
    HANDBOOK,
    NO_CHANGE,
    OverRest,
    over_rest,
    share,
    without_request_id,
)
from tests.modules.sharing.row_world import RowWorld

ASKED: list[tuple[str, str, Any]] = [
    ("GET", "/shares", b""),
    ("GET", "/users", b""),
    ("GET", "/audit", b""),
    ("GET", "/requests", b""),
    ("GET", "/access/ann", b""),
    ("PATCH", "", {"name": "Mine"}),
    ("PATCH", "/shares", {"add": [share("individual:cara", "read write delete share")]}),
    ("POST", "/shares/preview", {"add": [share("individual:cara")]}),
    ("POST", "/preview", {"move": "archive"}),
    ("POST", "/archive", b""),
    ("POST", "/transfer", {"owner": "cara"}),
    ("DELETE", "", b""),
    ("DELETE", "?permanently=true", b""),
]
"""What is not for who only reads."""


@pytest.fixture
async def office(by_precedence: RowWorld) -> AsyncIterator[OverRest]:
    async with over_rest(by_precedence) as client:
        yield client


async def test_who_reads_and_who_only_knows_of_it_manage_nothing(office: OverRest) -> None:
    await office.changed("ann", add=[share("group:g", "read write delete")])
    await office.done("ann", "PATCH", HANDBOOK, {"is_discoverable": True})

    for method, rest, body in ASKED:
        said = {without_request_id(await office.ask(user, method, HANDBOOK + rest, body)) for user in ("bob", "cara")}

        assert [status for status, _ in said] == [403], (method, rest, said)


async def test_what_is_not_discoverable_any_more_is_not_there(office: OverRest) -> None:
    await office.done("ann", "PATCH", HANDBOOK, {"is_discoverable": True})
    known = await office.ask("cara", "GET", HANDBOOK)
    hiding = await office.ask("ann", "PATCH", HANDBOOK, {"is_discoverable": False})

    assert known.status == 200
    for version in (known.headers["etag"], hiding.headers["etag"]):
        again = await office.ask("cara", "GET", HANDBOOK, If_None_Match=version)
        assert again.status == 404
    for method, rest, body in ASKED:
        hidden = await office.ask("cara", method, HANDBOOK + rest, body)
        never = await office.ask("cara", method, f"/api/libraries/never{rest}", body)
        assert without_request_id(hidden, "handbook") == without_request_id(never, "never"), (method, rest)


async def test_in_the_bin_it_is_not_discoverable_either(office: OverRest) -> None:
    await office.done("ann", "PATCH", HANDBOOK, {"is_discoverable": True})
    await office.done("ann", "DELETE", HANDBOOK)

    hidden, never = [await office.ask("cara", "GET", f"/api/libraries/{each}") for each in ("handbook", "never")]

    assert without_request_id(hidden, "handbook") == without_request_id(never, "never")


async def test_what_has_ended_tells_nothing_of_what_came_after(office: OverRest) -> None:
    await office.changed("ann", add=[share("individual:cara", expires_at="2026-04-01T10:00:00Z")])
    await office.rows.finish()
    office.world.wait_until("10:00")
    before = await office.listed("cara", by="cara", include_expired="true")

    await office.done("ann", "PATCH", HANDBOOK, {"name": "Secret merger"})
    await office.done("ann", "POST", f"{HANDBOOK}/transfer", {"owner": "bob"})
    await office.changed("bob", add=[share("group:h", "read write")])

    assert [(row["name"], row["owner"], row["granted_by"]) for row in before] == [(None, None, None)]
    assert await office.listed("cara", by="cara", include_expired="true") == before
    for q in ("secret", "merger", "handbook"):
        assert await office.listed("cara", by="cara", include_expired="true", q=q) == []


async def test_to_authzen_a_hidden_library_is_like_none(office: OverRest) -> None:
    answers: list[list[object]] = []

    for each in ("handbook", "never"):
        resource = {"type": "library", "id": each}
        subject, action = {"type": "user", "id": "cara"}, {"name": "read"}
        asked = {"subject": subject, "action": action, "resource": resource}
        who = {"subject": {"type": "user"}, "action": action, "resource": resource}
        answers.append(
            [
                await office.done("cara", "POST", "/access/v1/evaluation", asked),
                await office.done(
                    "cara", "POST", "/access/v1/search/action", {"subject": subject, "resource": resource}
                ),
                without_request_id(await office.ask("cara", "POST", "/access/v1/search/subject", who), each),
            ]
        )

    assert answers[0] == answers[1]
    assert answers[0][0] == {"decision": False}


async def test_who_was_the_owner_takes_back_nothing_and_learns_of_no_change(office: OverRest) -> None:
    change = (await office.changed("ann", add=[share("group:g")]))["change_id"]
    await office.done("ann", "POST", f"{HANDBOOK}/transfer", {"owner": "cara"})

    mine, never = [await office.ask("ann", "POST", f"/api/changes/{each}/undo", {}) for each in (change, NO_CHANGE)]

    assert without_request_id(mine, change) == without_request_id(never, NO_CHANGE)
    assert await office.may("bob") == "group: read"


async def test_a_user_who_is_deleted_is_like_one_who_never_was(office: OverRest) -> None:
    await office.changed("ann", add=[share("individual:cara", "read write")])
    await office.done("root", "DELETE", "/api/users/cara")

    for user, path in (
        ("root", "/api/users/{}/libraries"),
        ("ann", HANDBOOK + "/access/{}"),
        ("root", "/api/users/{}"),
    ):
        gone, never = [await office.ask(user, "GET", path.format(each)) for each in ("cara", "never")]
        assert without_request_id(gone, "cara") == without_request_id(never, "never")
    asked = {"checks": [{"user_id": "cara", "library_id": "handbook"}]}
    assert await office.done("root", "POST", "/api/checks", asked) == {"results": [False]}
