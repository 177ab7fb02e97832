"""What may stand in front of the framework: the hottest routes, answered by hand."""

from __future__ import annotations

from typing import Protocol

from litestar.types import HTTPScope, Receive, Send


class Front(Protocol):
    """Answers some requests of one route at the cost of a raw ASGI application.

    Its framework route stays, documents it, and answers every request that the front does not take: a front takes only
    requests in the one form it knows to the letter, and its answer cannot be told from the route's. The caller is
    authenticated before it is called (`entaku.api.exchange.actor_of`), errors it raises before its answer starts are
    translated, If-None-Match is answered from the ETag it sends, and the request id, log line and metrics are added.
    """

    template: str
    """The path template of its route, as in `/api/users/{user_id:str}/libraries`; names it in log and metrics."""

    def takes(self, method: str, path: str, query_string: bytes) -> bool:
        """Whether the request is in its form. Cheap, pure, and called for every request; `path` is percent-decoded."""
        ...

    async def __call__(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        """Answers the request, as an ASGI application does."""
        ...
