"""How many requests, how long, how many at once: for Prometheus, summed over all worker processes of a host.

Several processes share the figures through a folder (`metrics_folder`), which must be prepared before this module is
imported, because the library decides at its import. Without one the figures are this process's own.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from entaku.api.auth import ANONYMOUS, UNCOUNTED
from entaku.api.exchange import Exchange, actor_of
from entaku.api.metrics_folder import FOLDER_VARIABLE
from entaku.core.errors import Forbidden

# Label values come from route tables and this set, never from callers: each new value costs memory for good.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_DURATION_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """The figures of the requests of one application."""

    def __init__(self, version: str) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "entaku_http_requests",
            "Requests answered.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._durations = Histogram(
            "entaku_http_request_duration_seconds",
            "From the first byte seen to the last byte sent.",
            ("method", "route"),
            buckets=_DURATION_BUCKETS_S,
            registry=self._registry,
        )
        self._in_flight = Gauge(
            "entaku_http_requests_in_flight",
            "Requests being answered.",
            registry=self._registry,
            multiprocess_mode="livesum",
        )
        build = Gauge(
            "entaku_build_info",
            "Always 1; the version is in the label.",
            ("version",),
            registry=self._registry,
            multiprocess_mode="max",
        )
        build.labels(version).set(1)
        self._units = Counter(
            "entaku_table_units",
            "Capacity units consumed, where they are measured: DynamoDB's own, or computed from sizes.",
            ("kind", "pattern"),
            registry=self._registry,
        )
        # The library finds a labelled child in microseconds; a dict of ours finds it in a tenth of one.
        self._children: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def began(self, exchange: Exchange) -> None:
        self._in_flight.inc()

    def ended(self, exchange: Exchange, template: str, duration_s: float) -> None:
        self._in_flight.dec()
        key = (exchange.method, template, exchange.status)
        children = self._children.get(key)
        if children is None:
            children = self._remember(key)
        children[0].inc()
        children[1].observe(duration_s)

    def count_units(self, pattern: str, reads: float, writes: float) -> None:
        """Capacity units of a pattern or a verb that is declared, so that there are few; tenants would be too many."""
        if reads:
            self._units.labels("read", pattern).inc(reads)
        if writes:
            self._units.labels("write", pattern).inc(writes)

    def text(self) -> bytes:
        """The figures in Prometheus' text format."""
        folder = os.environ.get(FOLDER_VARIABLE)
        if not folder:
            return generate_latest(self._registry)
        _forget_dead_processes(Path(folder))
        together = CollectorRegistry()
        MultiProcessCollector(together)
        return generate_latest(together)

    def _remember(self, key: tuple[str, str, int]) -> tuple[Counter, Histogram]:
        method, template, status = key
        labelled = method if method in _METHODS else "other"
        children = (
            self._requests.labels(labelled, template, str(status)),
            self._durations.labels(labelled, template),
        )
        if labelled == method:
            self._children[key] = children
        return children


def _forget_dead_processes(folder: Path) -> None:
    """What a killed worker had in flight is not in flight any more; what it had counted stays counted."""
    for file in folder.glob("gauge_live*_*.db"):
        if not _is_running(int(file.stem.rpartition("_")[2])):
            file.unlink(missing_ok=True)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def metrics_route(metrics: Metrics, *, is_public: bool) -> HTTPRouteHandler:
    """`GET /metrics`, for platform operators, or for everyone who reaches it."""

    @get("/metrics", opt=ANONYMOUS if is_public else UNCOUNTED, include_in_schema=False)
    async def read_metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
        if not is_public and not actor_of(request.scope).is_operator:
            raise Forbidden("only platform operators may read the metrics")
        return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)

    return read_metrics
