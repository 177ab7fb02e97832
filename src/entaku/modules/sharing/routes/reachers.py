"""Everyone who reaches a library, over REST."""

from __future__ import annotations

from litestar import get
from litestar.params import FromPath

from entaku.api.auth import CallingActor
from entaku.api.pages import RequestedPage
from entaku.modules.sharing.model import library_resource
from entaku.modules.sharing.reachers import ReachersRequest
from entaku.modules.sharing.reachers.views import LibraryUsers, library_users
from entaku.modules.sharing.routes.dependencies import (
    ExactTotal,
    SharingModule,
    UserSearch,
    UsersSortedBy,
    WithPermission,
)


@get("/libraries/{library_id:str}/users", tags=["Access"], summary="Everyone who reaches a library")
async def list_reachers(
    actor: CallingActor,
    sharing: SharingModule,
    library_id: FromPath[str],
    page: RequestedPage,
    q: UserSearch = "",
    sort: UsersSortedBy = "id",
    permission: WithPermission = None,
    total: ExactTotal = None,
) -> LibraryUsers:
    """For the owner and administrators. Exact: each page was true at one instant, and in the order of ids everybody
    comes once."""
    request = ReachersRequest(
        limit=page.limit, cursor=page.cursor, q=q, sort=sort, permission=permission, exact_total=total is not None
    )
    return library_users(await sharing.reachers.of_resource(actor, library_resource(library_id), request))


REACHER_HANDLERS = [list_reachers]
