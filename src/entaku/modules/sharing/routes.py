"""Libraries, shares and access over REST."""

from __future__ import annotations

import time
from typing import Annotated

from litestar import Response, Router, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from entaku.api.auth import CallingActor
from entaku.api.etags import ExpectedVersion
from entaku.api.idempotency import SentIdempotency
from entaku.api.pages import PageView, RequestedPage
from entaku.api.replies import reply
from entaku.modules.audit import AuditView, audit_view
from entaku.modules.sharing.checks import AccessAnswer
from entaku.modules.sharing.libraries import LibraryChange, NewLibrary
from entaku.modules.sharing.list_pages import ReachedLibraries, WirePage
from entaku.modules.sharing.lists import ListRequest, Sort
from entaku.modules.sharing.service import Sharing
from entaku.modules.sharing.shares import ShareOutcome
from entaku.modules.sharing.views import (
    ChecksBody,
    ChecksView,
    LibraryAccessView,
    LibraryChangeBody,
    LibraryView,
    NewLibraryBody,
    SharesChangeBody,
    SharesView,
    library_access_view,
    library_view,
    shares_view,
)

SharingService = NamedDependency[Sharing]
Search = Annotated[
    str, QueryParameter(name="q", description="Only those whose name contains this; case does not matter.")
]


@post("/libraries", tags=["Libraries"], summary="Create a library")
async def create_library(
    actor: CallingActor, sharing: SharingService, data: JSONBody[NewLibraryBody], idempotency: SentIdempotency
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
        replayed=idempotency is not None and idempotency.replayed,
    )


@get("/libraries", tags=["Libraries"], summary="List all libraries of the tenant")
async def list_libraries(
    actor: CallingActor, sharing: SharingService, page: RequestedPage, q: Search = ""
) -> PageView[LibraryView]:
    """For administrators, by name. What a user reaches is at /api/users/{id}/libraries."""
    found = await sharing.libraries.list(actor, limit=page.limit, after=page.cursor, q=q)
    return PageView(tuple(library_view(library) for library in found.items), found.cursor)


@get("/libraries/{library_id:str}", tags=["Libraries"], summary="One library, and what you may do with it")
async def get_library(
    actor: CallingActor, sharing: SharingService, library_id: FromPath[str]
) -> Response[LibraryAccessView]:
    """For everybody who may know of it: by access, ownership, administration, or because it is discoverable."""
    caller = await sharing.libraries.get(actor, library_id)
    return reply(library_access_view(caller), version=caller.library.version)


@patch("/libraries/{library_id:str}", tags=["Libraries"], summary="Rename, describe, hand over a library")
async def change_library(
    actor: CallingActor,
    sharing: SharingService,
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
        replayed=idempotency is not None and idempotency.replayed,
    )


@delete("/libraries/{library_id:str}", tags=["Libraries"], summary="Delete a library")
async def delete_library(
    actor: CallingActor, sharing: SharingService, library_id: FromPath[str], expected_version: ExpectedVersion
) -> None:
    """For the owner and administrators. It leaves all lists at once."""
    await sharing.libraries.delete(actor, library_id, expect=expected_version)


@get("/libraries/{library_id:str}/shares", tags=["Shares"], summary="The shares of a library")
async def list_shares(
    actor: CallingActor,
    sharing: SharingService,
    library_id: FromPath[str],
    page: RequestedPage,
) -> Response[SharesView]:
    """For the owner, administrators and holders of `share`; by kind and id of the principal."""
    found = await sharing.shares.list(actor, library_id, limit=page.limit, after=page.cursor)
    return reply(shares_view(found), version=found.library.version)


@patch("/libraries/{library_id:str}/shares", tags=["Shares"], summary="Add and remove shares")
async def change_shares(
    actor: CallingActor,
    sharing: SharingService,
    library_id: FromPath[str],
    data: JSONBody[SharesChangeBody],
    expected_version: ExpectedVersion,
    idempotency: SentIdempotency,
) -> Response[ShareOutcome]:
    """In one transaction. The same share again is no change; on other terms it needs If-Match with the library's ETag."""
    outcome = await sharing.shares.change(
        actor,
        library_id,
        add=[grant.grant() for grant in data.add],
        remove=[principal.principal() for principal in data.remove],
        expect=expected_version,
        reason=data.reason,
        idempotency=idempotency,
    )
    return reply(outcome, version=outcome.version, replayed=idempotency is not None and idempotency.replayed)


@get("/libraries/{library_id:str}/access/{user_id:str}", tags=["Access"], summary="What a user may do, and why")
async def get_access(
    actor: CallingActor, sharing: SharingService, library_id: FromPath[str], user_id: FromPath[str]
) -> AccessAnswer:
    """About oneself for everybody who may know of the library, about others for its owner and administrators."""
    return await sharing.checks.access(actor, library_id, user_id)


@post("/checks", tags=["Access"], summary="Up to 100 checks at once", status_code=200)
async def check_access(actor: CallingActor, sharing: SharingService, data: JSONBody[ChecksBody]) -> ChecksView:
    """About oneself for everybody, about others for administrators. What is not there is a no."""
    return ChecksView(results=tuple(await sharing.checks.check(actor, data.checks)))


@get("/libraries/{library_id:str}/audit", tags=["Libraries"], summary="What was done to a library, newest first")
async def audit_library(
    actor: CallingActor, sharing: SharingService, library_id: FromPath[str], page: RequestedPage
) -> PageView[AuditView]:
    """For the owner and administrators."""
    found = await sharing.libraries.audit(actor, library_id, limit=page.limit, after=page.cursor)
    return PageView(tuple(audit_view(record) for record in found.items), found.cursor)


@get("/users/{user_id:str}/libraries", tags=["Libraries"], summary="Everything a user reaches")
async def list_reached(
    actor: CallingActor,
    sharing: SharingService,
    user_id: FromPath[str],
    page: RequestedPage,
    q: Search = "",
    sort: Annotated[Sort, QueryParameter(name="sort", description="What the list is sorted by.")] = "name",
    include_expired: Annotated[
        bool, QueryParameter(name="include_expired", description="Also libraries whose shares have all ended.")
    ] = False,
) -> Response[ReachedLibraries]:
    """One's own list for everybody, anybody's for administrators. Exact: it was all true at one instant."""
    started = time.perf_counter()
    request = ListRequest(limit=page.limit, cursor=page.cursor, q=q, sort=sort, include_expired=include_expired)
    found = await sharing.pages.page(actor, user_id, request)
    return reached_response(found, started)


def reached_response(page: WirePage, started: float) -> Response[ReachedLibraries]:
    """The page as it is, with the time spliced in."""
    body = page.body((time.perf_counter() - started) * 1e3)
    return Response(body, media_type="application/json", headers={"ETag": page.etag})  # pyright: ignore


ROUTES = [
    Router(
        "/api",
        route_handlers=[
            create_library,
            list_libraries,
            get_library,
            change_library,
            delete_library,
            list_shares,
            change_shares,
            get_access,
            check_access,
            audit_library,
            list_reached,
        ],
    )
]
