"""More of the kind: what an id once meant says nothing of what has it now, in the bin and out of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from tests.modules.sharing.cases.answers import NOTHING
from tests.modules.sharing.cases.answers import may as may_by_rows
from tests.modules.sharing.cases.over_rest import (
    HANDBOOK,
    NO_CHANGE,
    OverRest,
    over_rest,
    principal,
    share,
    without_request_id,
)
from tests.modules.sharing.row_world import RowWorld

MILLISECOND = timedelta(milliseconds=1)
FOUR = ["group:z", "role:z", "department:z", "individual:z"]


@pytest.fixture
async def office(by_precedence: RowWorld) -> AsyncIterator[OverRest]:
    async with over_rest(by_precedence) as client:
        yield client


async def make(office: OverRest, name: str) -> None:
    """What has the id z, of this kind; a second later than whatever was before."""
    office.world.clock.advance(timedelta(seconds=1))
    await office.done("root", "POST", f"/api/{path(name)}", {f"{kind(name)}_id": "z", "name": "Z"})


async def unmake(office: OverRest, name: str) -> None:
    await office.done("root", "DELETE", f"/api/{path(name)}/z")


def kind(name: str) -> str:
    return "user" if name.startswith("individual") else name.partition(":")[0]


def path(name: str) -> str:
    return f"{kind(name)}s"


async def test_who_took_over_an_id_while_it_was_in_the_bin_gets_nothing_by_its_return(office: OverRest) -> None:
    for name in FOUR:
        await make(office, name)
        await office.world.share("handbook", name, "read write")
    await office.done("ann", "DELETE", HANDBOOK)
    for name in FOUR:
        await unmake(office, name)
        await make(office, name)
    await office.world.change_user("z", department="z", role="z", join=frozenset({"z"}))

    restored = await office.done("ann", "POST", f"{HANDBOOK}/restore")

    assert restored["sharing_summary"]["share_count"] == 0
    assert await office.may("z") == NOTHING
    await office.rows.finish()
    assert await may_by_rows(office.rows, "z") == NOTHING


async def test_an_undone_removal_shares_with_nobody_who_came_later(office: OverRest) -> None:
    for name in FOUR:
        await make(office, name)
        await office.changed("ann", add=[share(name, "read write")])
        removed = (await office.change("ann", remove=[principal(name)])).json()
        await unmake(office, name)
        undo = f"/api/changes/{removed['change_id']}/undo"
        gone = await office.ask("ann", "POST", undo, {})

        await make(office, name)
        again = await office.ask("ann", "POST", undo, {})

        assert (gone.status, again.status) == (409, 409)
        assert f"{name} has been deleted since" in again.json()["detail"]


async def test_what_ends_in_the_bin_does_not_return_from_it_and_the_rest_does_twice(office: OverRest) -> None:
    world = office.world
    await world.share("handbook", "group:g", "read delete", until="10:00")
    await world.share("handbook", "individual:bob", "read write", until="12:00")
    await world.share("handbook", "department:d1", since="11:00")
    said: list[str] = []

    for until in ("10:30", "12:00"):
        await office.done("ann", "DELETE", HANDBOOK)
        said.append(await office.may("bob"))
        world.wait_until(until)
        await office.done("ann", "POST", f"{HANDBOOK}/restore")
        said.append(await office.may("bob"))

    assert said == [NOTHING, "individual: read write", NOTHING, "department: read"]


async def test_a_purged_library_is_to_its_owner_as_if_it_had_never_been(office: OverRest) -> None:
    change = (await office.changed("ann", add=[share("group:g")]))["change_id"]
    await office.done("root", "DELETE", f"{HANDBOOK}?permanently=true")

    for method, rest in [("GET", ""), ("GET", "/audit"), ("POST", "/restore"), ("GET", "/shares"), ("GET", "/users")]:
        gone = await office.ask("ann", method, HANDBOOK + rest)
        never = await office.ask("ann", method, f"/api/libraries/never{rest}")
        assert without_request_id(gone, "handbook") == without_request_id(never, "never")
    gone = await office.ask("ann", "POST", f"/api/changes/{change}/undo", {})
    never = await office.ask("ann", "POST", f"/api/changes/{NO_CHANGE}/undo", {})
    assert without_request_id(gone, change) == without_request_id(never, NO_CHANGE)


async def test_a_new_owner_of_the_id_reads_nothing_of_the_old_trail(office: OverRest) -> None:
    await office.changed("ann", add=[share("group:g")])
    await office.done("root", "DELETE", f"{HANDBOOK}?permanently=true")

    await office.world.library("handbook", owner="cara")

    trail = await office.done("cara", "GET", f"{HANDBOOK}/audit")
    assert [record["action"] for record in trail["items"]] == ["library_created"]


async def test_to_the_last_millisecond_it_can_be_restored_and_then_says_so(office: OverRest) -> None:
    await office.done("ann", "DELETE", HANDBOOK)
    why = (await office.done("ann", "GET", f"{HANDBOOK}/access/ann"))["why"]
    office.world.clock.set(datetime.fromisoformat(why["purge_at"]) - MILLISECOND)
    in_time = await office.ask("ann", "POST", f"{HANDBOOK}/restore")
    await office.done("ann", "DELETE", HANDBOOK)
    why = (await office.done("ann", "GET", f"{HANDBOOK}/access/ann"))["why"]
    office.world.clock.set(datetime.fromisoformat(why["purge_at"]))

    too_late = await office.ask("ann", "POST", f"{HANDBOOK}/restore")
    taken = await office.ask("ann", "POST", "/api/libraries", {"name": "Another", "library_id": "handbook"})

    assert [answer.status for answer in (in_time, too_late, taken)] == [200, 409, 409]
    assert "was kept until" in too_late.json()["detail"]
    assert "was kept until" in taken.json()["detail"]
    assert "restore" not in taken.json()["detail"]
