"""Measuring: how many capacity units each pattern consumes for each tenant.

DynamoDB says itself what each request has consumed, and that is shared among the patterns that asked together. For an
engine that does not say it the same units are computed from the sizes of what was read and written, by the rules of
`pricing/units`. Who does not measure has no measured driver in between, and pays nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple, Protocol

from entaku.table.driver import (
    Action,
    Check,
    Codec,
    Delete,
    Item,
    ItemKey,
    Patch,
    Put,
    Range,
    Stretch,
)
from entaku.table.metering.usage import Usage, UsageKey
from entaku.table.metering.usage_names import OTHER, UsageNames, key_name
from entaku.table.pricing.units import Reading, read_units, write_units

ENVELOPE_BYTES = 170
"""Names and values of an item's envelope without its keys: about what they are, for sizes that are only counted."""

WRITING_OPERATIONS = frozenset({"DeleteItem", "PutItem", "TransactWriteItems", "UpdateItem"})

Shares = Mapping[UsageKey, float]
"""Who asks together, each with its weight."""


class _Asking(NamedTuple):
    """Who asks at this moment, in this task."""

    reads: Shares
    writes: Shares


_NOBODY: Shares = {("", OTHER, False): 1.0}
_asking: ContextVar[_Asking | None] = ContextVar("asking", default=None)


class Consumed(Protocol):
    """What one request has consumed, as an engine says it."""

    @property
    def table(self) -> float: ...
    @property
    def indexes(self) -> Mapping[str, float]: ...


class Meter:
    """Counts what is consumed, for those who are asking."""

    def __init__(self, usage: Usage) -> None:
        self.usage = usage

    def on_capacity(self, operation: str, consumed: Consumed) -> None:
        """For a driver to call after each request."""
        is_write, asking, indexes = operation in WRITING_OPERATIONS, _asking.get(), sum(consumed.indexes.values())
        shares = _NOBODY if asking is None else asking.writes if is_write else asking.reads
        whole = sum(shares.values()) or 1.0
        for key, weight in shares.items():
            part = weight / whole
            self.count(key, is_write, (consumed.table + indexes) * part, indexes * part)

    def count(self, key: UsageKey, is_write: bool, units: float, index_units: float) -> None:
        counter = self.usage.of(key)
        if is_write:
            counter.write_units += units
        else:
            counter.read_units += units
        counter.index_units += index_units
        if self.usage.on_units is not None:
            self.usage.on_units(key[1], 0.0 if is_write else units, units if is_write else 0.0)

    @contextmanager
    def asked(self, calls: Shares, *, reads: Shares, writes: Shares = _NOBODY) -> Generator[None]:
        """While it lasts, what reads and writes consume is that of these."""
        for key, count in calls.items():
            self.usage.of(key).calls += count
        before = _asking.set(_Asking(reads, writes))
        try:
            yield
        finally:
            _asking.reset(before)
        self.usage.due()


class Measurement:
    """Says who asks for what, and how many units it comes to where the engine does not say it."""

    def __init__(self, meter: Meter, names: UsageNames, codec: Codec, *, says_units: bool) -> None:
        self.meter, self.says_units = meter, says_units
        self._names, self._codec = names, codec

    def readers(self, keys: Sequence[ItemKey]) -> list[UsageKey]:
        """Who asks for each key."""
        return [(tenant, key_name(info), False) for tenant, info in map(self._names.of_key, keys)]

    def count_read(self, asked: Sequence[UsageKey], items: Sequence[Item | None], reading: Reading) -> None:
        if not self.says_units:
            for key, item in zip(asked, items, strict=True):
                self.meter.count(key, False, read_units(self._size(item), reading), 0.0)

    def listers(self, ranges: Sequence[Range]) -> list[UsageKey]:
        """Who asks for each range: those of one call are partitions of one listing, or several listings."""
        return [(tenant, what, False) for tenant, what, _ in map(self._names.of_range, ranges)]

    def count_listed(
        self, asked: Sequence[UsageKey], ranges: Sequence[Range], stretches: Sequence[Stretch], *, consistent: bool
    ) -> None:
        if not self.says_units:
            for key, part, stretch in zip(asked, ranges, stretches, strict=True):
                size = sum(map(self._size, stretch.items))
                units = read_units(size, "consistent" if consistent and not part.index else "eventual")
                self.meter.count(key, False, units, units if part.index else 0.0)

    def writers(self, actions: Sequence[Action]) -> list[UsageKey]:
        """Who does each action."""
        together = is_transaction(actions)
        return [(tenant, f"{_verb(a)} {i.kind if i else OTHER}", together) for a, tenant, i in self._owners(actions)]

    def readers_after(self, asked: Sequence[UsageKey], actions: Sequence[Action]) -> Shares:
        """Whose items are read when a transaction is done: those of its patches."""
        patched = [key for key, action in zip(asked, actions, strict=True) if isinstance(action, Patch)]
        return Counter(patched or asked)

    def weights(self, asked: Sequence[UsageKey], actions: Sequence[Action]) -> Shares:
        """How much of a transaction is whose, by what each action should consume."""
        weights: dict[UsageKey, float] = {}
        for key, action in zip(asked, actions, strict=True):
            weights[key] = weights.get(key, 0.0) + sum(self._write_units(action, None, together=True))
        return weights

    def count_written(
        self, asked: Sequence[UsageKey], actions: Sequence[Action], stored: Sequence[Item | None]
    ) -> None:
        if not self.says_units:
            together = is_transaction(actions)
            for key, action, item in zip(asked, actions, stored, strict=True):
                table, indexes = self._write_units(action, item, together=together)
                self.meter.count(key, True, table + indexes, indexes)
                if together and isinstance(action, Patch):
                    self.meter.count(key, False, read_units(self._size(item), "consistent"), 0.0)

    def _owners(self, actions: Sequence[Action]) -> list[tuple[Action, str, Any]]:
        return [(action, *self._names.of_key(action.key)) for action in actions]

    def _write_units(self, action: Action, stored: Item | None, *, together: bool) -> tuple[float, float]:
        """Of the table and of indexes. The size of what is removed is not known here; it counts as the smallest."""
        size = self._size(action.item if isinstance(action, Put) else stored)
        table = write_units(size, in_transaction=together)
        match action:
            case Check():
                return table, 0.0
            case Put():
                return table, write_units(size) * len(action.item.index_keys)
            case Patch() | Delete():
                _, info = self._names.of_key(action.key)
                # A changed key is removed from one place of the index and put into another.
                moved = len(action.index_keys) if isinstance(action, Patch) else 0
                return table, write_units(size) * ((len(info.indexes) if info else 0) + moved)

    def _size(self, item: Item | None) -> int:
        if item is None:
            return 0
        keys = sum(len(key.pk) + len(key.sk) for key in item.index_keys)
        return self._codec.size(item.data) + len(item.pk) + len(item.sk) + keys + ENVELOPE_BYTES


def is_transaction(actions: Sequence[Action]) -> bool:
    """Whether the actions come to a request that counts twice."""
    return len(actions) > 1 or any(isinstance(action, Check) for action in actions)


def _verb(action: Action) -> str:
    match action:
        case Put():
            return "replace" if action.expect.present else "create"
        case Patch():
            return "patch"
        case Delete():
            return "delete"
        case Check():
            return "check"
