"""What calls have consumed, for whoever counts it."""

from __future__ import annotations

from collections.abc import Callable

import msgspec


class Capacity(msgspec.Struct, frozen=True):
    """Capacity units of one request; whether they are of reading or of writing, the operation tells."""

    table: float
    indexes: dict[str, float]
    """By the name of the index, as `GSI1`."""

    @property
    def total(self) -> float:
        return self.table + sum(self.indexes.values())


OnCapacity = Callable[[str, Capacity], None]
"""Told the operation, as `Query`, and what it has consumed; for each request, so it must be quick."""

COUNTED = frozenset(
    {
        "BatchGetItem",
        "DeleteItem",
        "GetItem",
        "PutItem",
        "Query",
        "Scan",
        "TransactGetItems",
        "TransactWriteItems",
        "UpdateItem",
    }
)


class _Units(msgspec.Struct, frozen=True):
    units: float = msgspec.field(name="CapacityUnits", default=0.0)


class _Consumed(msgspec.Struct, frozen=True):
    units: float = msgspec.field(name="CapacityUnits", default=0.0)
    table: _Units | None = msgspec.field(name="Table", default=None)
    indexes: dict[str, _Units] = msgspec.field(name="GlobalSecondaryIndexes", default_factory=dict[str, _Units])


class _One(msgspec.Struct, frozen=True):
    consumed: _Consumed | list[_Consumed] = msgspec.field(name="ConsumedCapacity", default_factory=list[_Consumed])


_decode = msgspec.json.Decoder(_One).decode


def capacity_of(answer: bytes) -> Capacity:
    """What the answer says that it has cost. Requests for several items say it of each table; ours is one."""
    consumed = _decode(answer).consumed
    table, indexes = 0.0, dict[str, float]()
    for each in consumed if isinstance(consumed, list) else [consumed]:
        # The whole includes the indexes, and of a transaction not everybody says the table's part by itself.
        of_indexes = sum(index.units for index in each.indexes.values())
        table += each.units - of_indexes if each.table is None else each.table.units
        for name, index in each.indexes.items():
            indexes[name] = indexes.get(name, 0.0) + index.units
    return Capacity(table, indexes)
