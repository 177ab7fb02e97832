"""Changes taken back, in a history: to the letter what they were the inverse of, or nothing at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from entaku.core.errors import Conflict
from entaku.modules.sharing import UndoState
from tests.modules.sharing.naive import Naive, NaiveShare
from tests.modules.sharing.world import ROOT, World

Shares = dict[str, NaiveShare]


@dataclass(frozen=True)
class NaiveChange:
    """A change of shares: what it touched, as that was before and after; None for no share."""

    change_id: str
    library: str
    created_at: datetime
    before: dict[str, NaiveShare | None]
    after: dict[str, NaiveShare | None]


class Undoing:
    """The changes of a tenant, in their order. Every method raises AssertionError where the two sides differ."""

    def __init__(self, world: World, naive: Naive) -> None:
        self._world, self._naive = world, naive
        self.changes: list[NaiveChange] = []
        self.states: dict[str, int] = {}
        """How often what came of it."""

    def shares(self, library: str) -> Shares:
        known = self._naive.libraries.get(library)
        return {} if known is None else dict(known.shares)

    def note(self, change_id: str | None, library: str, before: Shares) -> None:
        """That this change has made of these shares what they are now."""
        after = self.shares(library)
        touched = sorted(each for each in before.keys() | after.keys() if before.get(each) != after.get(each))
        assert (change_id is not None) == bool(touched), f"{change_id} has touched {touched}"
        if change_id is not None:
            was = {each: before.get(each) for each in touched}
            made = {each: after.get(each) for each in touched}
            created_at = self._naive.libraries[library].created_at
            self.changes.append(NaiveChange(change_id, library, created_at, was, made))

    async def undo(self, change: NaiveChange, *, nothing_since: bool) -> None:
        """Where nothing has happened since and the library is open, it must be undone."""
        known = self._naive.libraries[change.library]
        is_as_made = all(known.shares.get(each) == share for each, share in change.after.items())
        is_open = self._naive.is_open_to(ROOT, change.library) and known.created_at == change.created_at
        try:
            outcome = await self._world.sharing.undo.undo(self._world.actor(), change.change_id)
        except Conflict:
            state = "refused"
        else:
            (only,) = outcome.resources
            state = only.state.value
            if only.state is UndoState.UNDONE:
                assert is_as_made, "it was undone, and what it had made was not there any more"
                assert is_open, "it was undone in another library, or in one that nobody sees"
                self._take_back(change, outcome.change_id)
        self.states[state] = self.states.get(state, 0) + 1
        assert state == "undone" or not (nothing_since and is_open and not known.is_archived), state

    def _take_back(self, change: NaiveChange, change_id: str | None) -> None:
        known, shares = self._naive.libraries[change.library], self.shares(change.library)
        for principal, share in change.before.items():
            if share is None:
                del known.shares[principal]
            else:
                known.shares[principal] = share
        known.records += len(change.before)
        self.note(change_id, change.library, shares)
