"""How many capacity units each pattern has consumed for each tenant: counted in memory, written down as lines of JSON.

A process appends to the file of the day, one line for each tenant and pattern since the last time; several processes
share a folder. Files are removed when they are older than `USAGE_KEPT_DAYS`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import msgspec

from entaku.core.clock import Clock

FLUSH_EVERY_S = 60.0
USAGE_KEPT_DAYS = 62
USAGE_NAMES_MAX = 10_000
"""Tenants and patterns that one process counts apart between two writes; of what is more, only the sum."""

REST = "(others)"
"""In place of the tenant and the pattern of what is more."""


class UsageLine(msgspec.Struct, frozen=True, kw_only=True):
    """What one tenant's use of one pattern has consumed in a stretch of time."""

    since: datetime
    until: datetime
    tenant: str
    """Empty for the platform's own."""
    what: str
    """A pattern, as `LIBRARY.by_name`, or a verb and a kind, as `create LIBRARY`."""
    in_transaction: bool = False
    calls: float = 0
    """Items read by key, pages listed, writes sent."""
    read_units: float = 0.0
    write_units: float = 0.0
    index_units: float = 0.0
    """The part of them that indexes consumed."""


class Counter:
    """The sums of one tenant's use of one pattern."""

    __slots__ = ("calls", "index_units", "read_units", "write_units")

    def __init__(self) -> None:
        self.calls = self.read_units = self.write_units = self.index_units = 0.0


UsageKey = tuple[str, str, bool]
"""Tenant, what, and whether in a transaction."""

OnUnits = Callable[[str, float, float], None]
"""Told a pattern with the read and write units that it has consumed."""


class Usage:
    """Counts for one process. `flush` writes down what has come since the last time, and so does now and then `due`."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.on_units: OnUnits | None = None
        self._folder, self._clock = folder, clock
        self._counters: dict[UsageKey, Counter] = {}
        self._since = clock.now()
        self._flushed_at = monotonic()
        self._flushing: asyncio.Future[None] | None = None

    def watch(self, on_units: OnUnits) -> None:
        """From now on, tell this one too."""
        self.on_units = on_units

    def of(self, key: UsageKey) -> Counter:
        """The counter of that name."""
        counter = self._counters.get(key)
        if counter is None:
            if len(self._counters) >= USAGE_NAMES_MAX:
                key = (REST, REST, False)
            counter = self._counters.setdefault(key, Counter())
        return counter

    def due(self) -> None:
        """Writes in a thread when it is time to. Called inside an event loop."""
        if monotonic() - self._flushed_at >= FLUSH_EVERY_S and (self._flushing is None or self._flushing.done()):
            lines = self._taken()
            self._flushing = asyncio.get_running_loop().run_in_executor(None, self._write, lines)

    async def flush(self) -> None:
        """Writes what has been counted."""
        if self._flushing is not None:
            await self._flushing
        lines = self._taken()
        if lines:
            await asyncio.to_thread(self._write, lines)

    def _taken(self) -> list[UsageLine]:
        counters, since, until = self._counters, self._since, self._clock.now()
        self._counters, self._since, self._flushed_at = {}, until, monotonic()
        return [
            UsageLine(
                since=since,
                until=until,
                tenant=tenant,
                what=what,
                in_transaction=in_transaction,
                calls=counter.calls,
                read_units=counter.read_units,
                write_units=counter.write_units,
                index_units=counter.index_units,
            )
            for (tenant, what, in_transaction), counter in counters.items()
        ]

    def _write(self, lines: list[UsageLine]) -> None:
        """In one piece, so that lines of several processes do not mix. A full disk loses figures and nothing else."""
        if not lines:
            return
        today = lines[0].until.date()
        text = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
        with contextlib.suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = os.open(_file_of(self._folder, today), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                os.write(file, text)
            finally:
                os.close(file)
            for day, old in _files(self._folder):
                if day < today - timedelta(days=USAGE_KEPT_DAYS):
                    old.unlink(missing_ok=True)


def read_usage(folder: Path, *, since: date | None = None, tenant: str | None = None) -> list[UsageLine]:
    """What was written down, summed by tenant and pattern, most units first. Lines that were cut off are left out."""
    sums: dict[UsageKey, UsageLine] = {}
    for line in _lines(folder, since):
        if tenant is None or line.tenant == tenant:
            key = (line.tenant, line.what, line.in_transaction)
            sums[key] = _sum(sums[key], line) if key in sums else line
    return sorted(sums.values(), key=lambda line: (-line.read_units - line.write_units, line.tenant, line.what))


def _lines(folder: Path, since: date | None) -> Iterator[UsageLine]:
    decode = msgspec.json.Decoder(UsageLine).decode
    for day, file in _files(folder):
        if since is None or day >= since:
            for text in file.read_bytes().splitlines():
                with contextlib.suppress(msgspec.MsgspecError):
                    yield decode(text)


def _files(folder: Path) -> Iterable[tuple[date, Path]]:
    for file in sorted(folder.glob("*.jsonl")) if folder.is_dir() else ():
        with contextlib.suppress(ValueError):
            yield date.fromisoformat(file.stem), file


def _file_of(folder: Path, day: date) -> Path:
    return folder / f"{day.isoformat()}.jsonl"


def _sum(one: UsageLine, other: UsageLine) -> UsageLine:
    sums = ("calls", "read_units", "write_units", "index_units")
    fields: dict[str, Any] = {name: getattr(one, name) + getattr(other, name) for name in sums}
    since, until = min(one.since, other.since), max(one.until, other.until)
    return msgspec.structs.replace(one, since=since, until=until, **fields)
