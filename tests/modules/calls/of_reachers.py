"""Everyone who reaches a library, and the lists of many users, case by case."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from entaku.modules.sharing import ListRequest, Permission, ReachersRequest
from entaku.modules.sharing.model import library_resource
from tests.modules.calls.furnishing import SmallWorld
from tests.modules.calls.operation import Operation

L = library_resource("l")
TWENTY = tuple(f"u{n}" for n in range(20))


def reachers(w: SmallWorld, user_id: str = "ann", **request: Any) -> Awaitable[Any]:
    return w.sharing.reachers.of_resource(w.actor(user_id), L, ReachersRequest(**{"limit": 10, **request}))


def lists(w: SmallWorld, *user_ids: str) -> Awaitable[Any]:
    return w.sharing.many_lists.of_users(w.actor(), user_ids, ListRequest(limit=10))


REACHERS = (
    Operation("sharing.reachers.of_resource", "asked by the owner", reachers),
    Operation("sharing.reachers.of_resource", "asked by an administrator", lambda w: reachers(w, "root")),
    Operation(
        "sharing.reachers.of_resource",
        "who may write, by name",
        lambda w: reachers(w, sort="name", permission=Permission.WRITE),
    ),
    Operation(
        "sharing.reachers.of_resource",
        "shared with the organisation of 25",
        reachers,
        before=lambda w: w.share("l", "organisation"),
    ),
    Operation("sharing.many_lists.of_users", "one user", lambda w: lists(w, "bob")),
    Operation("sharing.many_lists.of_users", "23 users", lambda w: lists(w, "ann", "bob", "cara", *TWENTY)),
)
