"""Sharing: libraries shared with people, groups, roles, departments and the organisation; every answer explained.

shareable     what can be shared: kinds of resource, of which libraries are one and modules bring others
model         libraries and shares, and what they are called
evaluation    what a person may do, from everything that grants it (pure)
truth         what is read about a person and a resource, true at one instant
explanation   why, or why not, in a sentence and as data (pure)
rights        who may know of a resource, who may manage it
trail         what the audit trail keeps of resources and shares
counting      what a tenant is counted for
resources     Resources: create, find, change, hand over, delete
deletion      Deletion: a resource closed, and its shares removed in steps
libraries     Libraries: the resources that come with the module
shares        Shares: list the shares of a resource, change them
releasing     Releasing: shares go with their principal
share_change  Change: one change of a resource's shares, decided inside its transaction
warnings      what somebody who shares may not have meant (pure)
reached       what a user reaches, worked out from what was read (pure)
list_facts    what lists are made of, read or remembered
lists         Lists: everything a user reaches
checks        Checks: may this person do that
service       Sharing: all of them together
rows          what each user reaches, kept ready under the user
list_pages    ListPages: lists as they go over the wire, and those kept in memory
routes, views REST: /api/libraries, /api/checks, /api/users/{id}/libraries; reached_front answers the last one, fast;
              kind_routes, kind_views do it for another kind of resource, as its module asks
"""

from __future__ import annotations

from typing import Any

from entaku.modules import Module, Parts
from entaku.modules.accounts import Accounts
from entaku.modules.audit import Audit
from entaku.modules.sharing.checks import AccessAnswer, Check, Checks
from entaku.modules.sharing.evaluation import Access, Source, evaluate
from entaku.modules.sharing.libraries import Libraries, LibraryChange, NewLibrary
from entaku.modules.sharing.lists import ListRequest, Lists, ReachedPage
from entaku.modules.sharing.model import (
    ENTITIES,
    SHARES_CHANGED_MAX,
    SHARES_OF_LIBRARY_MAX,
    Library,
    Permission,
    Share,
    Terms,
)
from entaku.modules.sharing.reached import ReachedLibrary
from entaku.modules.sharing.resources import Resources
from entaku.modules.sharing.rights import Standing
from entaku.modules.sharing.rows.model import ROW_ENTITIES, Job
from entaku.modules.sharing.rows.service import JobName
from entaku.modules.sharing.service import SharedKind, Sharing
from entaku.modules.sharing.share_change import Grant, ShareOutcome
from entaku.modules.sharing.shareable import Resource, ResourceKind, ResourceKinds, ResourceState, S, Shareable
from entaku.modules.sharing.shares import Shares
from entaku.modules.sharing.views import LibraryAccess, LibraryShareOutcome, library_access, library_share_outcome


def http_routes() -> list[Any]:
    """The routes of the module. The web framework is loaded only when they are asked for."""
    from entaku.modules.sharing.routes import ROUTES

    return [*ROUTES]


def kind_routes(entity: type[S], *, plural: str, tag: str) -> list[Any]:
    """Handlers for shares, access and lists of a module's own kind of resource, to be put below `/api` among its own
    routes: `/dossiers/{id}/shares` and `/access/{user}`, `/users/{id}/dossiers`. `tag` is their group in the OpenAPI
    document."""
    from entaku.modules.sharing.routes.kinds import kind_handlers

    return [*kind_handlers(entity, plural, tag)]


def http_fronts(sharing: Sharing) -> list[Any]:
    """What stands in front of the framework."""
    from entaku.modules.sharing.routes import ReachedFront

    return [ReachedFront(sharing.pages)]


def _service(parts: Parts) -> Sharing:
    return Sharing(
        parts.table,
        parts.get(Accounts),
        parts.get(Audit),
        parts.clock,
        parts.randomness,
        parts.tail,
        parts.config.page_cache_bytes,
        [kind for module in parts.modules for kind in module.resource_kinds],
        rows_threshold=parts.config.rows_threshold or None,
    )


MODULE = Module(
    name="sharing",
    entities=(*ENTITIES, *ROW_ENTITIES),
    resource_kinds=(Library,),
    service=_service,
    routes=http_routes,
    fronts=http_fronts,
    tags=(
        ("Libraries", "What is shared. Each has one owner."),
        ("Shares", "With whom a library is shared, and for what."),
        ("Access", "Who reaches what, and why."),
    ),
    examples={
        "granted_by": "hana.sato",
        "is_shared": True,
        "owner": "hana.sato",
        "results": [True],
        "sentence": "佐藤 花 reads and writes it: it is shared with group:designers.",
        "share_types": ["group"],
        "verdict": "shared",
        "GroupedLibraries.owned": [],
        "GroupedLibraries.read_access": [],
        "LibraryAccess.access_type": "group",
        "LibraryShareOutcome.changed": [],
        "LibraryShareOutcome.removed": [],
        "LibraryShareOutcome.unchanged": [],
        "LibraryView.name": "Marketing material",
        "PrincipalBody.id": "designers",
        "ReachedLibrary.access_type": "group",
        "ReachedLibrary.name": "Marketing material",
        "Resource.id": "handbook",
        "Resource.kind": "library",
        "SharesChangeBody.add": [
            {"principal": {"kind": "group", "id": "designers"}, "permissions": ["read", "write"]},
        ],
        "SharesView.departments": [],
        "SharesView.individuals": [],
        "SharesView.organisation": [],
        "SharesView.roles": [],
    },
)


__all__ = [
    "ENTITIES",
    "MODULE",
    "SHARES_CHANGED_MAX",
    "SHARES_OF_LIBRARY_MAX",
    "Access",
    "AccessAnswer",
    "Check",
    "Checks",
    "Grant",
    "Job",
    "JobName",
    "Libraries",
    "Library",
    "LibraryAccess",
    "LibraryChange",
    "LibraryShareOutcome",
    "ListRequest",
    "Lists",
    "NewLibrary",
    "Permission",
    "ReachedLibrary",
    "ReachedPage",
    "Resource",
    "ResourceKind",
    "ResourceKinds",
    "ResourceState",
    "Resources",
    "Share",
    "ShareOutcome",
    "Shareable",
    "SharedKind",
    "Shares",
    "Sharing",
    "Source",
    "Standing",
    "Terms",
    "evaluate",
    "http_fronts",
    "http_routes",
    "kind_routes",
    "library_access",
    "library_share_outcome",
]
