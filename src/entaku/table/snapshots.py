"""Reading a consistent state: a snapshot of the engine where it has one, two equal readings elsewhere.

Versions never repeat, so if two readings in a row saw the same items at the same versions, every one of them was there,
together, at the instant between the two.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Generic, TypeVar

import msgspec

from entaku.core.clock import Clock
from entaku.core.errors import EntakuError, Internal
from entaku.table.blobs.fetching import Fetching
from entaku.table.cursors import Cursors
from entaku.table.driver import Codec, Item, ItemKey, Range, Snapshot, Stretch
from entaku.table.engine import Engine
from entaku.table.reader import Binding, Reader

T = TypeVar("T")


class Found(msgspec.Struct, Generic[T], frozen=True):
    """What a reading found. An error is a finding too: in a torn state a thing can be missing that never was."""

    value: T | None = None
    error: EntakuError | None = None

    def outcome(self) -> T:
        if self.error is not None:
            raise self.error
        return self.value  # pyright: ignore[reportReturnType]


class FrozenClock:
    """The time at which a snapshot is read; what expires during the reading is judged once."""

    def __init__(self, clock: Clock) -> None:
        self._now = clock.now()

    def now(self) -> datetime:
        return self._now


class Snapshots:
    """Attempts at one consistent reading."""

    def __init__(self, engine: Engine, binding: Binding, cursors: Cursors) -> None:
        self._engine, self._binding, self._cursors = engine, binding, cursors
        self._clock = FrozenClock(engine.clock)
        self._seen: list[object] | None = None

    async def attempt(self, collect: Callable[[Reader], Awaitable[T]]) -> Found[T] | None:
        """One run of `collect`; None when it is not certain yet that what it read was true at one instant."""
        if self._engine.driver.snapshots:
            snapshot = await self._engine.begin_snapshot()
            try:
                return Found(await collect(self._reader(OfSnapshot(snapshot))))
            finally:
                await snapshot.close()
        witness = Witness(self._engine)
        try:
            found = Found(await collect(self._reader(witness)))
        except EntakuError as error:
            found = Found[T](error=error)
        before, self._seen = self._seen, witness.seen
        return found if before == witness.seen else None

    def _reader(self, source: OfSnapshot | Witness) -> Reader:
        codec, fetching = self._engine.driver.codec, Fetching(self._engine, self._binding.owner_id)
        if isinstance(source, OfSnapshot):
            return Reader(source, codec, self._binding, self._clock, self._cursors, fetching)
        # Reads as the other one does; what it has seen is nobody's to compare.
        aside = Reader(Witness(self._engine), codec, self._binding, self._clock, self._cursors, fetching)
        return WitnessedReader(source, codec, self._binding, self._clock, self._cursors, fetching, aside)


class WitnessedReader(Reader):
    """A reader whose every call is compared with the one of the next reading, and another one beside it."""

    def __init__(
        self,
        source: Witness,
        codec: Codec,
        binding: Binding,
        clock: Clock,
        cursors: Cursors,
        fetching: Fetching,
        aside: Reader,
    ) -> None:
        super().__init__(source, codec, binding, clock, cursors, fetching)
        self._aside = aside

    @property
    def unwitnessed(self) -> Reader:
        return self._aside


class OfSnapshot:
    """A driver's snapshot, in the form a reader reads."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    async def read(
        self, keys: Sequence[ItemKey], *, now_ms: int, consistent: bool, snapshot: bool
    ) -> list[Item | None]:
        return await self._snapshot.read(keys, now_ms=now_ms)

    async def query(self, ranges: Sequence[Range], *, now_ms: int, consistent: bool) -> list[Stretch]:
        _refuse_indexes(ranges)
        return await self._snapshot.query(ranges, now_ms=now_ms)


class Witness:
    """Reads from the engine and remembers which versions it saw."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.seen: list[object] = []

    async def read(
        self, keys: Sequence[ItemKey], *, now_ms: int, consistent: bool, snapshot: bool
    ) -> list[Item | None]:
        items = await self._engine.read(keys, now_ms=now_ms, consistent=True, snapshot=snapshot)
        self.seen.append([(key, item and item.version) for key, item in zip(keys, items, strict=True)])
        return items

    async def query(self, ranges: Sequence[Range], *, now_ms: int, consistent: bool) -> list[Stretch]:
        _refuse_indexes(ranges)
        stretches = await self._engine.query(ranges, now_ms=now_ms, consistent=True)
        for part, stretch in zip(ranges, stretches, strict=True):
            self.seen.append((part.pk, part.low, part.after, [(i.sk, i.version) for i in stretch.items], stretch.more))
        return stretches


def _refuse_indexes(ranges: Sequence[Range]) -> None:
    """An index may lag behind, twice in the same way: two equal readings of one prove nothing."""
    if any(part.index for part in ranges):
        raise Internal("a snapshot reads no index: list by the table's own key")
