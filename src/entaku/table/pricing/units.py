"""Capacity units, as DynamoDB counts them for requests to one item or one partition.

AWS, DynamoDB developer guide, "DynamoDB read and write operations" and "Global secondary indexes": reads count by
4 KB, writes by 1 KB, each rounded up; an eventually consistent read is half a unit, and in a transaction everything
counts twice. An index is written after its table, so that a transaction does not double it.
"""

from __future__ import annotations

from math import ceil
from typing import Literal

import msgspec

READ_BYTES = 4096
WRITE_BYTES = 1024

Reading = Literal["eventual", "consistent", "transaction"]

READ_FACTORS: dict[Reading, float] = {"eventual": 0.5, "consistent": 1.0, "transaction": 2.0}
IN_TRANSACTION = 2


class Units(msgspec.Struct, frozen=True, kw_only=True):
    """Read and write units of a request, or of many, by where they are consumed: 0 is the table, 1 is GSI1."""

    reads: dict[int, float] = {}
    writes: dict[int, float] = {}

    @property
    def read_total(self) -> float:
        return sum(self.reads.values())

    @property
    def write_total(self) -> float:
        return sum(self.writes.values())

    @property
    def index_writes(self) -> float:
        """The part of the writes that indexes make."""
        return sum(units for index, units in self.writes.items() if index)

    def times(self, count: float) -> Units:
        return Units(
            reads={index: units * count for index, units in self.reads.items()},
            writes={index: units * count for index, units in self.writes.items()},
        )

    def plus(self, other: Units) -> Units:
        return Units(reads=_sum(self.reads, other.reads), writes=_sum(self.writes, other.writes))


def read_units(size_bytes: float, reading: Reading) -> float:
    """Of one item, or of all the items that one query looked at; what is not there counts as the smallest item."""
    return max(1, ceil(size_bytes / READ_BYTES)) * READ_FACTORS[reading]


def write_units(size_bytes: float, *, in_transaction: bool = False) -> float:
    """Of one item: put, changed, removed, or only checked in a transaction. A changed one counts with the larger of
    its sizes, before and after."""
    return max(1, ceil(size_bytes / WRITE_BYTES)) * (IN_TRANSACTION if in_transaction else 1)


def _sum(one: dict[int, float], other: dict[int, float]) -> dict[int, float]:
    return {index: one.get(index, 0.0) + other.get(index, 0.0) for index in sorted(one.keys() | other.keys())}
