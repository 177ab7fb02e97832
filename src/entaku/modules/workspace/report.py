"""What an import came to, and how far it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

Noun = Literal["departments", "roles", "groups", "users", "libraries", "shares"]
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
    warnings: list[str] = []

    def of(self, noun: Noun) -> Count:
        return self.counts.setdefault(noun, Count())


def silent(phase: str, done: int, total: int) -> None:
    """Progress that nobody watches."""
