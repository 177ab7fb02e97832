"""More of the kind: one change after another is previewed, made, and found to be what was foreseen."""

from __future__ import annotations

from typing import Any

from tests.modules.sharing.cases.answers import is_union
from tests.modules.sharing.cases.over_rest import HANDBOOK, OverRest, over_rest, principal, share
from tests.modules.sharing.row_world import RowWorld

PEOPLE = ["ann", "bob", "cara", "dora", "lou"]


async def held(office: OverRest) -> dict[str, str]:
    """What each of the people may do, by why."""
    found = [(user, await office.done("root", "GET", f"{HANDBOOK}/access/{user}")) for user in PEOPLE]
    return {user: said(each) for user, each in found}


def said(side: dict[str, Any]) -> str:
    return f"{side['access_type']}: {' '.join(side['permissions'])}" if side["permissions"] else ""


async def foreseen(office: OverRest, user: str, path: str, body: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Before and after of whomever it would change."""
    preview = await office.done(user, "POST", path, body)
    told = [pair for name in ("gains", "loses", "changed", "demoted") for pair in preview[name]]
    assert sum(preview["counts"].values()) == len(told)
    return {pair["user_id"]: (said(pair["before"]), said(pair["after"])) for pair in told}


async def test_shares_places_owners_and_states_in_turn(rows: RowWorld) -> None:
    await rows.world.user("dora", department="d1", role="manager")
    await rows.world.user("lou", department="d2", groups="g")
    await rows.world.share("handbook", "department:d1", "read write")
    await rows.world.share("handbook", "group:g", "read", until="12:00")
    policy = {"sharing_policy": "precedence" if await is_union(rows) else "union"}
    shares = {"add": [share("role:manager", "read share"), share("individual:lou")], "remove": [principal("group:g")]}
    hand_over, move = {"owner": "cara", "keep": ["read"]}, {"department": "d2", "leave": ["g"]}
    changes: list[tuple[str, str, dict[str, Any], str, str, Any]] = [
        ("ann", f"{HANDBOOK}/shares/preview", shares, "PATCH", f"{HANDBOOK}/shares", shares),
        ("ann", f"{HANDBOOK}/preview", {"move": "transfer"} | hand_over, "POST", f"{HANDBOOK}/transfer", hand_over),
        ("root", "/api/users/bob/preview", move, "PATCH", "/api/users/bob", move),
        ("root", "/api/departments/d2/preview", {"parent": "d1"}, "PATCH", "/api/departments/d2", {"parent": "d1"}),
        ("root", "/api/tenant/preview", policy, "PATCH", "/api/tenant", policy),
        ("root", "/api/users/dora/preview", {"is_active": False}, "PATCH", "/api/users/dora", {"is_active": False}),
        ("cara", f"{HANDBOOK}/preview", {"move": "archive"}, "POST", f"{HANDBOOK}/archive", b""),
        ("cara", f"{HANDBOOK}/preview", {"move": "delete"}, "DELETE", HANDBOOK, b""),
        ("cara", f"{HANDBOOK}/preview", {"move": "restore"}, "POST", f"{HANDBOOK}/restore", b""),
    ]

    async with over_rest(rows) as office:
        before = await held(office)
        for user, preview, body, method, path, change in changes:
            told = await foreseen(office, user, preview, body)
            await office.done(user, method, path, change)

            after = await held(office)
            differing = {each for each in PEOPLE if before[each] != after[each]}
            assert told == {each: (before[each], after[each]) for each in differing}, (preview, body)
            before = after


async def test_what_would_be_refused_is_refused_in_the_same_words(by_precedence: RowWorld) -> None:
    world = by_precedence.world
    await world.share("handbook", "individual:bob", "read")
    refused: list[dict[str, Any]] = [
        {"add": [share("individual:nobody")]},
        {"add": [share("group:nothing")]},
        {"add": [share("individual:ann")]},
        {"add": [share("individual:cara", "write")]},
        {"add": [share("individual:cara")] * 21},
        {"add": [share("individual:cara"), share("individual:cara", "read write")]},
        {"add": [share("individual:cara", expires_at="2026-05-01T00:00:00")]},
        {"remove": [principal("organisation:other")]},
    ]

    async with over_rest(by_precedence) as office:
        for body in refused:
            preview = await office.ask("ann", "POST", f"{HANDBOOK}/shares/preview", body)
            change = await office.ask("ann", "PATCH", f"{HANDBOOK}/shares", body)

            assert preview.status == change.status >= 400, body
            assert preview.json()["detail"] == change.json()["detail"]


async def test_a_token_is_of_one_change_whatever_the_order_in_which_it_is_written(by_precedence: RowWorld) -> None:
    async with over_rest(by_precedence) as office:
        change = {"add": [share("individual:bob", "read write"), share("individual:cara")]}
        token = (await office.done("ann", "POST", f"{HANDBOOK}/shares/preview", change))["token"]
        turned = {"add": [share("individual:cara"), share("individual:bob", "write read")]}

        other = await office.ask("ann", "PATCH", f"{HANDBOOK}/shares", {"add": change["add"][:1], "preview": token})
        cut = await office.ask("ann", "PATCH", f"{HANDBOOK}/shares", change | {"preview": token[:-2]})
        same = await office.ask("ann", "PATCH", f"{HANDBOOK}/shares", turned | {"preview": token})
        again = await office.ask("ann", "PATCH", f"{HANDBOOK}/shares", turned | {"preview": token})

    assert [answer.status for answer in (other, cut, same, again)] == [400, 400, 200, 409]
