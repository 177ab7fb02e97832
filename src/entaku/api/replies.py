"""What a handler returns when the body alone does not say it all: version, location, replay, status."""

from __future__ import annotations

from typing import TypeVar
from urllib.parse import quote

from litestar import Response

from entaku.api.etags import version_etag
from entaku.api.idempotency import IDEMPOTENCY_REPLAYED_HEADER
from entaku.api.languages import language_headers
from entaku.core.languages import Language

T = TypeVar("T")


def reply(
    view: T,
    *,
    status: int | None = None,
    version: int | None = None,
    location: str | None = None,
    replayed: bool = False,
    language: Language | None = None,
) -> Response[T]:
    """An answer with a body.

    `status` defaults to the route's own. `version` becomes the ETag; on a GET, a reader who sent it back as
    If-None-Match gets 304 without a body. `location` is a path, of which each segment is escaped. `replayed` tells the
    caller that the service had done this before, under the same idempotency key, and only repeats its answer.
    `language` is that of the sentences in the body; without one it holds none.
    """
    headers = {} if language is None else language_headers(language)
    if version is not None:
        headers["ETag"] = version_etag(version)
    if location is not None:
        headers["Location"] = quote(location, safe="/")
    if replayed:
        headers[IDEMPOTENCY_REPLAYED_HEADER] = "true"
    return Response(view, status_code=status, headers=headers)
