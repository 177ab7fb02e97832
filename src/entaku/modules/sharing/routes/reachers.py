"""Everyone who reaches a library, over REST."""

from __future__ import annotations

from litestar import get
from litestar.params import FromPath

from entaku.api.auth import CallingActor
from entaku.modules.sharing.model import library_resource
from entaku.modules.sharing.reachers.views import LibraryUsers, library_users
from entaku.modules.sharing.routes.dependencies import TAKES_REACHERS_REQUEST, SentReachersRequest, SharingModule


@get(
    "/libraries/{library_id:str}/users",
    dependencies=TAKES_REACHERS_REQUEST,
    tags=["Access"],
    summary="Everyone who reaches a library",
)
async def list_reachers(
    actor: CallingActor, sharing: SharingModule, library_id: FromPath[str], wanted: SentReachersRequest
) -> LibraryUsers:
    """For the owner and administrators. Exact: each page was true at one instant, and in the order of ids everybody
    comes once."""
    return library_users(await sharing.reachers.of_resource(actor, library_resource(library_id), wanted))


REACHER_HANDLERS = [list_reachers]
