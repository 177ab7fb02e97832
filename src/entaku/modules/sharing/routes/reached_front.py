"""The hottest route, `GET /api/users/{user_id}/libraries`, answered in front of the framework.

It takes requests in one form only: a path without anything to decode and no query, or `?limit=N` in plain digits. The
framework's own route answers all others, and answers these the same.
"""

from __future__ import annotations

import re
import time

from litestar.types import HTTPScope, Receive, Send

from entaku.api.exchange import actor_of
from entaku.core.limits import PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX
from entaku.modules.sharing.lists.model import ListRequest
from entaku.modules.sharing.lists.pages import ListPages

_PATH = re.compile(r"/api/users/([A-Za-z0-9][A-Za-z0-9._@+-]{0,127})/libraries")
_LIMIT = re.compile(rb"limit=([1-9][0-9]{0,2})")


class ReachedFront:
    """Answers pages of a user's libraries. An `entaku.api.fronts.Front`."""

    template = "/api/users/{user_id}/libraries"

    def __init__(self, pages: ListPages) -> None:
        self._pages = pages
        self._default = ListRequest(limit=PAGE_SIZE_DEFAULT)

    def takes(self, method: str, path: str, query_string: bytes) -> bool:
        return (
            path.endswith("/libraries")
            and method == "GET"
            and _PATH.fullmatch(path) is not None
            and (not query_string or _limit(query_string) is not None)
        )

    async def __call__(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        match = _PATH.fullmatch(scope["path"])
        assert match is not None, "takes() has matched the path"
        query = scope["query_string"]
        request = self._default if not query else ListRequest(limit=_limit(query) or PAGE_SIZE_DEFAULT)
        page = await self._pages.page(actor_of(scope), match[1], request)
        body = page.body((time.perf_counter() - started) * 1e3)
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
            (b"etag", page.etag.encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})


def _limit(query: bytes) -> int | None:
    """The limit that a query asks for, if that is all it asks for and it is in range."""
    match = _LIMIT.fullmatch(query)
    limit = int(match[1]) if match else 0
    return limit if 1 <= limit <= PAGE_SIZE_MAX else None
