"""Everything a user reaches, over REST; `reached_front` answers the commonest form of it."""

from __future__ import annotations

import time
from typing import Annotated, cast

from litestar import Response, get
from litestar.params import FromPath, QueryParameter

from entaku.api.auth import CallingActor
from entaku.api.pages import RequestedPage
from entaku.modules.sharing.list_pages import ReachedLibraries, WirePage
from entaku.modules.sharing.lists import ListRequest
from entaku.modules.sharing.routes.dependencies import Search, SharingModule, SortedBy, WithPermission


@get("/users/{user_id:str}/libraries", tags=["Libraries"], summary="Everything a user reaches")
async def list_reached(
    actor: CallingActor,
    sharing: SharingModule,
    user_id: FromPath[str],
    page: RequestedPage,
    q: Search = "",
    sort: SortedBy = "name",
    include_expired: Annotated[
        bool, QueryParameter(name="include_expired", description="Also libraries whose shares have all ended.")
    ] = False,
    permission: WithPermission = None,
) -> Response[ReachedLibraries]:
    """One's own list for everybody, anybody's for administrators. Exact: it was all true at one instant."""
    started = time.perf_counter()
    request = ListRequest(
        limit=page.limit,
        cursor=page.cursor,
        q=q,
        sort=sort,
        permission=permission,
        include_expired=include_expired,
    )
    found = await sharing.pages.page(actor, user_id, request)
    return reached_response(found, started)


def reached_response(page: WirePage, started: float) -> Response[ReachedLibraries]:
    """The page as it is, encoded already, with the time spliced in."""
    body = page.body((time.perf_counter() - started) * 1e3)
    response = Response(body, media_type="application/json", headers={"ETag": page.etag})
    return cast("Response[ReachedLibraries]", response)


REACHED_HANDLERS = [list_reached]
