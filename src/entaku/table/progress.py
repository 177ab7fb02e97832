"""How far work on a whole table is, for whoever watches: backups, restorations, copies and reindexing tell it."""

from __future__ import annotations

from collections.abc import Callable

Tell = Callable[[str, int, int | None], None]
"""Told the phase, how much of it is done, and how much it is in all; None where nobody knows."""


def tell_nobody(phase: str, done: int, total: int | None) -> None:
    """Nobody watches."""
