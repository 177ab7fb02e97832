"""A change of shares taken back: exactly, whole for each resource, and never over what somebody did since."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from entaku.core.errors import Conflict, Forbidden, NotFound
from entaku.modules.accounts import parse_principal
from entaku.modules.audit import AuditRecord, Target
from entaku.modules.sharing import Share, Terms, UndoOutcome, UndoState
from tests.modules.sharing.world import World, grant


@pytest.fixture
async def office(world: World) -> World:
    """Ann's library `l`, shared with Bob and with a group."""
    await world.group("g")
    await world.user("ann", "bob", "cara", "dan")
    await world.library("l")
    await world.share("l", "individual:bob", "read write", until="18:00")
    await world.share("l", "group:g")
    return world


async def undo(world: World, change_id: str | None, *, by: str = "ann", **options: Any) -> UndoOutcome:
    assert change_id is not None
    return await world.sharing.undo.undo(world.actor(by), change_id, **options)


async def terms(world: World, library_id: str = "l") -> dict[str, Terms]:
    """Every share of a library as it is stored."""
    table = world.app.table.for_tenant(world.tenant_id)
    resource = (await world.sharing.libraries.get(world.actor(), library_id)).thing.resource
    (shares,) = await table.list_all(Share.of_resource(resource=resource), at_most=5000)
    return {str(share.principal): share.terms for share in shares}


async def trail(world: World, library_id: str = "l") -> list[AuditRecord]:
    page = await world.app.audit.list(world.actor(), Target("library", library_id), limit=200)
    return sorted(page.items, key=lambda record: (record.target_version, record.subject or ""))


async def test_a_change_of_several_shares_is_taken_back_to_the_letter(office: World) -> None:
    before = await terms(office)
    change = await office.sharing.shares.change(
        office.actor("ann"),
        "l",
        add=[grant("individual:bob", "read delete"), grant("individual:cara")],
        remove=[parse_principal("group:g")],
        expect="*",
    )

    outcome = await undo(office, change.change_id)

    assert await terms(office) == before
    (resource,) = outcome.resources
    assert resource.state is UndoState.UNDONE
    assert [str(p) for p in (*resource.added, *resource.changed, *resource.removed)] == [
        "group:g",
        "individual:bob",
        "individual:cara",
    ]
    assert await office.may("cara", "l") == ""


async def test_an_undo_is_in_the_trail_with_a_link_to_what_it_undoes(office: World) -> None:
    change = await office.share("l", "individual:cara")

    outcome = await undo(office, change.change_id, reason="a slip")

    done, undone = (await trail(office))[-2:]
    assert (done.action, done.change_id, done.cause) == ("share_added", change.change_id, None)
    assert (undone.action, undone.change_id) == ("share_removed", outcome.change_id)
    assert (undone.cause, undone.reason) == (f"change:{change.change_id}", "a slip")


async def test_an_undo_is_undone_like_any_other_change(office: World) -> None:
    change = await office.share("l", "individual:cara", "read share")
    after = await terms(office)
    first = await undo(office, change.change_id)

    second = await undo(office, first.change_id)
    assert await terms(office) == after
    third = await undo(office, second.change_id)
    assert "individual:cara" not in await terms(office)
    assert third.resources[0].state is UndoState.UNDONE


async def test_two_changes_are_undone_the_later_one_first(office: World) -> None:
    before = await terms(office)
    one = await office.share("l", "individual:cara")
    two = await office.share("l", "individual:cara", "read write")

    with pytest.raises(
        Conflict, match=f"share_changed of individual:cara by 'root'.*undo change '{two.change_id}' first"
    ):
        await undo(office, one.change_id)
    await undo(office, two.change_id)
    await undo(office, one.change_id)

    assert await terms(office) == before


async def test_the_same_undo_again_is_no_change(office: World) -> None:
    change = await office.share("l", "individual:cara")
    await undo(office, change.change_id)
    records = await trail(office)

    again = await undo(office, change.change_id)

    assert (again.resources[0].state, again.change_id) == (UndoState.UNDONE_BEFORE, None)
    assert await trail(office) == records


async def test_one_share_in_the_way_keeps_all_of_its_resource_as_they_are(office: World) -> None:
    change = await office.sharing.shares.change(
        office.actor("ann"), "l", add=[grant("individual:cara"), grant("individual:dan")]
    )
    await office.unshare("l", "individual:dan")
    before = await terms(office)

    with pytest.raises(Conflict, match="share_removed of individual:dan"):
        await undo(office, change.change_id)

    assert await terms(office) == before


async def test_a_share_that_was_given_again_and_taken_again_stays_taken(office: World) -> None:
    change = await office.unshare("l", "group:g")
    await office.share("l", "group:g")
    await office.unshare("l", "group:g")

    with pytest.raises(Conflict, match="share_removed of group:g"):
        await undo(office, change.change_id)


async def test_a_library_that_was_handed_over_keeps_its_shares(office: World) -> None:
    change = await office.share("l", "individual:cara")
    await office.change_library("l", owner="dan")

    with pytest.raises(Conflict, match="library_transferred"):
        await undo(office, change.change_id, by="root")
    with pytest.raises(NotFound, match="there is no change"):
        await undo(office, change.change_id, by="ann")


async def test_nobody_gets_the_share_of_somebody_who_is_gone(office: World) -> None:
    change = await office.unshare("l", "individual:bob")
    await office.accounts.users.delete(office.actor(), "bob")

    with pytest.raises(Conflict, match="individual:bob has been deleted since"):
        await undo(office, change.change_id)
    office.wait_until("10:00")
    await office.user("bob")
    with pytest.raises(Conflict, match="individual:bob has been deleted since"):
        await undo(office, change.change_id)

    assert await office.may("bob", "l") == ""


async def test_a_trial_writes_nothing_and_says_what_would_be_done(office: World) -> None:
    change = await office.share("l", "individual:cara")
    before, records = await terms(office), await trail(office)

    trial = await undo(office, change.change_id, is_trial=True)

    assert (trial.change_id, trial.resources[0].state) == (None, UndoState.WOULD_BE_UNDONE)
    assert [str(principal) for principal in trial.resources[0].removed] == ["individual:cara"]
    assert (await terms(office), await trail(office)) == (before, records)


async def test_a_change_of_others_is_as_one_that_is_not_there(office: World) -> None:
    change = await office.share("l", "individual:cara")

    with pytest.raises(NotFound) as unknown:
        await undo(office, "never", by="bob")
    with pytest.raises(NotFound) as hidden:
        await undo(office, change.change_id, by="bob")

    assert str(hidden.value) == str(unknown.value).replace("never", str(change.change_id))


async def test_a_change_that_touched_more_than_ones_own_is_for_administrators(office: World) -> None:
    await office.library("m", owner="dan")
    for library in ("l", "m"):
        await office.sharing.shares.change(
            office.actor(), library, add=[grant("individual:cara")], change_id="together"
        )

    with pytest.raises(Forbidden, match="more than what you own"):
        await undo(office, "together")
    outcome = await undo(office, "together", by="root")

    assert [(each.resource.id, each.state) for each in outcome.resources] == [
        ("l", UndoState.UNDONE),
        ("m", UndoState.UNDONE),
    ]


async def test_of_several_resources_each_is_told_by_itself(office: World) -> None:
    await office.library("m", owner="dan")
    for library in ("l", "m"):
        await office.sharing.shares.change(
            office.actor(), library, add=[grant("individual:cara")], change_id="together"
        )
    later = await office.share("m", "individual:cara", "read write")

    outcome = await undo(office, "together", by="root")

    done, refused = outcome.resources
    assert (done.state, refused.state) == (UndoState.UNDONE, UndoState.REFUSED)
    assert refused.later is not None
    assert refused.later.change_id == later.change_id
    assert await office.may("cara", "m") == "read write"


async def test_a_change_of_many_resources_is_undone_page_by_page(office: World) -> None:
    ids = [f"m{n:02d}" for n in range(25)]
    for library in ids:
        await office.library(library)
        await office.sharing.shares.change(
            office.actor(), library, add=[grant("individual:cara")], change_id="everywhere"
        )

    first = await undo(office, "everywhere", by="root")
    second = await undo(office, "everywhere", by="root", after=first.next_cursor)

    assert (len(first.resources), len(second.resources)) == (20, 5)
    assert (second.change_id, second.next_cursor) == (first.change_id, None)
    assert [each.resource.id for each in (*first.resources, *second.resources)] == ids
    assert await office.listed("cara") == {}


async def test_two_who_undo_at_once_undo_once(office: World) -> None:
    change = await office.share("l", "individual:cara")

    outcomes = await asyncio.gather(undo(office, change.change_id), undo(office, change.change_id, by="root"))

    assert sorted(outcome.resources[0].state for outcome in outcomes) == [UndoState.UNDONE, UndoState.UNDONE_BEFORE]
    assert [record.action for record in await trail(office)].count("share_removed") == 1


async def test_undone_and_changed_at_once_it_is_one_after_the_other(office: World) -> None:
    change = await office.share("l", "individual:cara")

    undone, changed = await asyncio.gather(
        undo(office, change.change_id), office.share("l", "individual:cara", "read write"), return_exceptions=True
    )

    assert not (isinstance(undone, Exception) and isinstance(changed, Exception))
    assert await office.may("cara", "l") == ("" if isinstance(changed, Exception) else "read write")


async def test_an_archived_library_gets_no_share_back(office: World) -> None:
    change = await office.unshare("l", "group:g")
    await office.sharing.libraries.archive(office.actor("ann"), "l")

    with pytest.raises(Conflict, match="it is archived"):
        await undo(office, change.change_id)


async def test_a_deleted_library_is_left_alone_until_it_is_restored(office: World) -> None:
    change = await office.share("l", "individual:cara")
    await office.sharing.libraries.delete(office.actor("ann"), "l")

    with pytest.raises(Conflict, match="has been deleted since"):
        await undo(office, change.change_id)
    await office.sharing.libraries.restore(office.actor("ann"), "l")
    await undo(office, change.change_id)

    assert await office.may("cara", "l") == ""


async def test_of_a_library_that_is_gone_for_good_its_successor_knows_no_change(office: World) -> None:
    change = await office.unshare("l", "group:g")
    await office.sharing.libraries.purge(office.actor("ann"), "l")
    office.wait_until("10:00")
    await office.library("l", owner="cara")

    with pytest.raises(NotFound, match="there is no change"):
        await undo(office, change.change_id, by="cara")
    with pytest.raises(Conflict, match="another one has its id by now"):
        await undo(office, change.change_id, by="root")

    assert await terms(office) == {}


async def test_nothing_is_put_back_in_a_successor_of_the_same_millisecond(office: World) -> None:
    change = await office.unshare("l", "group:g")
    await office.sharing.libraries.purge(office.actor("ann"), "l")
    await office.library("l")

    with pytest.raises(Conflict, match="library_created by 'root'"):
        await undo(office, change.change_id)

    assert await terms(office) == {}


async def test_another_tenants_change_is_not_there(office: World) -> None:
    twin = await World(office.app, office.clock, "twin").create()
    change = await office.share("l", "individual:cara")
    assert change.change_id is not None

    with pytest.raises(NotFound, match="there is no change"):
        await twin.sharing.undo.undo(twin.actor(), change.change_id)
