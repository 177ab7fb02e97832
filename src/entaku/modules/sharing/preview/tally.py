"""How many gain, lose, are changed and demoted: now, and at each of the first later instants. Pure functions of values.

Tallies of parts add up to that of the whole: an instant that is among the first ones of all was never among the others.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from entaku.modules.sharing.preview.comparing import LATER_MAX, Effect, EffectKind


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Pairs of a user and a resource by what becomes of them."""

    gains: int = 0
    loses: int = 0
    changed: int = 0
    demoted: int = 0
    same_again: int = 0

    @property
    def differing(self) -> int:
        return self.gains + self.loses + self.changed + self.demoted

    def one_more(self, kind: EffectKind) -> Counts:
        return msgspec.structs.replace(self, **{kind: getattr(self, kind) + 1})


class LaterCounts(msgspec.Struct, frozen=True):
    """The same at a later instant."""

    at: datetime
    counts: Counts


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """What was looked at, and what came of it."""

    looked_at: int = 0
    """Pairs."""
    named: int = 0
    """Pairs that are different at once or later."""
    counts: Counts = Counts()
    later: tuple[LaterCounts, ...] = ()
    """The first instants, in order."""
    leaves_out_later: bool = False
    """Whether there are more of them."""

    @property
    def unchanged(self) -> int:
        """Pairs that are not different at once; they may be later."""
        return self.looked_at - self.counts.differing


def tallied(tally: Tally, effects: Iterable[Effect], *, looked_at: int, at: datetime) -> Tally:
    """The tally with so many pairs more, of which these are different. `at` is the instant of the change."""
    counts, named = tally.counts, tally.named
    later = {each.at: each.counts for each in tally.later}
    for effect in effects:
        named += 1
        for step in effect.steps:
            if step.at == at:
                counts = counts.one_more(step.kind)
            else:
                later[step.at] = later.get(step.at, Counts()).one_more(step.kind)
    instants = sorted(later)
    return Tally(
        looked_at=tally.looked_at + looked_at,
        named=named,
        counts=counts,
        later=tuple(LaterCounts(instant, later[instant]) for instant in instants[:LATER_MAX]),
        leaves_out_later=tally.leaves_out_later or len(instants) > LATER_MAX,
    )
