"""Previews of changes of another kind of resource than libraries, over REST, beside the changes themselves."""

from __future__ import annotations

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from entaku.api.auth import CallingActor
from entaku.api.languages import RequestedLanguage
from entaku.modules.sharing.preview.bodies import LibraryPreviewBody
from entaku.modules.sharing.preview.views import PreviewView
from entaku.modules.sharing.routes.dependencies import SharingModule
from entaku.modules.sharing.routes.previews import At, preview_route, previewed, shares_change
from entaku.modules.sharing.shareable import ResourceKind, S
from entaku.modules.sharing.shares.views import SharesChangeBody


def kind_preview_handlers(entity: type[S], plural: str, tag: str) -> list[HTTPRouteHandler]:
    """Two handlers, to be put below `/api`; names as in `kinds.kind_handlers`."""
    kind = ResourceKind(entity)
    here = f"/{plural}/{{resource_id:str}}"

    @preview_route(
        f"{here}/shares/preview", summary=f"What a change of the shares of a {kind.name} would do", tags=[tag]
    )
    async def preview_shares(
        actor: CallingActor,
        sharing: SharingModule,
        resource_id: FromPath[str],
        data: JSONBody[SharesChangeBody],
        language: RequestedLanguage,
        at: At = None,
    ) -> Response[PreviewView]:
        """For the owner and administrators. The body is that of the change; without any shares the preview shows what
        starts and ends by itself."""
        return await previewed(sharing, actor, shares_change(kind.resource(resource_id), data), at, language)

    @preview_route(
        f"{here}/preview", summary=f"What handing over, archiving or deleting a {kind.name} would do", tags=[tag]
    )
    async def preview_move(
        actor: CallingActor,
        sharing: SharingModule,
        resource_id: FromPath[str],
        data: JSONBody[LibraryPreviewBody],
        language: RequestedLanguage,
        at: At = None,
    ) -> Response[PreviewView]:
        """For the owner and administrators."""
        return await previewed(sharing, actor, data.change(kind.resource(resource_id)), at, language)

    return [preview_shares, preview_move]
