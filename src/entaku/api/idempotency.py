"""Do it once, over HTTP: `Idempotency-Key` in, `Idempotency-Replayed: true` out.

The key is bound to caller, method, target, conditions and body: the same key for anything else is a conflict, found by
the table.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from litestar import Request
from litestar.di import NamedDependency
from litestar.params import HeaderParameter

from entaku.api.exchange import CONDITIONS, actor_of, exchange_of
from entaku.table.idempotency import IDEMPOTENCY_KEY_LENGTH_MAX, IdempotencyKey, idempotency_key

IDEMPOTENCY_REPLAYED_HEADER = "Idempotency-Replayed"

SentIdempotency: TypeAlias = NamedDependency[IdempotencyKey | None]
"""What a handler writes to take the caller's key: `idempotency: SentIdempotency`."""


async def provide_idempotency(
    request: Request[Any, Any, Any],
    idempotency_key_sent: Annotated[
        str | None,
        HeaderParameter(
            name="Idempotency-Key",
            description="Chosen by the caller; a repeated request with the same key is done once, within 48 hours.",
            schema_extra={
                "minLength": 1,
                "maxLength": IDEMPOTENCY_KEY_LENGTH_MAX,
                "pattern": r"^[\x20-\x7e]+$",
                "examples": ["3f0e6a52-9c41-4f7b-8d5e-2a1b9c7d6e04"],
            },
        ),
    ] = None,
) -> IdempotencyKey | None:
    """The dependency `idempotency`: None where no key was sent. Raises Invalid for a key that is none."""
    if idempotency_key_sent is None:
        return None
    exchange, actor = exchange_of(request.scope), actor_of(request.scope)
    return idempotency_key(
        idempotency_key_sent,
        actor.tenant_id.encode(),
        actor.user_id.encode(),
        request.scope["method"].encode(),
        request.scope["path"].encode(),
        request.scope["query_string"],
        *(name + b": " + exchange.headers.get(name, b"") for name in CONDITIONS),
        await request.body(),
    )


def was_replayed(idempotency: IdempotencyKey | None) -> bool:
    """Whether the service had done this before; known after it was called."""
    return idempotency is not None and idempotency.replayed
