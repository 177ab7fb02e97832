"""More of the kind: what is so in the millisecond in which something starts, ends, or was done."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from tests.modules.sharing.cases.answers import NOTHING
from tests.modules.sharing.cases.answers import may as may_by_rows
from tests.modules.sharing.cases.over_rest import HANDBOOK, OverRest, over_rest, share
from tests.modules.sharing.row_world import RowWorld


@pytest.fixture
async def office(by_precedence: RowWorld) -> AsyncIterator[OverRest]:
    async with over_rest(by_precedence) as client:
        yield client


def at(time: str) -> str:
    return f"2026-04-01T{time if time.count(':') == 2 else time + ':00'}Z"


async def test_three_levels_take_turns_by_the_millisecond(rows: RowWorld) -> None:
    await rows.world.share("handbook", "individual:bob", "read", until="10:00")
    await rows.world.share("handbook", "group:g", "read write", since="10:00", until="10:00:00.001")
    await rows.world.share("handbook", "department:d1", "read delete", since="10:00:00.001")
    await rows.finish()
    said: list[str] = []

    for instant in ("09:59:59.999", "10:00", "10:00:00.001"):
        rows.world.wait_until(instant)
        said.append(await may_by_rows(rows, "bob"))

    assert said == ["individual: read", "group: read write", "department: read delete"]


async def test_finer_than_a_millisecond_there_are_no_instants(office: OverRest) -> None:
    shared = await office.change("ann", add=[share("individual:bob", expires_at=at("10:00:00.0009"))])
    never = share("individual:cara", starts_at=at("10:00:00.0001"), expires_at=at("10:00:00.0009"))

    refused = await office.change("ann", add=[never])
    office.world.wait_until("10:00")

    assert (shared.status, refused.status) == (200, 400)
    assert "individual:cara would end before it starts" in refused.json()["detail"]
    assert await office.may("bob") == NOTHING


async def test_a_page_that_is_unchanged_is_so_until_the_end_and_not_at_it(office: OverRest) -> None:
    await office.changed("ann", add=[share("individual:cara", expires_at=at("10:00"))])
    first = await office.ask("cara", "GET", "/api/users/cara/libraries")
    said: list[int] = []

    for instant in ("09:59:59.999", "10:00"):
        office.world.wait_until(instant)
        seen = {"If_None_Match": first.headers["etag"]}
        said.append((await office.ask("cara", "GET", "/api/users/cara/libraries", **seen)).status)

    assert said == [304, 200]


async def test_what_is_foreseen_for_later_instants_is_so_then(office: OverRest) -> None:
    await office.world.share("handbook", "group:g", "read", until="12:00")
    change = {"add": [share("individual:bob", "read write", starts_at=at("11:00"), expires_at=at("13:00"))]}
    foreseen = await office.done("ann", "POST", f"{HANDBOOK}/shares/preview", change)
    await office.done("ann", "PATCH", f"{HANDBOOK}/shares", change | {"preview": foreseen["token"]})
    said: list[str] = []

    for instant in ("11:00", "12:00", "13:00"):
        office.world.wait_until(instant)
        said.append(await office.may("bob"))

    assert [later["at"] for later in foreseen["later"]] == [at("11:00:00"), at("12:00:00"), at("13:00:00")]
    assert [list(what(later)) for later in foreseen["later"]] == [["changed"], ["gains"], ["same_again"]]
    assert said == ["individual: read write", "individual: read write", NOTHING]


def what(later: dict[str, dict[str, int]]) -> list[str]:
    return [name for name, count in later["counts"].items() if count]


async def test_a_share_that_is_over_in_the_instant_it_is_made_says_so_and_gives_nothing(office: OverRest) -> None:
    outcome = (await office.change("ann", add=[share("individual:bob", expires_at=at("09:30"))])).json()

    assert [warning["kind"] for warning in outcome["warnings"]] == ["ended"]
    assert await office.may("bob") == NOTHING


async def test_who_is_told_of_the_next_change_hears_of_ends_and_not_of_what_is_to_start(office: OverRest) -> None:
    await office.world.share("handbook", "individual:bob", "read delete", since="11:00")
    await office.world.share("handbook", "group:g", "read", until="12:00")

    mine = await office.done("bob", "GET", f"{HANDBOOK}/access/bob")
    the_owners = await office.done("ann", "GET", f"{HANDBOOK}/access/bob")

    assert (mine["next_transition"], the_owners["next_transition"]) == (at("12:00:00"), at("11:00:00"))
    assert [source["state"] for source in mine["why"]["sources"]] == ["counts"]
    assert sorted(source["state"] for source in the_owners["why"]["sources"]) == ["counts", "not_started"]


async def test_a_day_of_the_trail_begins_at_midnight_of_utc_and_ends_before_the_next(
    office: OverRest, settled: Callable[[], Awaitable[None]]
) -> None:
    world = office.world
    world.wait_until("23:59:59.999")
    await office.changed("ann", add=[share("group:g")])
    world.clock.advance(world.at("00:00:00.001") - world.at("00:00"))
    await office.changed("ann", add=[share("group:h")])
    await settled()
    asked = {
        "day=2026-04-01&limit=1": "group:g",
        "day=2026-04-02": "group:h",
        "actor=ann&to=2026-04-02T00:00:00Z": "group:g",
        "actor=ann&from=2026-04-02T09:00:00%2B09:00": "group:h",
    }

    for query, subject in asked.items():
        found = await office.done("root", "GET", f"/api/audit?{query}")
        assert [record["subject"] for record in found["items"]] == [subject], query
