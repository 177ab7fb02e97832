"""Whole histories: what `histories` plays, and changes previewed, undone, asked for, and made by processes that are
killed meanwhile.

Everything is decided by one seed. A process that is killed in a change leaves all of it or nothing; in a change of
several transactions, what the next attempt finishes.
"""

from __future__ import annotations

import copy
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from entaku.core.errors import EntakuError
from tests.modules.sharing.histories import KEPT, LIBRARIES, MS, USERS, History, Played
from tests.modules.sharing.naive import Naive, NaiveTerms
from tests.modules.sharing.naive_directory import NaiveDirectory
from tests.modules.sharing.paced import Paced
from tests.modules.sharing.whole_paper import truth_on_paper, truth_stored
from tests.modules.sharing.whole_previews import foreseen
from tests.modules.sharing.whole_requests import Requests
from tests.modules.sharing.whole_undo import Undoing
from tests.modules.sharing.world import ROOT, World

KILLED = 0.1
"""How often a process may be killed while it changes something."""
KILLED_AFTER_MAX = 40
"""Turns, two of which are one call; after more it is done and is not killed."""
FORESEEN = 0.2
"""How often a change is previewed before it is made."""
UNDONE_AT_ONCE = 0.1
BY_ROOT = 0.4
MUCH_TIME = 0.02
"""How often so much passes that what is kept for a while is kept no longer."""
IN_SEVERAL_TRANSACTIONS = frozenset(
    {"delete_user", "delete_group", "delete_department", "delete_role", "delete_library", "purge_due"}
)

AroundTime = Callable[[timedelta, Callable[[timedelta], Awaitable[None]]], Awaitable[None]]


class WholeHistory(History):
    """One history. `killed` is another process on the same table, whose calls `paced` lets through."""

    def __init__(self, world: World, killed: World, paced: Paced, naive: Naive, seed: int, around: AroundTime) -> None:
        """`around` is called with what lets time pass, each time that it does."""
        super().__init__(world, naive, seed)
        self._around = around
        self._killed_world, self._paced = killed, paced
        self._has_begun = False
        self.undoing, self.requests = Undoing(world, naive), Requests(world, naive)
        self.counts = {"killed": 0, "done when killed": 0, "foreseen": 0}

    async def begin(self) -> None:
        await super().begin()
        self._has_begun = True

    async def step(self) -> None:
        chance = self.dice.random()
        if chance < MUCH_TIME:
            await self._pass(KEPT)
        elif chance < 0.07:
            await self._next_transition()
        elif chance < 0.12:
            await self._there_and_back()
        elif chance < 0.22:
            await self.dice.choice([self._undo, self._ask, self._ask, self._decide, self._decide])()
        elif chance < 0.4:
            await self.step_of_directory()
        else:
            await super().step()

    async def _played(self, name: str, *values: Any) -> Any:
        if self._has_begun and self.dice.random() < KILLED:
            return await self._killed(name, *values)
        shares = self.undoing.shares(values[1]) if name == "change_shares" else {}
        expected = None
        if self._has_begun and self.dice.random() < FORESEEN:
            expected = await foreseen(self.world, self.naive, name, values)
        outcome = await super()._played(name, *values)
        if expected is not None:
            self.counts["foreseen"] += 1
            expected.check(self.naive, self.refusal)
        if name == "change_shares" and outcome is not None:
            self.undoing.note(outcome.change_id, values[1], shares)
            if outcome.change_id is not None and self.dice.random() < UNDONE_AT_ONCE:
                self.log.append("undo it")
                await self.undoing.undo(self.undoing.changes[-1], nothing_since=True)
        return outcome

    async def _killed(self, name: str, *values: Any) -> None:
        """Plays it in a process that is killed after some calls; then somebody looks what has become of it."""
        turns = self.dice.randint(1, KILLED_AFTER_MAX)
        self.log.append(f"{name} {values}, killed after {turns} turns")
        before = copy.deepcopy(self.naive)
        side = self.naive if hasattr(self.naive, name) else NaiveDirectory(self.naive)
        codes: set[str] = getattr(side, name)(*values)
        refusals: list[str] = []

        async def attempt() -> None:
            try:
                await getattr(Played(self._killed_world, {}), name)(*values)
            except EntakuError as error:
                refusals.append(error.code)

        self._paced.begin(attempt)
        await self._paced.go(turns)
        if not self._paced.is_busy:
            actual = refusals[0] if refusals else None
            assert (actual in codes) if codes else actual is None, f"refused with {actual}, not {codes or None}"
            return
        await self._paced.kill()
        self.counts["killed"] += 1
        if name in IN_SEVERAL_TRANSACTIONS:
            await self._finished(name, *values, codes=codes)
            return
        stored = await truth_stored(self.world, self.naive)
        if stored == truth_on_paper(self.naive):
            self.counts["done when killed"] += 1
            return
        self.naive.__dict__.update(before.__dict__)
        assert stored == truth_on_paper(self.naive), f"{name} was done in part"
        if self.dice.random() < 0.5:
            await super()._played(name, *values)

    async def _finished(self, name: str, *values: Any, codes: set[str]) -> None:
        """Does it once more. What was done to the end before is not there any more."""
        actual: str | None = None
        try:
            await getattr(Played(self.world, {}), name)(*values)
        except EntakuError as error:
            actual = error.code
        assert actual in (codes or {None, "not_found"}), f"once more: {actual}, not {codes or None}"

    async def _pass(self, by: timedelta) -> None:
        await self._around(by, super()._pass)

    async def _next_transition(self) -> None:
        """To the next start or end of a share, or the last moment before."""
        shares = [share.terms for known in self.naive.libraries.values() for share in known.shares.values()]
        instants = [i for terms in shares for i in (terms.starts_at, terms.expires_at) if i and i > self.naive.now + MS]
        if instants:
            await self._pass(min(instants) - self.naive.now - self.dice.choice([MS, 0 * MS, 0 * MS]))

    async def _there_and_back(self) -> None:
        """A library that is deleted is restored, an archived one opened; else one of them is closed."""
        for library, known in self.naive.libraries.items():
            if known.kept_until is not None and not known.is_deleted:
                await self._played("restore_library", ROOT, library)
                return
            if known.is_archived and not known.is_deleted:
                await self._played("archive_library", ROOT, library, False)
                return
        if self.dice.random() < 0.6:
            await self._played("bin_library", ROOT, self._known(), KEPT)
        else:
            await self._played("archive_library", ROOT, self._known(), True)

    def _actor(self) -> str:
        """More often than in other histories somebody who may."""
        return ROOT if self.dice.random() < BY_ROOT else super()._actor()

    async def _undo(self) -> None:
        if self.undoing.changes:
            change = self.dice.choice(self.undoing.changes[-12:])
            self.log.append(f"undo {change}")
            await self.undoing.undo(change, nothing_since=False)

    async def _ask(self) -> None:
        user, library = self._of(USERS[1:]), self._of([*LIBRARIES, "l9"])
        terms = NaiveTerms(frozenset({"read"} | {p for p in ("write", "share") if self.dice.random() < 0.3}))
        self.log.append(f"ask {user} {library} {terms}")
        await self.requests.ask(user, library, terms)

    async def _decide(self) -> None:
        """Approved or denied, by the administrator or by anybody."""
        if not self.requests.kept:
            return
        request = self.dice.choice([*self.requests.kept.values()])
        actor, is_approved = self.dice.choice([ROOT, ROOT, self._actor()]), self.dice.random() < 0.7
        self.log.append(f"{'approve' if is_approved else 'deny'} by {actor} {request}")
        shares = self.undoing.shares(request.library)
        change_id = await self.requests.decide(actor, request, is_approved=is_approved)
        self.undoing.note(change_id, request.library, shares)
