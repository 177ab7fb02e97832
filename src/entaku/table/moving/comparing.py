"""Comparing two tables without sorting either: count and hash of each of some buckets, whatever order a walk has."""

from __future__ import annotations

import zlib
from collections.abc import Callable

from entaku.table.driver import Item
from entaku.table.moving.neutral import DIGEST_MODULO

BUCKETS = 64
"""By partition key. What differs is named, and copied again, by the bucket."""


class BucketSums:
    """What a table holds. What had expired at an instant does not count: an engine may remove it at any time."""

    def __init__(self, digest: Callable[[Item], int], now_ms: int, *, size: int = BUCKETS) -> None:
        """`digest` is that of a `Translator`."""
        self._digest, self._now_ms, self.size = digest, now_ms, size
        self.counts = [0] * size
        self.sums = [0] * size

    @property
    def count(self) -> int:
        return sum(self.counts)

    def bucket_of(self, item: Item) -> int:
        return zlib.crc32(item.pk.encode()) % self.size

    def add(self, item: Item) -> None:
        if item.expires_ms is None or item.expires_ms > self._now_ms:
            bucket = self.bucket_of(item)
            self.counts[bucket] += 1
            self.sums[bucket] = (self.sums[bucket] + self._digest(item)) % DIGEST_MODULO

    def empty(self) -> BucketSums:
        """One that counts the same way, of nothing yet."""
        return BucketSums(self._digest, self._now_ms, size=self.size)


def differing_buckets(one: BucketSums, other: BucketSums) -> frozenset[int]:
    """The buckets in which two tables do not hold the same."""
    return frozenset(
        bucket
        for bucket in range(one.size)
        if (one.counts[bucket], one.sums[bucket]) != (other.counts[bucket], other.sums[bucket])
    )
