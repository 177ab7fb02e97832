"""Reading one's own writes, over HTTP: `Consistency-Token` out of a write, and into the requests that must see it.

A write is answered with the token of what it has committed, whatever route it came by, but for those marked
`opt=NO_TOKEN`. A request that carries one waits until that can be read, a second at most, and is refused with 503
otherwise; without one nothing is asked for.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from entaku.api.exchange import Exchange
from entaku.core.limits import CURSOR_BYTES_MAX
from entaku.table.commits import gathered
from entaku.table.consistency import ConsistencyTokens

CONSISTENCY_HEADER = "Consistency-Token"
_SENT = CONSISTENCY_HEADER.lower().encode()
NO_TOKEN: dict[str, Any] = {"no_token": True}
"""The mark of a route whose writes are more or fewer because of what its caller may not know: a token is sealed, and
yet as long as what it names."""

_DESCRIPTION = "Of the latest write that must be seen: the request waits for it, or is refused with 503."
_ANSWERED = "Stands for what was written. Sent with a later request, it makes sure that this is seen."
_EXAMPLE = "9kQx0m3vJb5cTq"


class Consistency:
    """Waits for the tokens of requests, and gives those of answers."""

    def __init__(self, tokens: ConsistencyTokens) -> None:
        self._tokens = tokens

    async def wait(self, exchange: Exchange) -> None:
        """Until what the token of the request stands for can be read; at once where none was sent. The caller is known
        by now. Raises Invalid for a token of another tenant, Behind."""
        token = exchange.headers.get(_SENT)
        if token is not None and exchange.actor is not None:
            await self._tokens.wait_for(exchange.actor.tenant_id, token.decode("latin-1"))

    @contextmanager
    def watching(self, exchange: Exchange) -> Generator[None]:
        """While the request is answered: what it commits becomes the token of its answer."""
        actor = exchange.actor
        if actor is None:
            yield
            return
        with gathered() as commits:
            exchange.token = lambda: self._tokens.of(actor.tenant_id, commits) if commits else None
            yield


def sent_parameter() -> dict[str, Any]:
    """What the document says of the header of requests."""
    return {
        "name": CONSISTENCY_HEADER,
        "in": "header",
        "required": False,
        "description": _DESCRIPTION,
        "schema": {
            "type": "string",
            "pattern": "^[A-Za-z0-9_-]+$",
            "minLength": 1,
            "maxLength": CURSOR_BYTES_MAX,
            "examples": [_EXAMPLE],
        },
    }


def answered_header() -> dict[str, Any]:
    """What the document says of the header of answers."""
    return {"description": _ANSWERED, "schema": {"type": "string"}}
