"""How deep things that contain one another nest, and which of them contain themselves."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

import msgspec


class Nesting(msgspec.Struct, frozen=True):
    levels: dict[str, int]
    """The longest way from the top to each id, counted from 1; ids in or below a cycle have none."""
    cycles: tuple[tuple[str, ...], ...]
    """Each cycle once, from the inside out: every id is contained in the next, the last one in the first."""


def nesting(parents: Mapping[str, tuple[str, ...]]) -> Nesting:
    """Levels and cycles of ids and what contains them; parents that are no ids themselves are passed over."""
    known = {child: tuple(parent for parent in above if parent in parents) for child, above in parents.items()}
    levels = _levels(known)
    return Nesting(levels, _cycles({child: known[child] for child in known if child not in levels}))


def _levels(parents: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    children: dict[str, list[str]] = {child: [] for child in parents}
    for child, above in parents.items():
        for parent in above:
            children[parent].append(child)
    missing = {child: len(above) for child, above in parents.items()}
    levels = {child: 1 for child, count in missing.items() if count == 0}
    ready = deque(levels)
    while ready:
        parent = ready.popleft()
        for child in children[parent]:
            missing[child] -= 1
            if missing[child] == 0:
                levels[child] = 1 + max(levels[above] for above in parents[child])
                ready.append(child)
    return levels


def _cycles(parents: Mapping[str, tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """Follows, from each id, one parent that has no level either, until an id comes again: such a way never ends."""
    cycles: list[tuple[str, ...]] = []
    seen: set[str] = set()
    for start in parents:
        way: dict[str, int] = {}
        at = start
        while at not in seen:
            seen.add(at)
            way[at] = len(way)
            at = next(parent for parent in parents[at] if parent in parents)
        if at in way:
            cycles.append(tuple(way)[way[at] :])
    return tuple(cycles)
