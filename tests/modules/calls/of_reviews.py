"""Who could reach what at an instant, case by case."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from entaku.modules.sharing import ReviewRequest
from entaku.modules.sharing.model import library_resource
from tests.modules.calls.furnishing import SmallWorld
from tests.modules.calls.operation import Operation


def page(w: SmallWorld, **request: Any) -> Awaitable[Any]:
    return w.sharing.reviews.page(w.actor(), ReviewRequest(at=w.clock.now(), **request), limit=10)


REVIEWS = (
    Operation("sharing.reviews.page", "of everybody", page),
    Operation("sharing.reviews.page", "of one user", lambda w: page(w, user_id="bob")),
    Operation("sharing.reviews.page", "of one library", lambda w: page(w, resource=library_resource("l"))),
    Operation(
        "sharing.reviews.page",
        "of one library that was never shared",
        lambda w: page(w, resource=library_resource("alone")),
    ),
    Operation("sharing.trail_drifts.check", "25 users", lambda w: w.sharing.trail_drifts.check(w.actor())),
)
