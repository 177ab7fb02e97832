"""Previews over REST, each beside the change that it is of: what would become of whom."""

from __future__ import annotations

from datetime import datetime
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
from entaku.modules.sharing.views import SharesChangeBody

At: TypeAlias = Annotated[
    datetime | None,
    QueryParameter(
        name="at",
        description="The instant of the change, with its zone; by default now.",
        schema_extra={"examples": ["2027-04-01T00:00:00Z"]},
    ),
]

GOES_ON = {202: ResponseSpec(PreviewView, description="It takes several steps; `Location` goes on with it.")}
"""What a preview of more pairs answers than are compared in one call."""


@post(
    "/libraries/{library_id:str}/shares/preview",
    status_code=200,
    responses=GOES_ON,
    tags=["Previews"],
    summary="What a change of shares would do",
)
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
    change = SharesChange(
        resource=library_resource(library_id),
        add=tuple(grant.grant() for grant in data.add),
        remove=tuple(principal.principal() for principal in data.remove),
    )
    return await previewed(sharing, actor, change, at, language)


@post(
    "/libraries/{library_id:str}/preview",
    status_code=200,
    responses=GOES_ON,
    tags=["Previews"],
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


@post(
    "/users/{user_id:str}/preview",
    status_code=200,
    responses=GOES_ON,
    tags=["Previews"],
    summary="What moving, deactivating or deleting a user would do",
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


@post(
    "/departments/{department_id:str}/preview",
    status_code=200,
    responses=GOES_ON,
    tags=["Previews"],
    summary="What moving or deleting a department would do",
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


@post(
    "/groups/{group_id:str}/preview",
    status_code=200,
    responses=GOES_ON,
    tags=["Previews"],
    summary="What nesting or deleting a group, or other members, would do",
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


@post(
    "/tenant/preview",
    status_code=200,
    responses=GOES_ON,
    tags=["Previews"],
    summary="What another sharing policy would do",
)
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
    tags=["Previews"],
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
    asked for, and names pairs when it is done."""
    found = await sharing.previews.get(actor, preview_id, limit=page.limit, after=page.cursor)
    return _reply(found, language, is_first=page.cursor is None)


async def previewed(
    sharing: Sharing, actor: CallingActor, change: PreviewedChange, at: datetime | None, language: Language
) -> Response[PreviewView]:
    return _reply(await sharing.previews.preview(actor, change, at=at), language, is_first=True)


def _reply(page: PreviewPage, language: Language, *, is_first: bool) -> Response[PreviewView]:
    view = preview_view(page, language, is_first=is_first)
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
