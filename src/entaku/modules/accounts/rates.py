"""How often tenants may ask: a token bucket for each, in each worker.

A worker knows of no other, so each holds a tenant to an equal share of its limit: asking them would cost more than the
answer. A bucket fills at that share and holds two seconds of it, at least one request. A tenant whose requests come
over one connection meets one worker, and so its share alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from entaku.core.context import Actor
from entaku.core.errors import Limited

BURST_S = 2.0
NEVER_S = 60.0
"""What a tenant is told to wait that may not ask at all: somebody may change that."""
TENANTS_MAX = 100_000
"""Whose buckets a worker keeps; the longest unheard of goes first, and begins anew with a full one."""


class Bucket:
    """What a tenant may still ask of this worker."""

    __slots__ = ("filled_at", "fullest", "level", "per_s", "rate")

    def __init__(self, rate: int, workers: int, now: float) -> None:
        # Requests a second, of all workers together.
        self.rate = rate
        self.filled_at = now
        self.per_s = rate / workers
        self.fullest = max(1.0, BURST_S * self.per_s) if rate else 0.0
        self.level = self.fullest

    def take(self, now: float) -> float:
        """Takes one request, and says how many seconds there are to wait: 0 when there was one."""
        level = min(self.fullest, self.level + (now - self.filled_at) * self.per_s)
        self.filled_at = now
        if level < 1.0:
            self.level = level
            return (1.0 - level) / self.per_s if self.rate else NEVER_S
        self.level = level - 1.0
        return 0.0


class Rates:
    """Implements the edge's `Admission`. `learn` is told a tenant's limit whenever somebody of it is let in anew."""

    def __init__(self, workers: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._workers, self._monotonic = workers, monotonic
        self._buckets: dict[str, Bucket] = {}

    def learn(self, tenant_id: str, rate: int | None) -> None:
        """The limit of a tenant, None for none. Where it is another than before, its bucket is full again."""
        known = self._buckets.pop(tenant_id, None)
        if rate is not None:
            if known is None or known.rate != rate:
                known = Bucket(rate, self._workers, self._monotonic())
            self._buckets[tenant_id] = known
            if len(self._buckets) > TENANTS_MAX:
                del self._buckets[next(iter(self._buckets))]

    def admit(self, actor: Actor) -> None:
        """Counts one request. Raises Limited for one too many. Takes less than a microsecond."""
        bucket = self._buckets.get(actor.tenant_id)
        if bucket is not None and (wait_s := bucket.take(self._monotonic())):
            raise Limited(
                f"tenant {actor.tenant_id!r} sends more than its limit of {bucket.rate} requests a second; ask again"
                " later, more slowly, or ask for a higher tier",
                retry_after_s=wait_s,
            )
