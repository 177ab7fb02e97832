"""First versions. A version never repeats: not after delete and create, not when the clock stands still or goes back.

A process knows what it has given and seen; what items had that others removed, only the engine knows. It refuses a
first version that is used up and says which are not, and whoever can do the work again does it again, above those.
"""

from __future__ import annotations

from datetime import datetime

from entaku.core.clock import to_us
from entaku.core.errors import Conflict


class ClockBehind(Conflict):
    """The clock was set back behind what is stored; new versions begin above that now, so do it again."""


class VersionSource:
    """Gives the epoch in microseconds, but always more than any version that this process has given or seen."""

    def __init__(self) -> None:
        self._last = 0

    def first(self, at: datetime) -> int:
        """The version of an item that is created at this time."""
        self._last = max(to_us(at), self._last + 1)
        return self._last

    def seen(self, version: int) -> None:
        """Take note of a version that some item has reached."""
        self._last = max(self._last, version)
