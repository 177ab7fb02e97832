"""Previews of changes of another kind of resource than libraries, over REST, beside the changes themselves."""

from __future__ import annotations

from litestar import Response, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from entaku.api.auth import CallingActor
from entaku.api.languages import RequestedLanguage
from entaku.modules.sharing.preview.bodies import LibraryPreviewBody
from entaku.modules.sharing.preview.changes import SharesChange
from entaku.modules.sharing.preview.views import PreviewView
from entaku.modules.sharing.routes.dependencies import SharingModule
from entaku.modules.sharing.routes.previews import GOES_ON, At, previewed
from entaku.modules.sharing.shareable import ResourceKind, S
from entaku.modules.sharing.views import SharesChangeBody


def kind_preview_handlers(entity: type[S], plural: str, tag: str) -> list[HTTPRouteHandler]:
    """Two handlers, to be put below `/api`; names as in `kinds.kind_handlers`."""
    kind = ResourceKind(entity)
    here = f"/{plural}/{{resource_id:str}}"

    @post(
        f"{here}/shares/preview",
        status_code=200,
        responses=GOES_ON,
        summary=f"What a change of the shares of a {kind.name} would do",
        tags=[tag],
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
        change = SharesChange(
            resource=kind.resource(resource_id),
            add=tuple(grant.grant() for grant in data.add),
            remove=tuple(principal.principal() for principal in data.remove),
        )
        return await previewed(sharing, actor, change, at, language)

    @post(
        f"{here}/preview",
        status_code=200,
        responses=GOES_ON,
        summary=f"What handing over, archiving or deleting a {kind.name} would do",
        tags=[tag],
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
