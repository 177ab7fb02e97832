"""What one may not know of, or what is in the bin or gone, is to every operation as if it had never been: the same
words, and as many calls of the table, which is as much as its time can tell."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from entaku.core.config import Config
from entaku.core.errors import EntakuError
from entaku.main import build
from entaku.modules.sharing import (
    Check,
    ReachersRequest,
    Resource,
    ResourceMove,
    SharesChange,
    Wanted,
)
from entaku.table.driver import Driver
from entaku.testing import CountingDriver, ManualClock
from tests.modules.sharing.world import World, grant

HIDDEN, BINNED, PURGED, NOTHING = "hidden", "binned", "purged", "nothing"
Deed = Callable[[World, str, str], Awaitable[Any]]
"""Something that Bob does about a library, and about his request for it."""


def at(library_id: str) -> Resource:
    return Resource("library", library_id)


def previewed(library_id: str) -> SharesChange:
    return SharesChange(resource=at(library_id), add=(grant("individual:cara"),))


BOB = "bob"
DEEDS: dict[str, Deed] = {
    "get": lambda w, each, _: w.sharing.libraries.get(w.actor(BOB), each),
    "list shares": lambda w, each, _: w.sharing.shares.list(w.actor(BOB), each, limit=5),
    "share": lambda w, each, _: w.sharing.shares.change(w.actor(BOB), each, add=[grant("individual:cara")]),
    "own access": lambda w, each, _: w.access(BOB, each, by=BOB),
    "access of another": lambda w, each, _: w.access("cara", each, by=BOB),
    "check": lambda w, each, _: w.sharing.checks.check(w.actor(BOB), [Check(user_id=BOB, library_id=each)]),
    "answers": lambda w, each, _: w.sharing.checks.answers(w.actor(BOB), [(BOB, at(each))]),
    "who reaches it": lambda w, each, _: w.sharing.reachers.of_resource(
        w.actor(BOB), at(each), ReachersRequest(limit=5, cursor="of-something-else")
    ),
    "preview shares": lambda w, each, _: w.sharing.previews.preview(w.actor(BOB), previewed(each)),
    "preview restoring": lambda w, each, _: w.sharing.previews.preview(
        w.actor(BOB), ResourceMove(resource=at(each), move="restore")
    ),
    "archive": lambda w, each, _: w.sharing.libraries.archive(w.actor(BOB), each, expect=7),
    "restore": lambda w, each, _: w.sharing.libraries.restore(w.actor(BOB), each),
    "delete": lambda w, each, _: w.sharing.libraries.delete(w.actor(BOB), each, expect=7),
    "delete for good": lambda w, each, _: w.sharing.libraries.purge(w.actor(BOB), each),
    "transfer": lambda w, each, _: w.sharing.libraries.transfer(w.actor(BOB), each, BOB),
    "audit": lambda w, each, _: w.sharing.libraries.audit(w.actor(BOB), each, limit=5),
    "requests for it": lambda w, each, _: w.sharing.requests.reading.list_of(
        w.actor(BOB), at(each), limit=5, after="of-something-else"
    ),
    "get request": lambda w, _, request: w.sharing.requests.reading.get(w.actor(BOB), request),
    "approve": lambda w, _, request: w.sharing.requests.deciding.approve(w.actor(BOB), request),
    "deny": lambda w, _, request: w.sharing.requests.deciding.deny(w.actor(BOB), request, reason="no"),
    "ask again": lambda w, each, _: w.sharing.requests.asking.ask(w.actor(BOB), at(each), Wanted()),
    "withdraw": lambda w, _, request: w.sharing.requests.asking.withdraw(w.actor(BOB), request),
}


async def furnish(world: World) -> dict[str, str]:
    """Bob's requests by the library that they are about; Ann has denied the one that she could."""
    await world.user("ann", "bob", "cara")
    for library_id in (HIDDEN, BINNED, PURGED):
        await world.library(library_id)
    await world.share(HIDDEN, "individual:cara", "read share")
    await world.sharing.libraries.delete(world.actor("ann"), BINNED)
    await world.sharing.libraries.purge(world.actor("ann"), PURGED)
    requests: dict[str, str] = {}
    for library_id in (HIDDEN, BINNED, PURGED, NOTHING):
        asked = await world.sharing.requests.asking.ask(world.actor(BOB), at(library_id), Wanted())
        requests[library_id] = asked.request_id or ""
    await world.sharing.requests.deciding.deny(world.actor("ann"), requests[HIDDEN], reason="no")
    return requests


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
async def test_what_one_may_not_know_of_answers_as_what_never_was(
    bare_driver: Driver, clock: ManualClock, tmp_path: Path, deed: Deed
) -> None:
    counting = CountingDriver(bare_driver)
    app = await build(Config(data=tmp_path / "data"), driver=counting, clock=clock)
    world = await World(app, clock, "acme").create()
    requests = await furnish(world)
    heard: dict[str, tuple[str, dict[str, int]]] = {}

    for library_id, request_id in requests.items():
        counting.start()
        try:
            said = str(await deed(world, library_id, request_id))
        except EntakuError as error:
            said = f"{error.code}: {error.message}"
        heard[library_id] = (said.replace(library_id, "IT").replace(request_id, "REQUEST"), dict(counting.calls))

    assert [heard[each] for each in (HIDDEN, BINNED, PURGED)] == [heard[NOTHING]] * 3
