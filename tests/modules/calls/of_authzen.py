"""The questions of AuthZEN, case by case. They ask as administrators do who enforce decisions."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from entaku.core.languages import Language
from entaku.modules.authzen.service import Question, Thing
from tests.modules.calls.furnishing import SmallWorld
from tests.modules.calls.operation import Operation

L = Thing("library", "l")
PEOPLE = ("ann", "bob", "cara", *(f"u{n}" for n in range(20)))
HUNDRED = [(PEOPLE[n % 23], ("l", "alone", "gone", "nowhere")[n // 25]) for n in range(100)]


def evaluate(w: SmallWorld, *pairs: tuple[str, str]) -> Awaitable[Any]:
    asked = [Question(Thing("user", user_id), "write", Thing("library", library)) for user_id, library in pairs]
    return w.app.authzen.evaluate(w.actor(), asked, Language.ENGLISH)


def subjects(w: SmallWorld, resource: Thing = L) -> Awaitable[Any]:
    return w.app.authzen.search_subjects(w.actor(), "write", resource, limit=100, token="")


def resources(w: SmallWorld, user_id: str) -> Awaitable[Any]:
    subject = Thing("user", user_id)
    return w.app.authzen.search_resources(w.actor(), subject, "write", "library", limit=100, token="")


AUTHZEN = (
    Operation("authzen.evaluate", "one question", lambda w: evaluate(w, ("bob", "l"))),
    Operation("authzen.evaluate", "one about nobody", lambda w: evaluate(w, ("nobody", "l"))),
    Operation("authzen.evaluate", "a hundred about one pair", lambda w: evaluate(w, *[("bob", "l")] * 100)),
    Operation("authzen.evaluate", "a hundred about 23 users and 4 libraries", lambda w: evaluate(w, *HUNDRED)),
    Operation("authzen.search_subjects", "of a group of one", subjects),
    Operation(
        "authzen.search_subjects",
        "of the organisation of 25",
        subjects,
        before=lambda w: w.share("l", "organisation", "read write"),
    ),
    Operation("authzen.search_subjects", "of what there is not", lambda w: subjects(w, Thing("library", "nowhere"))),
    Operation("authzen.search_resources", "of one user", lambda w: resources(w, "bob")),
    Operation("authzen.search_resources", "of an owner", lambda w: resources(w, "ann")),
    Operation(
        "authzen.search_actions",
        "of one user",
        lambda w: w.app.authzen.search_actions(w.actor(), Thing("user", "bob"), L),
    ),
)
