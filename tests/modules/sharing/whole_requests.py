"""Access asked for and answered, in a history: what comes of it on paper, and what the system makes of it."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec

from entaku.core.errors import EntakuError
from entaku.modules.sharing import Permission, Wanted
from entaku.modules.sharing.model import library_resource
from tests.modules.sharing.naive import Naive, NaiveTerms
from tests.modules.sharing.world import ROOT, World

OPEN_FOR = timedelta(days=30)
ASKED_AT_MOST, ASKED_WITHIN = 30, timedelta(hours=1)
"""How often somebody may ask, and in what time."""


@dataclass(frozen=True)
class NaiveRequest:
    """That somebody has asked for a library, which may not have been there."""

    request_id: str
    user: str
    user_since: datetime | None
    library: str
    library_since: datetime | None
    wanted: NaiveTerms
    asked_at: datetime
    is_decided: bool = False


class Requests:
    """The requests of a tenant. Every method raises AssertionError where the two sides differ."""

    def __init__(self, world: World, naive: Naive) -> None:
        self._world, self._naive = world, naive
        self._asked: dict[str, tuple[int, datetime]] = {}
        self.kept: dict[tuple[str, str], NaiveRequest] = {}
        """By who asks for what."""

    async def ask(self, user: str, library: str, terms: NaiveTerms) -> None:
        expected = self._asking(user, library, terms)
        wanted = Wanted(permissions=msgspec.convert(terms.permissions, frozenset[Permission]))
        actor, asking = self._world.actor(), self._world.sharing.requests.asking
        request_id: str | None = None
        try:
            view = await asking.ask(actor, library_resource(library), wanted, user_id=user)
            actual, request_id = view.state.value, view.request_id
        except EntakuError as error:
            actual = error.code
        assert actual == expected, f"asking: {actual}, not {expected}"
        if request_id is None:
            return
        naive = self._naive
        known = naive.libraries[library] if naive.is_open_to(ROOT, library) else None
        since = None if known is None else known.created_at
        person_since = naive.people[user].created_at
        request = NaiveRequest(request_id, user, person_since, library, since, terms, naive.now)
        self.kept[user, library] = request
        if known is not None:
            known.records += 1

    def _asking(self, user: str, library: str, terms: NaiveTerms) -> str:
        """What it is refused with, or what becomes of it."""
        naive = self._naive
        if user not in naive.people or not naive.people[user].is_active:
            return "not_found"
        has_it = library in naive.libraries and terms.permissions <= naive.may(user, library)
        if has_it and naive.loses_at(user, library, terms.permissions) is None:
            return "not_needed"
        if naive.is_open_to(ROOT, library) and naive.libraries[library].is_archived:
            return "conflict"  # An administrator asks, who knows of everything.
        count, until = self._asked.get(user, (0, naive.now))
        if naive.now >= until:
            count, until = 0, naive.now + ASKED_WITHIN
        if count >= ASKED_AT_MOST:
            return "limited"
        self._asked[user] = (count + 1, until)
        return "pending"

    async def decide(self, actor: str, request: NaiveRequest, *, is_approved: bool) -> str | None:
        """Approves or denies it. The id of the change of shares, where that came of it."""
        codes = self._deciding(actor, request)
        if not codes and is_approved:
            codes = self._approving(actor, request)
        deciding, by = self._world.sharing.requests.deciding, self._world.actor(actor)
        actual = change_id = None
        try:
            if is_approved:
                change_id = (await deciding.approve(by, request.request_id)).outcome.change_id
            else:
                await deciding.deny(by, request.request_id, reason="Not needed for the work.")
        except EntakuError as error:
            actual = error.code
        assert (actual in codes) if codes else actual is None, f"deciding: {actual}, not {codes or None}"
        if actual is None:
            self._naive.libraries[request.library].records += 1
            self.kept[request.user, request.library] = replace(request, is_decided=True)
        return change_id

    def _deciding(self, actor: str, request: NaiveRequest) -> set[str]:
        naive, library = self._naive, request.library
        if not naive.people[actor].is_active:
            return {"unauthenticated", "not_found"}
        person, known = naive.people.get(request.user), naive.libraries.get(library)
        is_open = naive.now < request.asked_at + OPEN_FOR and naive.is_open_to(ROOT, library)
        is_theirs = person is not None and person.is_active and person.created_at == request.user_since
        is_the_same = known is not None and known.created_at == request.library_since
        if not (is_open and is_theirs and is_the_same):
            return {"not_found"}
        if naive.owns(request.user, library):
            return {"not_found"}
        if not naive.manages(actor, library) and not request.wanted.permissions | {"share"} <= naive.may(
            actor, library
        ):
            return {"not_found"}
        return {"conflict"} if request.is_decided else set()

    def _approving(self, actor: str, request: NaiveRequest) -> set[str]:
        naive, principal = self._naive, f"individual:{request.user}"
        if naive.libraries[request.library].is_archived:
            return {"conflict"}
        trial = deepcopy(naive)
        codes = trial.change_shares(actor, request.library, {principal: request.wanted}, [], "current")
        if codes or _takes_away(naive, trial, request):
            return codes or {"conflict"}
        return naive.change_shares(actor, request.library, {principal: request.wanted}, [], "current")


def _takes_away(before: Naive, after: Naive, request: NaiveRequest) -> bool:
    """Whether who asked may do less after it, now or ever."""
    user, library = request.user, request.library
    instants = {before.now, *before.transitions(user, library), *after.transitions(user, library)}
    return any(not before.may(user, library, at) <= after.may(user, library, at) for at in instants)
