"""What goes over the wire about documents and dossiers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec

from documents.model import ENTRIES_MAX, TEXT_LENGTH_MAX, TITLE_LENGTH_MAX, Document, DocumentRef, Dossier

Title = Annotated[str, msgspec.Meta(min_length=1, max_length=TITLE_LENGTH_MAX)]
Text = Annotated[str, msgspec.Meta(max_length=TEXT_LENGTH_MAX)]
Entries = Annotated[
    tuple[DocumentRef, ...],
    msgspec.Meta(max_length=ENTRIES_MAX, examples=[[{"library_id": "handbook", "document_id": "rota"}]]),
]


class NewDocumentBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A document to write."""

    title: Title
    text: Text = ""


class DocumentChangeBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change of a document; what is left out stays."""

    title: Title | msgspec.UnsetType = msgspec.UNSET
    text: Text | msgspec.UnsetType = msgspec.UNSET


class DocumentView(msgspec.Struct, frozen=True, kw_only=True):
    """A document in a list. Its version is its ETag."""

    library_id: str
    document_id: Annotated[str, msgspec.Meta(examples=["01kn52z8k6w3v9c1m7hq0r4txe"])]
    title: str
    author: str
    changed_at: datetime
    text_length: int
    version: int


class WholeDocumentView(DocumentView, frozen=True, kw_only=True):
    """A document with its text."""

    text: str


class NewDossierBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A dossier to create. Without an id it gets one."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=1_000)]
    dossier_id: Annotated[str, msgspec.Meta(min_length=1, examples=["newcomers"])] | None = None
    purpose: Annotated[str, msgspec.Meta(max_length=2_000)] = ""


class DossierChangeBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change of a dossier; what is left out stays."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=1_000)] | msgspec.UnsetType = msgspec.UNSET
    purpose: Annotated[str, msgspec.Meta(max_length=2_000)] | msgspec.UnsetType = msgspec.UNSET
    entries: Entries | msgspec.UnsetType = msgspec.UNSET


class DossierView(msgspec.Struct, frozen=True, kw_only=True):
    """A dossier. Its version is its ETag."""

    dossier_id: Annotated[str, msgspec.Meta(examples=["newcomers"])]
    name: str
    owner: str
    purpose: str
    entries: Entries
    version: int


def document_view(document: Document) -> DocumentView:
    return DocumentView(**_shown(document))


def whole_document_view(document: Document, text: str) -> WholeDocumentView:
    return WholeDocumentView(**_shown(document), text=text)


def _shown(document: Document) -> dict[str, Any]:
    names = ("library_id", "document_id", "title", "author", "changed_at", "text_length", "version")
    return {name: getattr(document, name) for name in names}


def dossier_view(dossier: Dossier) -> DossierView:
    return DossierView(
        dossier_id=dossier.dossier_id,
        name=dossier.name,
        owner=dossier.owner,
        purpose=dossier.purpose,
        entries=dossier.entries,
        version=dossier.version,
    )
