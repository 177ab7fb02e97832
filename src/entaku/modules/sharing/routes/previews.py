"""Previews over REST, each beside the change that it is of: what would become of whom."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated, TypeAlias

from litestar import Response, get, post
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter

from entaku.api.auth import CallingActor
from entaku.api.languages import RequestedLanguage
from entaku.api.pages import RequestedPage
from entaku.api.replies import reply
from entaku.core.languages import Language
from entaku.modules.sharing.model import library_resource
from entaku.modules.sharing.preview.bodies import (
    DepartmentPreviewBody,
    GroupPreviewBody,
    LibraryPreviewBody,
    TenantPreviewBody,
    UserPreviewBody,
)
from entaku.modules.sharing.preview.changes import PolicyChange, PreviewedChange, SharesChange
from entaku.modules.sharing.preview.model import PreviewState
from entaku.modules.sharing.preview.service import PreviewPage
from entaku.modules.sharing.preview.views import PreviewView, preview_view
from entaku.modules.sharing.routes.dependencies import SharingModule
from entaku.modules.sharing.service import Sharing
from entaku.modules.sharing.shareable import Resource
from entaku.modules.sharing.shares.views import SharesChangeBody

At: TypeAlias = Annotated[
    datetime | None,
    QueryParameter(
        name="at",
        description="The instant of the change, with its zone; by default now.",
        schema_extra={"examples": ["2027-04-01T00:00:00Z"]},
    ),
]

TAGS = ["Previews"]
GOES_ON = {202: ResponseSpec(PreviewView, description="It takes several steps; `Location` goes on with it.")}
"""What a preview of more pairs answers than are compared in one call."""
preview_route = partial(post, status_code=200, responses=GOES_ON)
"""Makes a handler that previews; it needs a path, a summary and tags."""


@preview_route("/libraries/{library_id:str}/shares/preview", tags=TAGS, summary="What a change of shares would do")
async def preview_shares(
    actor: CallingActor,
    sharing: SharingModule,
    library_id: FromPath[str],
    data: JSONBody[SharesChangeBody],
    language: RequestedLanguage,
    at: At = None,
) -> Response[PreviewView]:
    """For the owner and administrators. The body is that of the change; without any shares the preview shows what
    starts and ends by itself."""
    return await previewed(sharing, actor, shares_change(library_resource(library_id), data), at, language)


@preview_route(
    "/libraries/{library_id:str}/preview",
    tags=TAGS,
    summary="What handing over, archiving or deleting a library would do",
)
async def preview_library(
    actor: CallingActor,
    sharing: SharingModule,
    library_id: FromPath[str],
    data: JSONBody[LibraryPreviewBody],
    language: RequestedLanguage,
    at: At = None,
) -> Response[PreviewView]:
    """For the owner and administrators."""
    return await previewed(sharing, actor, data.change(library_resource(library_id)), at, language)


@preview_route(
    "/users/{user_id:str}/preview", tags=TAGS, summary="What moving, deactivating or deleting a user would do"
)
async def preview_user(
    actor: CallingActor,
    sharing: SharingModule,
    user_id: FromPath[str],
    data: JSONBody[UserPreviewBody],
    language: RequestedLanguage,
    at: At = None,
) -> Response[PreviewView]:
    """For administrators. Without any change the preview shows what starts and ends by itself."""
    return await previewed(sharing, actor, data.change(user_id), at, language)


@preview_route(
    "/departments/{department_id:str}/preview", tags=TAGS, summary="What moving or deleting a department would do"
)
async def preview_department(
    actor: CallingActor,
    sharing: SharingModule,
    department_id: FromPath[str],
    data: JSONBody[DepartmentPreviewBody],
    language: RequestedLanguage,
    at: At = None,
) -> Response[PreviewView]:
    """For administrators."""
    return await previewed(sharing, actor, data.change(department_id), at, language)


@preview_route(
    "/groups/{group_id:str}/preview", tags=TAGS, summary="What nesting or deleting a group, or other members, would do"
)
async def preview_group(
    actor: CallingActor,
    sharing: SharingModule,
    group_id: FromPath[str],
    data: JSONBody[GroupPreviewBody],
    language: RequestedLanguage,
    at: At = None,
) -> Response[PreviewView]:
    """For administrators."""
    return await previewed(sharing, actor, data.change(group_id), at, language)


@preview_route("/tenant/preview", tags=TAGS, summary="What another sharing policy would do")
async def preview_tenant(
    actor: CallingActor,
    sharing: SharingModule,
    data: JSONBody[TenantPreviewBody],
    language: RequestedLanguage,
    at: At = None,
) -> Response[PreviewView]:
    """For administrators."""
    return await previewed(sharing, actor, PolicyChange(policy=data.sharing_policy), at, language)


@get(
    "/previews/{preview_id:str}",
    responses=GOES_ON,
    tags=TAGS,
    summary="A preview that goes on, or its next pairs",
)
async def get_preview(
    actor: CallingActor,
    sharing: SharingModule,
    preview_id: FromPath[str],
    page: RequestedPage,
    language: RequestedLanguage,
) -> Response[PreviewView]:
    """For whoever may preview what it is about. Kept for 24 hours. One that is running goes on each time that it is
    asked for, which writes nothing but the preview and is safe to repeat, and names pairs when it is done."""
    found = await sharing.previews.get(actor, preview_id, limit=page.limit, after=page.cursor)
    return _reply(found, language, sharing, is_first=page.cursor is None)


async def previewed(
    sharing: Sharing, actor: CallingActor, change: PreviewedChange, at: datetime | None, language: Language
) -> Response[PreviewView]:
    return _reply(await sharing.previews.preview(actor, change, at=at), language, sharing, is_first=True)


def shares_change(resource: Resource, data: SharesChangeBody) -> SharesChange:
    """The change that the body asks for, to be previewed."""
    return SharesChange(resource=resource, add=data.grants(), remove=data.principals())


def _reply(page: PreviewPage, language: Language, sharing: Sharing, *, is_first: bool) -> Response[PreviewView]:
    view = preview_view(page, language, is_first=is_first, kinds=sharing.kinds.called(language))
    is_running = page.preview.state is PreviewState.RUNNING
    location = f"/api/previews/{view.preview_id}" if is_running else None
    return reply(view, status=202 if is_running else 200, location=location, language=language)


PREVIEW_HANDLERS = [
    preview_shares,
    preview_library,
    preview_user,
    preview_department,
    preview_group,
    preview_tenant,
    get_preview,
]
