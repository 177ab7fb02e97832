"""How the flaws of one file are put together: sorted, each named once, and no more of them than a person reads."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from entaku.core.errors import Flaw, Invalid
from entaku.modules.workspace.places import lineage

FLAWS_MAX = 1_000
"""Where the search stops: a file with more is rarely the one that was meant, and each flaw costs comparing words."""
FLAWS_SHOWN_MAX = 100


def consequences_left_out(flaws: Iterable[Flaw], causes: Collection[Flaw]) -> tuple[Flaw, ...]:
    """The flaws that are not about a place which has a flaw of its own in `causes`."""
    broken = {cause.path for cause in causes}
    return tuple(flaw for flaw in flaws if not any(place in broken for place in lineage(flaw.path)))


def invalid(file: str, flaws: Collection[Flaw]) -> Invalid:
    """One error for all the flaws: it carries the first hundred by line, and its message says how many are left out."""
    ordered = sorted(flaws, key=lambda flaw: (flaw.line, flaw.path, flaw.message))
    shown, more = tuple(ordered[:FLAWS_SHOWN_MAX]), len(ordered) - FLAWS_SHOWN_MAX
    if more <= 0:
        count = "1 flaw" if len(ordered) == 1 else f"{len(ordered)} flaws"
        return Invalid(f"{file} has {count}; nothing was changed", flaws=shown)
    if len(ordered) >= FLAWS_MAX:
        problem = f"has {FLAWS_MAX} flaws or more; nothing was changed. The first {FLAWS_SHOWN_MAX} found are listed"
    else:
        listed = f"The first {FLAWS_SHOWN_MAX} are listed, {more} more are not"
        problem = f"has {len(ordered)} flaws; nothing was changed. {listed}"
    return Invalid(f"{file} {problem}", flaws=shown)
