"""What an import came to, and how far it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

import msgspec

from entaku.modules.accounts import PrincipalKind

Noun = Literal["organisation", "departments", "roles", "groups", "users", "libraries", "shares"]
NOUNS: tuple[Noun, ...] = get_args(Noun)
ENTRIES: dict[PrincipalKind, Noun] = {
    PrincipalKind.DEPARTMENT: "departments",
    PrincipalKind.ROLE: "roles",
    PrincipalKind.GROUP: "groups",
}
"""What is counted of each kind of entry of the directory."""
Progress = Callable[[str, int, int], None]
"""Told the phase, how much of it is done, and how much it is in all."""


class Count(msgspec.Struct):
    """What became of the things of one kind."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0


class ImportReport(msgspec.Struct):
    """What an import did. Filled while it runs."""

    tenant_id: str
    counts: dict[Noun, Count] = msgspec.field(default_factory=dict[Noun, Count])
    warnings: list[str] = msgspec.field(default_factory=list[str])
    change_id: str | None = None
    """By which what it did to shares is undone as a whole; None where it did nothing to any."""

    def of(self, noun: Noun) -> Count:
        """The count of one noun, made when it is asked for; whatever comes first, they stand in the order of NOUNS."""
        if noun not in self.counts:
            self.counts[noun] = Count()
            self.counts = {each: self.counts[each] for each in NOUNS if each in self.counts}
        return self.counts[noun]


def silent(phase: str, done: int, total: int) -> None:
    """Progress that nobody watches."""
