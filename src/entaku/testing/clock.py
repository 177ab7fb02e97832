"""A clock that stands still until a test moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

STARTS_AT = datetime(2026, 4, 1, 9, 30, tzinfo=UTC)


class ManualClock:
    """Implements `Clock`. It may also be set back, as a corrected clock may."""

    def __init__(self, at: datetime = STARTS_AT) -> None:
        """Raises ValueError for a time without a zone."""
        self._now = _aware(at)

    def now(self) -> datetime:
        return self._now

    def set(self, at: datetime) -> None:
        """From now on it is this time. Raises ValueError for a time without a zone."""
        self._now = _aware(at)

    def advance(self, by: timedelta) -> datetime:
        """Let so much time pass, and say what time it is then."""
        self._now += by
        return self._now


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} has no time zone; give an aware time")
    return at.astimezone(UTC)
