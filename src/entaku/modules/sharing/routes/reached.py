"""Everything a user reaches, over REST; `reached_front` answers the commonest form of it."""

from __future__ import annotations

import time
from typing import cast

from litestar import Response, get
from litestar.params import FromPath

from entaku.api.auth import CallingActor
from entaku.modules.sharing.lists.pages import WirePage
from entaku.modules.sharing.lists.views import ReachedLibraries
from entaku.modules.sharing.routes.dependencies import TAKES_LIST_REQUEST, SentListRequest, SharingModule


@get(
    "/users/{user_id:str}/libraries",
    dependencies=TAKES_LIST_REQUEST,
    tags=["Libraries"],
    summary="Everything a user reaches",
)
async def list_reached(
    actor: CallingActor, sharing: SharingModule, user_id: FromPath[str], wanted: SentListRequest
) -> Response[ReachedLibraries]:
    """One's own list for everybody, anybody's for administrators. Exact: it was all true at one instant."""
    started = time.perf_counter()
    return reached_response(await sharing.pages.page(actor, user_id, wanted), started)


def reached_response(page: WirePage, started: float) -> Response[ReachedLibraries]:
    """The page as it is, encoded already, with the time spliced in."""
    body = page.body((time.perf_counter() - started) * 1e3)
    response = Response(body, media_type="application/json", headers={"ETag": page.etag})
    return cast("Response[ReachedLibraries]", response)


REACHED_HANDLERS = [list_reached]
