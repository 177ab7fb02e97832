"""Changes of shares: several in one transaction, each on the trail, nothing twice, and nobody's work lost."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from entaku.core.errors import Conflict, Forbidden, Invalid, NotFound
from entaku.modules.accounts import parse_principal
from entaku.modules.sharing import SHARES_CHANGED_MAX, ShareOutcome
from tests.modules.sharing.world import World, grant


@pytest.fixture
async def shared(world: World) -> World:
    """Ann owns a handbook; Bob is in the group of designers, which is part of the staff."""
    await world.group("staff")
    await world.group("designers", "staff")
    await world.user("ann", "cara")
    await world.user("bob", groups="designers")
    await world.library("handbook")
    return world


async def change(world: World, *, by: str = "ann", **change: Any) -> ShareOutcome:
    return await world.sharing.shares.change(world.actor(by), "handbook", **change)


async def test_one_change_adds_removes_and_replaces(shared: World) -> None:
    await shared.share("handbook", "group:staff")
    await shared.share("handbook", "individual:cara")

    outcome = await change(
        shared,
        add=[grant("organisation"), grant("group:staff", "read write")],
        remove=[parse_principal("individual:cara"), parse_principal("individual:bob")],
        expect=await shared.version("handbook"),
    )

    done = {name: [str(p) for p in getattr(outcome, name)] for name in ("added", "changed", "removed", "unchanged")}
    assert done == {
        "added": ["organisation"],
        "changed": ["group:staff"],
        "removed": ["individual:cara"],
        "unchanged": ["individual:bob"],
    }
    assert sorted((await shared.audited("handbook"))[3:]) == ["share_added", "share_changed", "share_removed"]
    assert await shared.version("handbook") == outcome.version


async def test_the_trail_says_who_what_why_and_at_which_version(shared: World) -> None:
    outcome = await change(shared, add=[grant("group:staff", "read write")], reason="They write it.")

    page = await shared.sharing.libraries.audit(shared.actor("ann"), "handbook", limit=10)
    record = next(record for record in page.items if record.action == "share_added")
    assert (record.actor, record.subject, record.reason) == ("ann", "group:staff", "They write it.")
    assert (record.target_version, record.request_id) == (outcome.version, "a-request")
    assert record.before is None
    assert record.after is not None
    assert sorted(record.after["permissions"]) == ["read", "write"]


async def test_the_same_share_again_is_no_change(shared: World) -> None:
    first = await change(shared, add=[grant("group:staff", "read write")])

    again = await change(shared, add=[grant("group:staff", "write read")])

    assert (again.version, [str(p) for p in again.unchanged]) == (first.version, ["group:staff"])
    assert (await shared.audited("handbook")).count("share_added") == 1


async def test_other_terms_need_the_version_that_was_seen(shared: World) -> None:
    first = await change(shared, add=[grant("group:staff")])

    with pytest.raises(Conflict) as refusal:
        await change(shared, add=[grant("group:staff", "read write")])

    assert refusal.value.current_version == first.version
    assert await shared.may("bob", "handbook") == "read"


async def test_other_terms_are_written_over_any_version_if_that_is_said(shared: World) -> None:
    await change(shared, add=[grant("group:staff")])

    outcome = await change(shared, add=[grant("group:staff", "read write")], expect="*")

    assert [str(principal) for principal in outcome.changed] == ["group:staff"]
    assert await shared.may("bob", "handbook") == "read write"


async def test_changes_of_different_shares_all_happen(shared: World) -> None:
    principals = ["group:staff", "group:designers", "individual:bob", "individual:cara", "organisation"]

    await asyncio.gather(*(change(shared, add=[grant(principal)]) for principal in principals))

    listed = await shared.sharing.shares.list(shared.actor("ann"), "handbook", limit=10)
    assert sorted(str(share.principal) for share in listed.shares.items) == sorted(principals)
    assert listed.thing.share_counts == {"group": 2, "individual": 2, "organisation": 1}


async def test_sharing_with_the_owner_is_a_conflict(shared: World) -> None:
    with pytest.raises(Conflict, match="owns the library"):
        await change(shared, add=[grant("individual:ann")])


@pytest.mark.parametrize("principal", ["individual:x", "group:x", "role:x", "department:x"])
async def test_nobody_shares_with_what_is_not_there(shared: World, principal: str) -> None:
    with pytest.raises(NotFound):
        await change(shared, add=[grant("organisation"), grant(principal)])
    assert await shared.may("bob", "handbook") == ""


async def test_a_share_grants_reading_at_least(shared: World) -> None:
    with pytest.raises(Invalid, match="read"):
        await change(shared, add=[grant("group:staff", "write")])


async def test_a_principal_occurs_once_in_a_change(shared: World) -> None:
    with pytest.raises(Invalid, match="twice"):
        await change(shared, add=[grant("group:staff")], remove=[parse_principal("group:staff")])


async def test_a_share_of_less_than_a_millisecond_ends_before_it_starts(shared: World) -> None:
    noon = shared.at("12:00")
    brief = grant("group:staff", starts_at=noon, expires_at=noon + timedelta(microseconds=900))

    with pytest.raises(Invalid, match="end before it starts"):
        await change(shared, add=[brief])


async def test_a_change_holds_twenty_people_and_not_one_more(shared: World) -> None:
    people = [f"person-{n}" for n in range(SHARES_CHANGED_MAX + 1)]
    await shared.user(*people)

    with pytest.raises(Invalid, match="in parts"):
        await change(shared, add=[grant(f"individual:{each}") for each in people])
    outcome = await change(shared, add=[grant(f"individual:{each}") for each in people[1:]])

    assert len(outcome.added) == SHARES_CHANGED_MAX
    assert await shared.may(people[0], "handbook") == ""
    assert await shared.may(people[-1], "handbook") == "read"


async def test_who_may_only_read_does_not_share(shared: World) -> None:
    await shared.share("handbook", "group:staff", "read write delete")

    with pytest.raises(Forbidden):
        await change(shared, by="bob", add=[grant("individual:cara")], expect=1)
    with pytest.raises(Forbidden):
        await shared.sharing.shares.list(shared.actor("bob"), "handbook", limit=10)


async def test_shares_go_with_their_group(shared: World) -> None:
    await shared.group("short-lived")
    await shared.share("handbook", "group:short-lived")

    await shared.accounts.directory.delete(shared.actor(), parse_principal("group:short-lived"))

    listed = await shared.sharing.shares.list(shared.actor("ann"), "handbook", limit=10)
    assert (listed.shares.items, listed.thing.share_counts) == ((), {})
    assert (await shared.audited("handbook"))[-1] == "share_removed"
