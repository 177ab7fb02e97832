"""Documents in libraries, and dossiers: documents put together for a purpose. A module for entaku.

model      the entities
service    Documents: written, found, changed, deleted, by whoever may do so with their library
dossiers   Dossiers: a kind of resource of its own, shared as libraries are
views      what goes over the wire
routes     /api/libraries/{id}/documents, /api/me/documents, /api/dossiers
commands   `entaku documents`

    modules = ["documents:module"]      entaku.toml
"""

from __future__ import annotations

from typing import Any

from documents.dossiers import Dossiers, NewDossier
from documents.model import ENTITIES, Document, Dossier
from documents.service import DocumentChange, Documents, NewDocument
from entaku import Module, Noun, Parts
from entaku.modules.audit import Audit
from entaku.modules.sharing import Sharing


def _service(parts: Parts) -> Documents:
    sharing = parts.get(Sharing)
    dossiers = Dossiers(sharing, parts.clock, parts.randomness)
    return Documents(parts.table, sharing, parts.get(Audit), dossiers, parts.clock, parts.randomness)


def _routes() -> list[Any]:
    from documents.routes import ROUTES

    return [*ROUTES]


module = Module(
    name="documents",
    entities=ENTITIES,
    resource_kinds=(Dossier,),
    service=_service,
    routes=_routes,
    nouns={"documents": Noun("documents.commands:documents", "Documents: texts in libraries.")},
    tags=(
        ("Documents", "Texts in libraries: who may read or write a library may do so with its documents."),
        ("Dossiers", "Documents put together for a purpose, shared as libraries are."),
    ),
    examples={
        "title": "Holiday rota",
        "text": "We take turns.",
        "author": "hana.sato",
        "purpose": "For everybody's first week.",
        "DossierView.name": "Newcomers",
        "NewDossierBody.name": "Newcomers",
        "DossierChangeBody.name": "Newcomers",
    },
)

__all__ = [
    "Document",
    "DocumentChange",
    "Documents",
    "Dossier",
    "Dossiers",
    "NewDocument",
    "NewDossier",
    "module",
]
