"""The operations of access requests, of undo and of the trail by actor and by day, case by case."""

from __future__ import annotations

from datetime import date
from typing import Any

from entaku.modules.sharing import Permission, Resource, ShareOutcome, Wanted
from tests.modules.calls.furnishing import SmallWorld
from tests.modules.calls.operation import Operation
from tests.modules.sharing.world import grant

LIBRARY = Resource("library", "l")
NOTHING = Resource("library", "nothing-of-the-kind")
CHANGE = "a-change"
WRITE = Wanted(permissions=frozenset({Permission.READ, Permission.WRITE}))
_kept: dict[int, str] = {}
"""The id of the request that a case has made before, by its world."""


async def asked(world: SmallWorld) -> None:
    """U1 has asked for the library."""
    view = await world.sharing.requests.asking.ask(world.actor("u1"), LIBRARY, WRITE)
    assert view.request_id is not None
    _kept[id(world)] = view.request_id


async def shared(world: SmallWorld) -> ShareOutcome:
    """Twenty shares were made in one change."""
    add = [grant(f"individual:u{n}") for n in range(20)]
    return await world.sharing.shares.change(world.actor("ann"), "l", add=add, change_id=CHANGE)


def request_of(world: SmallWorld) -> str:
    return _kept[id(world)]


def asking(user_id: str, resource: Resource) -> Any:
    return lambda w: w.sharing.requests.asking.ask(w.actor(user_id), resource, WRITE)


REQUESTS = (
    Operation("sharing.requests.asking.ask", "for a library", asking("u1", LIBRARY)),
    Operation("sharing.requests.asking.ask", "for what is not there", asking("u1", NOTHING)),
    Operation("sharing.requests.asking.ask", "again", asking("u1", LIBRARY), before=asked),
    Operation("sharing.requests.asking.ask", "for what one has", asking("bob", LIBRARY)),
    Operation(
        "sharing.requests.asking.withdraw",
        "",
        lambda w: w.sharing.requests.asking.withdraw(w.actor("u1"), request_of(w)),
        before=asked,
    ),
    Operation(
        "sharing.requests.reading.list_asked",
        "one",
        lambda w: w.sharing.requests.reading.list_asked(w.actor("u1"), limit=10),
        before=asked,
    ),
    Operation(
        "sharing.requests.reading.list_waiting",
        "one",
        lambda w: w.sharing.requests.reading.list_waiting(w.actor("ann"), limit=10),
        before=asked,
    ),
    Operation(
        "sharing.requests.reading.list_waiting",
        "one, by an administrator",
        lambda w: w.sharing.requests.reading.list_waiting(w.actor(), limit=10),
        before=asked,
    ),
    Operation(
        "sharing.requests.reading.list_of",
        "one",
        lambda w: w.sharing.requests.reading.list_of(w.actor("ann"), LIBRARY, limit=10),
        before=asked,
    ),
    Operation(
        "sharing.requests.reading.get",
        "by who may decide",
        lambda w: w.sharing.requests.reading.get(w.actor("ann"), request_of(w)),
        before=asked,
    ),
    Operation(
        "sharing.requests.deciding.approve",
        "by the owner",
        lambda w: w.sharing.requests.deciding.approve(w.actor("ann"), request_of(w)),
        before=asked,
    ),
    Operation(
        "sharing.requests.deciding.deny",
        "",
        lambda w: w.sharing.requests.deciding.deny(w.actor("ann"), request_of(w), reason="no"),
        before=asked,
    ),
)
UNDO = (
    Operation(
        "sharing.undo.undo",
        "twenty shares",
        lambda w: w.sharing.undo.undo(w.actor("ann"), CHANGE),
        before=shared,
    ),
    Operation(
        "sharing.undo.undo",
        "a trial",
        lambda w: w.sharing.undo.undo(w.actor("ann"), CHANGE, is_trial=True),
        before=shared,
    ),
)
TRAIL = (
    Operation("audit.list_by", "", lambda w: w.app.audit.list_by(w.actor(), "ann", limit=20), spread=1.0),
    Operation("audit.list_on", "", lambda w: w.app.audit.list_on(w.actor(), date(2026, 4, 1), limit=20), spread=2.0),
)
