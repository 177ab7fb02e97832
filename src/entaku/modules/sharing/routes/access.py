"""Questions about access over REST: may somebody, and why."""

from __future__ import annotations

from litestar import Response, get, post
from litestar.params import FromPath, JSONBody

from entaku.api.auth import READS, CallingActor
from entaku.api.languages import RequestedLanguage
from entaku.api.replies import reply
from entaku.modules.sharing.access.views import ChecksBody, ChecksView, LibraryAccess, library_access
from entaku.modules.sharing.routes.dependencies import SharingModule


@get("/libraries/{library_id:str}/access/{user_id:str}", tags=["Access"], summary="What a user may do, and why")
async def get_access(
    actor: CallingActor,
    sharing: SharingModule,
    library_id: FromPath[str],
    user_id: FromPath[str],
    language: RequestedLanguage,
) -> Response[LibraryAccess]:
    """About oneself for everybody who may know of the library, about others for its owner and administrators."""
    answer = await sharing.checks.access(actor, library_id, user_id, language=language)
    return reply(library_access(answer), language=language)


@post("/checks", opt=READS, tags=["Access"], summary="Up to 100 checks at once", status_code=200)
async def check_access(actor: CallingActor, sharing: SharingModule, data: JSONBody[ChecksBody]) -> ChecksView:
    """About oneself for everybody, about others for administrators. What is not there is a no. Each check names a
    library, or a resource of any kind."""
    return ChecksView(results=tuple(await sharing.checks.check(actor, data.checks)))


ACCESS_HANDLERS = [get_access, check_access]
