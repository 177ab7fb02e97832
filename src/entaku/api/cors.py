"""Which web pages of other origins may call: those the operator lists, none by default.

Callers are known by bearer tokens and never by cookies, so credentials are not allowed across origins.
"""

from __future__ import annotations

from collections.abc import Sequence

from entaku.api.exchange import Exchange, Headers

PREFLIGHT_KEPT_S = 600

_METHODS = b"GET, HEAD, POST, PUT, PATCH, DELETE"
_REQUEST_HEADERS = (
    b"Authorization, Consistency-Token, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID,"
    b" X-Request-Id, X-Tenant"
)
_EXPOSED = b"Consistency-Token, ETag, Idempotency-Replayed, Link, Location, Retry-After, X-Request-Id"


class CrossOrigin:
    """Answers what browsers ask before and during a request from another origin."""

    def __init__(self, origins: Sequence[str]) -> None:
        """`origins` as browsers send them: `https://app.example.com`, without a path; `*` for every origin."""
        self._any = "*" in origins
        self._origins = frozenset(origin.encode("latin-1") for origin in origins)

    def headers(self, exchange: Exchange) -> Headers:
        """What every answer carries for browsers; of no use to a page whose origin is not listed."""
        origin = self._listed_origin(exchange)
        if origin is None:
            return [(b"vary", b"Origin")]
        return [
            (b"access-control-allow-origin", origin),
            (b"access-control-expose-headers", _EXPOSED),
            (b"vary", b"Origin"),
        ]

    def is_preflight(self, exchange: Exchange) -> bool:
        """Whether a browser asks on behalf of a page, before it sends the request itself."""
        headers = exchange.headers
        return exchange.method == "OPTIONS" and b"origin" in headers and b"access-control-request-method" in headers

    def preflight_headers(self, exchange: Exchange) -> Headers:
        """What the answer to a preflight carries besides `headers`. An origin that is not listed is told nothing."""
        if self._listed_origin(exchange) is None:
            return []
        return [
            (b"access-control-allow-methods", _METHODS),
            (b"access-control-allow-headers", _REQUEST_HEADERS),
            (b"access-control-max-age", str(PREFLIGHT_KEPT_S).encode()),
        ]

    def _listed_origin(self, exchange: Exchange) -> bytes | None:
        origin = exchange.headers.get(b"origin")
        return origin if origin is not None and (self._any or origin in self._origins) else None
