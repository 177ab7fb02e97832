"""Documents and dossiers over REST. Handlers only translate."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from litestar import Response, Router, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from documents.dossiers import DossierChange, NewDossier
from documents.model import Dossier
from documents.service import DocumentChange, Documents, NewDocument
from documents.views import (
    DocumentChangeBody,
    DocumentView,
    DossierChangeBody,
    DossierView,
    NewDocumentBody,
    NewDossierBody,
    WholeDocumentView,
    document_view,
    dossier_view,
    whole_document_view,
)
from entaku.api.auth import CallingActor
from entaku.api.etags import ExpectedVersion
from entaku.api.idempotency import SentIdempotency, was_replayed
from entaku.api.pages import PageView, RequestedPage
from entaku.api.replies import reply
from entaku.modules.sharing import kind_routes

DocumentsModule: TypeAlias = NamedDependency[Documents]
Sort: TypeAlias = Annotated[
    Literal["oldest", "changed"],
    QueryParameter(name="sort", description="Oldest first, or the last changed first."),
]
Permanently: TypeAlias = Annotated[
    bool, QueryParameter(name="permanently", description="Not into the bin, but out of it: nothing brings it back.")
]
OnlyDeleted: TypeAlias = Annotated[
    Literal["deleted"], QueryParameter(name="state", description="What one reaches is at /api/users/{id}/dossiers.")
]


@post("/libraries/{library_id:str}/documents", tags=["Documents"], summary="Write a document")
async def create_document(
    actor: CallingActor,
    documents: DocumentsModule,
    library_id: FromPath[str],
    data: JSONBody[NewDocumentBody],
    idempotency: SentIdempotency,
) -> Response[DocumentView]:
    """For who may write in the library."""
    new = NewDocument(title=data.title, text=data.text)
    document = await documents.create(actor, library_id, new, idempotency=idempotency)
    return reply(
        document_view(document),
        version=document.version,
        location=f"/api/libraries/{library_id}/documents/{document.document_id}",
        replayed=was_replayed(idempotency),
    )


@get("/libraries/{library_id:str}/documents", tags=["Documents"], summary="The documents of a library")
async def list_documents(
    actor: CallingActor,
    documents: DocumentsModule,
    library_id: FromPath[str],
    page: RequestedPage,
    sort: Sort = "oldest",
) -> PageView[DocumentView]:
    """For who may read the library."""
    found = await documents.list(
        actor, library_id, limit=page.limit, after=page.cursor, newest_change_first=sort == "changed"
    )
    return PageView(tuple(document_view(document) for document in found.items), found.cursor)


@get("/me/documents", tags=["Documents"], summary="What the caller wrote")
async def list_own_documents(
    actor: CallingActor, documents: DocumentsModule, page: RequestedPage
) -> PageView[DocumentView]:
    """The last changed first; only what the caller may still read."""
    found = await documents.list_own(actor, limit=page.limit, after=page.cursor)
    return PageView(tuple(document_view(document) for document in found.items), found.cursor)


@get("/libraries/{library_id:str}/documents/{document_id:str}", tags=["Documents"], summary="One document")
async def get_document(
    actor: CallingActor, documents: DocumentsModule, library_id: FromPath[str], document_id: FromPath[str]
) -> Response[WholeDocumentView]:
    """For who may read the library."""
    found = await documents.get(actor, library_id, document_id)
    return reply(whole_document_view(found.document, found.text), version=found.document.version)


@patch("/libraries/{library_id:str}/documents/{document_id:str}", tags=["Documents"], summary="Change a document")
async def change_document(
    actor: CallingActor,
    documents: DocumentsModule,
    library_id: FromPath[str],
    document_id: FromPath[str],
    data: JSONBody[DocumentChangeBody],
    required_version: ExpectedVersion,
    idempotency: SentIdempotency,
) -> Response[DocumentView]:
    """For who may write in the library. Needs If-Match, so that nobody's text is lost."""
    change = DocumentChange(title=data.title, text=data.text)
    document = await documents.change(
        actor, library_id, document_id, change, expect=required_version, idempotency=idempotency
    )
    return reply(document_view(document), version=document.version, replayed=was_replayed(idempotency))


@delete("/libraries/{library_id:str}/documents/{document_id:str}", tags=["Documents"], summary="Delete a document")
async def delete_document(
    actor: CallingActor,
    documents: DocumentsModule,
    library_id: FromPath[str],
    document_id: FromPath[str],
    expected_version: ExpectedVersion,
) -> None:
    """For who may delete in the library."""
    await documents.delete(actor, library_id, document_id, expect=expected_version)


@post("/dossiers", tags=["Dossiers"], summary="Create a dossier")
async def create_dossier(
    actor: CallingActor, documents: DocumentsModule, data: JSONBody[NewDossierBody], idempotency: SentIdempotency
) -> Response[DossierView]:
    """Everybody may; it is the caller's."""
    new = NewDossier(name=data.name, dossier_id=data.dossier_id, purpose=data.purpose)
    dossier = await documents.dossiers.create(actor, new, idempotency=idempotency)
    return reply(
        dossier_view(dossier),
        version=dossier.version,
        location=f"/api/dossiers/{dossier.dossier_id}",
        replayed=was_replayed(idempotency),
    )


@get("/dossiers/{dossier_id:str}", tags=["Dossiers"], summary="One dossier")
async def get_dossier(
    actor: CallingActor, documents: DocumentsModule, dossier_id: FromPath[str]
) -> Response[DossierView]:
    """For who may read it."""
    dossier = (await documents.dossiers.get(actor, dossier_id)).thing
    return reply(dossier_view(dossier), version=dossier.version)


@patch("/dossiers/{dossier_id:str}", tags=["Dossiers"], summary="Rename, describe, fill a dossier")
async def change_dossier(
    actor: CallingActor,
    documents: DocumentsModule,
    dossier_id: FromPath[str],
    data: JSONBody[DossierChangeBody],
    expected_version: ExpectedVersion,
    idempotency: SentIdempotency,
) -> Response[DossierView]:
    """For its owner and administrators."""
    change = DossierChange(name=data.name, purpose=data.purpose, entries=data.entries)
    dossier = await documents.dossiers.change(
        actor, dossier_id, change, expect=expected_version, idempotency=idempotency
    )
    return reply(dossier_view(dossier), version=dossier.version, replayed=was_replayed(idempotency))


@delete("/dossiers/{dossier_id:str}", tags=["Dossiers"], summary="Delete a dossier")
async def delete_dossier(
    actor: CallingActor,
    documents: DocumentsModule,
    dossier_id: FromPath[str],
    expected_version: ExpectedVersion,
    permanently: Permanently = False,
) -> None:
    """For its owner and administrators. Until it is removed for good, `POST /api/dossiers/{id}/restore` brings it back;
    its documents stay where they are."""
    remove = documents.dossiers.purge if permanently else documents.dossiers.delete
    await remove(actor, dossier_id, expect=expected_version)


@get("/dossiers", tags=["Dossiers"], summary="Deleted dossiers")
async def list_dossiers(
    actor: CallingActor, documents: DocumentsModule, page: RequestedPage, only: OnlyDeleted
) -> PageView[DossierView]:
    """Those that the caller can restore, the first to be removed for good first."""
    found = await documents.dossiers.list_deleted(actor, limit=page.limit, after=page.cursor)
    return PageView(tuple(dossier_view(dossier) for dossier in found.items), found.cursor)


ROUTES = [
    Router(
        "/api",
        route_handlers=[
            create_document,
            list_documents,
            list_own_documents,
            get_document,
            change_document,
            delete_document,
            create_dossier,
            get_dossier,
            change_dossier,
            delete_dossier,
            list_dossiers,
            *kind_routes(Dossier, plural="dossiers", tag="Dossiers"),
        ],
    )
]
