"""Access requests: what one asks for, who is asked, and what becomes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from entaku.core.errors import Conflict, Forbidden, Invalid, Limited, NotFound
from entaku.modules.audit import AuditRecord, Target
from entaku.modules.sharing import (
    AccessRequestView,
    Approval,
    Approved,
    LibraryChange,
    Permission,
    RequestState,
    Resource,
    Wanted,
)
from tests.modules.sharing.world import World

Waiting = Callable[[str], Awaitable[list[str]]]
READ = frozenset({Permission.READ})
WRITE = READ | {Permission.WRITE}


@pytest.fixture
async def office(world: World) -> World:
    """Ann's library `l`, which Bob may pass on for reading and of which Cara knows nothing."""
    await world.user("ann", "bob", "cara", "dan")
    await world.library("l")
    await world.share("l", "individual:bob", "read share")
    return world


async def ask(world: World, user_id: str, library_id: str = "l", **wanted: Any) -> AccessRequestView:
    return await world.sharing.requests.asking.ask(
        world.actor(user_id), Resource("library", library_id), Wanted(**wanted)
    )


@pytest.fixture
def waiting(office: World, settled: Callable[[], Awaitable[None]]) -> Waiting:
    """Who asks for what among what somebody may decide."""

    async def listed(by: str) -> list[str]:
        await settled()
        page = await office.sharing.requests.reading.list_waiting(office.actor(by), limit=100)
        return sorted(f"{view.user_id} {view.resource.id}" for view in page.items)

    return listed


async def asked(world: World, by: str) -> list[tuple[str, RequestState]]:
    page = await world.sharing.requests.reading.list_asked(world.actor(by), limit=100)
    return [(view.resource.id, view.state) for view in page.items]


async def approve(
    world: World, request: AccessRequestView, by: str, approval: Approval | None = None, **options: Any
) -> Approved:
    assert request.request_id is not None
    return await world.sharing.requests.deciding.approve(
        world.actor(by), request.request_id, approval or Approval(), **options
    )


async def deny(world: World, request: AccessRequestView, by: str) -> AccessRequestView:
    assert request.request_id is not None
    return await world.sharing.requests.deciding.deny(world.actor(by), request.request_id, reason="not now")


async def records(world: World, library_id: str = "l") -> list[AuditRecord]:
    page = await world.app.audit.list(world.actor(), Target("library", library_id), limit=100)
    return list(page.items)


async def test_one_call_of_the_owner_gives_what_was_asked_for(office: World, waiting: Waiting) -> None:
    request = await ask(office, "cara", permissions=WRITE, message="for the atlas")

    approved = await approve(office, request, "ann")

    assert await office.may("cara", "l") == "read write"
    assert approved.request.state is RequestState.APPROVED
    assert await asked(office, "cara") == [("l", RequestState.APPROVED)]
    assert await waiting("ann") == []


async def test_the_records_of_request_and_share_name_each_other(office: World) -> None:
    request = await ask(office, "cara", message="please")

    approved = await approve(office, request, "ann", reason="she needs it")

    cause = f"request:{request.request_id}"
    found = {record.action: record for record in await records(office) if record.cause == cause}
    assert set(found) == {"access_requested", "access_request_approved", "share_added"}
    assert found["share_added"].change_id == found["access_request_approved"].change_id == approved.outcome.change_id
    assert found["access_requested"].after == {"permissions": ["read"], "message": "please", "expires_at": None}
    assert {record.subject for record in found.values()} == {"individual:cara"}


async def test_an_approval_is_undone_like_any_change(office: World) -> None:
    approved = await approve(office, await ask(office, "cara"), "ann")
    assert approved.outcome.change_id is not None

    await office.sharing.undo.undo(office.actor("ann"), approved.outcome.change_id)

    assert await office.may("cara", "l") == ""


async def test_who_may_decide_sees_what_they_could_grant(office: World, waiting: Waiting) -> None:
    await ask(office, "cara", permissions=READ)
    await ask(office, "dan", permissions=WRITE)

    assert await waiting("ann") == ["cara l", "dan l"]
    assert await waiting("root") == ["cara l", "dan l"]
    assert await waiting("bob") == ["cara l"]
    assert await waiting("dan") == []


async def test_a_holder_of_share_grants_under_their_own_rights(office: World) -> None:
    mine, beyond = await ask(office, "cara", permissions=READ), await ask(office, "dan", permissions=WRITE)

    with pytest.raises(Forbidden, match="you cannot grant write"):
        await approve(office, mine, "bob", Approval(permissions=WRITE))
    with pytest.raises(NotFound, match="there is no request"):
        await approve(office, beyond, "bob")
    await approve(office, mine, "bob")

    share = next(record for record in await records(office) if record.action == "share_added")
    assert share.after is not None
    assert (share.after["granted_by"], share.after["is_delegated"]) == ("bob", True)


async def test_what_is_granted_may_be_less_and_end_sooner(office: World) -> None:
    request = await ask(office, "cara", permissions=WRITE)

    await approve(office, request, "ann", Approval(permissions=READ, expires_at=office.at("12:00")))

    assert await office.may("cara", "l") == "read"
    office.wait_until("12:00")
    assert await office.may("cara", "l") == ""


async def test_a_denied_request_says_why_to_who_may_know(office: World) -> None:
    await office.sharing.libraries.change(office.actor("ann"), "l", LibraryChange(is_discoverable=True))
    request = await ask(office, "cara")

    await deny(office, request, "ann")

    page = await office.sharing.requests.reading.list_asked(office.actor("cara"), limit=10)
    (view,) = page.items
    assert (view.state, view.reason, view.decided_by, view.name) == (RequestState.DENIED, "not now", "ann", "L")
    assert await office.may("cara", "l") == ""


async def test_a_request_is_decided_once(office: World) -> None:
    request = await ask(office, "cara")
    await deny(office, request, "ann")

    with pytest.raises(Conflict, match="was denied by 'ann'"):
        await approve(office, request, "root")

    assert await office.may("cara", "l") == ""


async def test_asked_again_it_is_the_same_request_and_waits_anew(office: World, waiting: Waiting) -> None:
    first = await ask(office, "cara")
    await deny(office, first, "ann")

    again = await ask(office, "cara", permissions=WRITE)

    assert again.request_id == first.request_id
    assert await waiting("ann") == ["cara l"]


async def test_two_who_approve_at_once_make_one_share_and_one_record(office: World) -> None:
    request = await ask(office, "cara")

    results = await asyncio.gather(
        *(approve(office, request, by) for by in ("ann", "root", "bob")), return_exceptions=True
    )

    assert sum(isinstance(result, Approved) for result in results) == 1
    assert sum(isinstance(result, Conflict) for result in results) == 2
    actions = [record.action for record in await records(office)]
    assert (actions.count("share_added"), actions.count("access_request_approved")) == (2, 1)  # One is Bob's own.


async def test_approved_and_denied_at_once_it_is_one_of_them(office: World) -> None:
    request = await ask(office, "cara")

    results = await asyncio.gather(
        approve(office, request, "ann"), deny(office, request, "root"), return_exceptions=True
    )

    assert sum(isinstance(result, Conflict) for result in results) == 1
    is_approved = isinstance(results[0], Approved)
    assert await office.may("cara", "l") == ("read" if is_approved else "")


async def test_who_has_the_access_already_hears_so(office: World, waiting: Waiting) -> None:
    assert (await ask(office, "ann", permissions=WRITE)).state is RequestState.NOT_NEEDED
    assert (await ask(office, "bob")).state is RequestState.NOT_NEEDED
    assert (await ask(office, "bob", permissions=WRITE)).state is RequestState.PENDING

    assert await waiting("ann") == ["bob l"]


async def test_what_was_asked_for_takes_nothing_away_unasked(office: World) -> None:
    await office.share("l", "individual:cara", "read delete")
    request = await ask(office, "cara", permissions=WRITE)

    with pytest.raises(Conflict, match="approve with the permissions read, write, delete, or"):
        await approve(office, request, "ann")
    await approve(office, request, "ann", Approval(permissions=WRITE | {Permission.DELETE}))

    assert await office.may("cara", "l") == "read write delete"


async def test_a_request_is_withdrawn_by_who_asked(office: World, waiting: Waiting) -> None:
    request = await ask(office, "cara")
    asking = office.sharing.requests.asking
    assert request.request_id is not None

    with pytest.raises(NotFound):
        await asking.withdraw(office.actor("dan"), request.request_id)
    await asking.withdraw(office.actor("cara"), request.request_id)

    assert (await asked(office, "cara"), await waiting("ann")) == ([], [])
    with pytest.raises(NotFound):
        await approve(office, request, "ann")


async def test_a_request_ends_by_itself(office: World, waiting: Waiting) -> None:
    request = await ask(office, "cara")
    office.clock.advance(timedelta(days=30))

    assert (await asked(office, "cara"), await waiting("ann")) == ([], [])
    with pytest.raises(NotFound):
        await approve(office, request, "ann")


async def test_requests_of_who_is_gone_are_nobodys(office: World, waiting: Waiting) -> None:
    request = await ask(office, "cara")
    await office.accounts.users.delete(office.actor(), "cara")
    office.wait_until("10:00")
    await office.user("cara")

    assert (await asked(office, "cara"), await waiting("ann")) == ([], [])
    with pytest.raises(NotFound):
        await approve(office, request, "ann")
    assert await office.may("cara", "l") == ""


async def test_a_later_library_of_the_same_id_is_not_what_was_asked_for(office: World, waiting: Waiting) -> None:
    early = await ask(office, "cara", "later")
    office.wait_until("10:00")
    await office.library("later")

    assert await waiting("ann") == []
    with pytest.raises(NotFound):
        await approve(office, early, "ann")
    await ask(office, "cara", "later")
    assert await waiting("ann") == ["cara later"]


async def test_nobody_asks_without_end(office: World) -> None:
    for n in range(30):
        await ask(office, "cara", f"guess{n}")

    with pytest.raises(Limited, match="you have asked 30 times within an hour") as refused:
        await ask(office, "cara", "l")

    assert refused.value.retry_after_s == 3600
    office.clock.advance(timedelta(hours=1))
    assert (await ask(office, "cara", "l")).state is RequestState.PENDING


async def test_what_nobody_could_grant_is_not_asked_for(office: World) -> None:
    with pytest.raises(Invalid, match="names no `read`"):
        await ask(office, "cara", permissions=frozenset({Permission.WRITE}))
    with pytest.raises(Invalid, match="would have ended"):
        await ask(office, "cara", expires_at=office.at("09:00"))


async def test_administrators_ask_for_others_and_nobody_else_does(office: World, waiting: Waiting) -> None:
    asking, resource = office.sharing.requests.asking, Resource("library", "l")
    await asking.ask(office.actor(), resource, Wanted(), user_id="cara")

    with pytest.raises(Forbidden, match="ask for yourself"):
        await asking.ask(office.actor("dan"), resource, Wanted(), user_id="cara")

    assert await waiting("ann") == ["cara l"]
