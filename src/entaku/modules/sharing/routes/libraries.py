"""Libraries over REST."""

from __future__ import annotations

from typing import Annotated

from litestar import Response, get, patch, post
from litestar.params import FromPath, JSONBody, QueryParameter

from entaku.api.auth import CallingActor
from entaku.api.etags import ExpectedVersion
from entaku.api.idempotency import SentIdempotency, was_replayed
from entaku.api.pages import PageView, RequestedPage
from entaku.api.references import UNKNOWN_REFERENCE
from entaku.api.replies import reply
from entaku.modules.audit import AuditView, audit_view
from entaku.modules.sharing.resources.libraries import LibraryChange, ListedState, NewLibrary
from entaku.modules.sharing.resources.views import LibraryChangeBody, LibraryView, NewLibraryBody, library_view
from entaku.modules.sharing.routes.dependencies import Search, SharingModule
from entaku.modules.sharing.routes.library_states import LIBRARY_STATE_HANDLERS


@post("/libraries", responses=UNKNOWN_REFERENCE, tags=["Libraries"], summary="Create a library")
async def create_library(
    actor: CallingActor, sharing: SharingModule, data: JSONBody[NewLibraryBody], idempotency: SentIdempotency
) -> Response[LibraryView]:
    """Everybody may create libraries of their own, administrators also for others."""
    new = NewLibrary(
        name=data.name,
        library_id=data.library_id,
        owner=data.owner,
        description=data.description,
        is_discoverable=data.is_discoverable,
    )
    library = await sharing.libraries.create(actor, new, idempotency=idempotency)
    return reply(
        library_view(library),
        version=library.version,
        location=f"/api/libraries/{library.library_id}",
        replayed=was_replayed(idempotency),
    )


@get("/libraries", tags=["Libraries"], summary="List all libraries of the tenant")
async def list_libraries(
    actor: CallingActor,
    sharing: SharingModule,
    page: RequestedPage,
    q: Search = "",
    in_state: Annotated[
        ListedState | None,
        QueryParameter(name="state", description="Only those that are so; by default those that are not deleted."),
    ] = None,
) -> PageView[LibraryView]:
    """For administrators, by name. What a user reaches is at /api/users/{id}/libraries. What is deleted is listed for
    everybody who can restore it, the first to be removed first; a page may be short although more follow."""
    found = await sharing.libraries.list(actor, limit=page.limit, after=page.cursor, q=q, state=in_state)
    return PageView(tuple(library_view(library) for library in found.items), found.cursor)


@get("/libraries/{library_id:str}", tags=["Libraries"], summary="One library")
async def get_library(actor: CallingActor, sharing: SharingModule, library_id: FromPath[str]) -> Response[LibraryView]:
    """For everybody who may know of it: by access, ownership, administration, or because it is discoverable."""
    caller = await sharing.libraries.get(actor, library_id)
    return reply(library_view(caller.thing), version=caller.thing.version)


@patch("/libraries/{library_id:str}", tags=["Libraries"], summary="Rename, describe, hand over a library")
async def change_library(
    actor: CallingActor,
    sharing: SharingModule,
    library_id: FromPath[str],
    data: JSONBody[LibraryChangeBody],
    expected_version: ExpectedVersion,
    idempotency: SentIdempotency,
) -> Response[LibraryView]:
    """For the owner and administrators. A new owner takes over everything; the old one keeps nothing."""
    change = LibraryChange(
        name=data.name, description=data.description, is_discoverable=data.is_discoverable, owner=data.owner
    )
    library = await sharing.libraries.change(
        actor, library_id, change, expect=expected_version, reason=data.reason, idempotency=idempotency
    )
    return reply(
        library_view(library),
        version=library.version,
        replayed=was_replayed(idempotency),
    )


@get("/libraries/{library_id:str}/audit", tags=["Libraries"], summary="What was done to a library, newest first")
async def audit_library(
    actor: CallingActor, sharing: SharingModule, library_id: FromPath[str], page: RequestedPage
) -> PageView[AuditView]:
    """For the owner and administrators."""
    found = await sharing.libraries.audit(actor, library_id, limit=page.limit, after=page.cursor)
    return PageView(tuple(audit_view(record) for record in found.items), found.cursor)


LIBRARY_HANDLERS = [
    create_library,
    list_libraries,
    get_library,
    change_library,
    audit_library,
    *LIBRARY_STATE_HANDLERS,
]
