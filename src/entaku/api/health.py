"""Whether this process answers: for load balancers and start-up scripts, so it needs no token and touches no data."""

from __future__ import annotations

import msgspec
from litestar import get
from litestar.handlers import HTTPRouteHandler

from entaku.api.auth import ANONYMOUS


class HealthView(msgspec.Struct, frozen=True):
    """It answers, so it is well."""

    status: str = "ok"


def health_route() -> HTTPRouteHandler:
    """`GET /healthz`."""

    @get("/healthz", opt=ANONYMOUS, tags=["Operation"], security=[{}], summary="Is this process answering?")
    async def health() -> HealthView:
        """For everybody, without a token. It touches no data."""
        return HealthView()

    return health
