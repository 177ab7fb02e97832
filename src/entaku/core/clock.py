"""What time it is. Everything that needs the time is given a Clock; tests give it a `ManualClock`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_US = timedelta(microseconds=1)


class Clock(Protocol):
    """Says the time, as aware UTC. Two calls may answer the same instant, and a corrected clock may go back."""

    def now(self) -> datetime: ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def to_ms(at: datetime) -> int:
    """Whole milliseconds since 1970, rounded down. Exact: no floating point is involved."""
    return (at - EPOCH) // _MS


def to_us(at: datetime) -> int:
    """Whole microseconds since 1970."""
    return (at - EPOCH) // _US


def from_ms(ms: int) -> datetime:
    """The instant that lies so many milliseconds after 1970."""
    return EPOCH + ms * _MS


def instant_text(at: datetime) -> str:
    """As a message writes an aware instant, so that it can be sent back: `2026-12-22T00:48:43.293Z`, rounded down.
    Raises OverflowError for one that is in no year from 1 to 9999 in UTC."""
    in_utc = at.astimezone(UTC).replace(tzinfo=None)
    return in_utc.isoformat(timespec="milliseconds" if in_utc.microsecond >= 1_000 else "seconds") + "Z"
