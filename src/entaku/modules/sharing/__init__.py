"""Sharing: libraries shared with people, groups, roles, departments and the organisation; every answer explained.

shareable     what can be shared: kinds of resource, of which libraries are one and modules bring others
model         libraries and shares, and what they are called
evaluation    what a person may do, from everything that grants it (pure)
truth         what is read about a person and a resource, true at one instant
reasons       why, or why not, as data
sentences     the same for people, in English and Japanese
explanation   from facts to both (pure)
rights        who may know of a resource, who may manage it
trail         what the audit trail keeps of resources and shares
counting      what a tenant is counted for
resources     Resources: create, find, change, hand over, delete
lifecycle     the states of a resource, and which move leads from which to which (pure)
handing_over  a resource handed over to another owner
retention     StateChanges, Purging, Bin: archived, deleted and kept for a while, restored or removed for good
libraries     Libraries: the resources that come with the module
shares        Shares: list the shares of a resource, change them
releasing     Releasing: shares go with their principal
share_change  Change: one change of a resource's shares, decided inside its transaction
warnings      what somebody who shares may not have meant (pure)
reached       what a user reaches, worked out from what was read (pure)
list_facts    what lists are made of, read or remembered
lists         Lists: everything a user reaches
many_lists    ManyLists: the same for many users at once
checks        Checks: may this person do that
preview       Previews: who gains, loses, is changed or demoted by a change, before it is made
reachers      Reachers: everyone who reaches a resource
review        Reviews: who could reach what at an instant, from the audit trail
undo          Undo: a change of shares taken back
requests      AccessRequests: access asked for, and answered
service       Sharing: all of them together
jobs          Jobs: long work on a tenant, gone on with by whoever comes next
rows          what each user reaches, kept ready under the user
list_pages    ListPages: lists as they go over the wire, and those kept in memory
routes, views REST: /api/libraries, /api/checks, /api/users/{id}/libraries; reached_front answers the last one, fast;
              kind_routes, kind_views do it for another kind of resource, as its module asks
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from entaku.modules import Module, Parts
from entaku.modules.accounts import Accounts
from entaku.modules.audit import Audit
from entaku.modules.sharing.checks import AccessAnswer, Check, Checks
from entaku.modules.sharing.evaluation import Access, Source, evaluate
from entaku.modules.sharing.jobs.kinds import JobKind
from entaku.modules.sharing.jobs.model import Job
from entaku.modules.sharing.jobs.service import Jobs, JobStatus
from entaku.modules.sharing.libraries import Libraries, LibraryChange, ListedState, NewLibrary
from entaku.modules.sharing.lists import ListRequest, Lists, ReachedPage
from entaku.modules.sharing.many_lists import ListsOfUsers, ManyLists
from entaku.modules.sharing.model import (
    ENTITIES,
    SHARES_CHANGED_MAX,
    SHARES_OF_LIBRARY_MAX,
    Library,
    Permission,
    Share,
    Terms,
    library_resource,
)
from entaku.modules.sharing.preview.changes import (
    EntryDeletion,
    EntryMove,
    MembersChange,
    PolicyChange,
    PreviewedChange,
    ResourceMove,
    SharesChange,
    UserDeletion,
    UserMove,
)
from entaku.modules.sharing.preview.comparing import Effect, Held
from entaku.modules.sharing.preview.model import PREVIEW_ENTITIES
from entaku.modules.sharing.preview.service import PreviewPage, Previews, continued
from entaku.modules.sharing.preview.views import PreviewView, preview_view
from entaku.modules.sharing.reached import ReachedLibrary
from entaku.modules.sharing.reachers import (
    Reacher,
    Reachers,
    ReachersBounds,
    ReachersPage,
    ReachersRequest,
    ReachersSort,
)
from entaku.modules.sharing.reasons import Explanation, ShareWarning
from entaku.modules.sharing.requests.deciding import Approval, Approved
from entaku.modules.sharing.requests.model import REQUEST_ENTITIES, RequestState, Wanted
from entaku.modules.sharing.requests.service import AccessRequests
from entaku.modules.sharing.requests.views import AccessRequestView, RequestsPage
from entaku.modules.sharing.resources import Resources
from entaku.modules.sharing.retention.model import PURGE_JOB, BinEntry
from entaku.modules.sharing.review.document import (
    DOCUMENT_LINE_BYTES_MAX,
    ReviewHead,
    ReviewWriter,
    VerifiedReview,
    verified_review,
)
from entaku.modules.sharing.review.drift import TrailDrifts
from entaku.modules.sharing.review.model import ReviewedAccess, ReviewPage, ReviewRequest, TrailDrift
from entaku.modules.sharing.review.reviews import Reviews
from entaku.modules.sharing.rights import Standing
from entaku.modules.sharing.rows.model import ROW_ENTITIES
from entaku.modules.sharing.rows.rounds import UpkeepRound
from entaku.modules.sharing.service import SharedKind, Sharing
from entaku.modules.sharing.share_change import Grant, ShareOutcome
from entaku.modules.sharing.shareable import (
    Resource,
    ResourceKind,
    ResourceKinds,
    ResourceState,
    S,
    Shareable,
    before_there_was_a_bin,
)
from entaku.modules.sharing.shares import Shares
from entaku.modules.sharing.undo.model import UNDO_ENTITIES, UndoneResource, UndoOutcome, UndoState
from entaku.modules.sharing.undo.service import Undo
from entaku.modules.sharing.views import (
    LibraryAccess,
    LibraryShareOutcome,
    library_access,
    library_share_outcome,
    warning_views,
)


def http_routes() -> list[Any]:
    """The routes of the module. The web framework is loaded only when they are asked for."""
    from entaku.modules.sharing.routes import ROUTES

    return [*ROUTES]


def kind_routes(entity: type[S], *, plural: str, tag: str) -> list[Any]:
    """Handlers for shares, access and lists of a module's own kind of resource, to be put below `/api` among its own
    routes: `/dossiers/{id}/shares`, `/users` and `/access/{user}`, `/users/{id}/dossiers`. `tag` is their group in the
    OpenAPI document."""
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
        ended_shares_kept=timedelta(days=parts.config.ended_shares_kept_days),
        deleted_kept=timedelta(days=parts.config.deleted_kept_days),
    )


MODULE = Module(
    name="sharing",
    entities=(
        *ENTITIES,
        *ROW_ENTITIES,
        BinEntry,
        Job,
        UpkeepRound,
        *UNDO_ENTITIES,
        *REQUEST_ENTITIES,
        *PREVIEW_ENTITIES,
    ),
    resource_kinds=(Library,),
    service=_service,
    routes=http_routes,
    fronts=http_fronts,
    tags=(
        ("Libraries", "What is shared. Each has one owner."),
        ("Shares", "With whom a library is shared, and for what."),
        ("Access requests", "Access asked for, and answered."),
        ("Access", "Who reaches what, and why."),
        ("Previews", "Who gains, loses, is changed or demoted by a change, before it is made."),
        ("Jobs", "Long work on a tenant, and how far it is."),
    ),
    examples={
        "granted_by": "hana.sato",
        "is_shared": True,
        "owner": "hana.sato",
        "resource_name": "Marketing material",
        "undoes": "2c2f6d0f0d7e4f6c8f0b7a6c5d4e3f2a",
        "user_name": "佐藤 花",
        "WarningView.kind": "lowers",
        "results": [True],
        "sentence": (
            "佐藤 花 may read and write in library 'Marketing material': it is shared with group 'Designers' (read and"
            " write), and 佐藤 花 is in it."
        ),
        "share_types": ["group"],
        "verdict": "shared",
        "GroupedLibraries.owned": [],
        "GroupedLibraries.read_access": [],
        "JobStatus.asked_by": "hana.sato",
        "JobStatus.looked_at": 40,
        "JobStatus.name": "drift",
        "JobStatus.purpose": "Compare the rows with the shares, and say how many differ.",
        "JobStatus.state": "running",
        "JobStatus.summary": "40 of 120 users looked at, 0 rows that differ",
        "JobStatus.total": 120,
        "LibraryAccess.access_type": "group",
        "LibraryShareOutcome.changed": [],
        "LibraryShareOutcome.removed": [],
        "LibraryShareOutcome.unchanged": [],
        "LibraryView.name": "Marketing material",
        "PendingChange.what": "shares of library:handbook",
        "PendingChanges.settled": 4200,
        "PendingChanges.summary": "rows: 4,200 settled, 1 change pending",
        "PrincipalBody.id": "designers",
        "ReachedLibrary.access_type": "group",
        "ListsBody.users": ["hana.sato", "ito.daichi"],
        "PlacedLibrary.access_type": "group",
        "PlacedLibrary.name": "Marketing material",
        "ReachedLibrary.name": "Marketing material",
        "Reacher.access_type": "group",
        "Reacher.name": "佐藤 花",
        "ReviewedAccess.access_type": "group",
        "ReviewedAccess.name": "Marketing material",
        "ReviewedAccess.user_name": "佐藤 花",
        "ReviewedAccess.via": ["group:designers"],
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
    "DOCUMENT_LINE_BYTES_MAX",
    "ENTITIES",
    "MODULE",
    "PURGE_JOB",
    "SHARES_CHANGED_MAX",
    "SHARES_OF_LIBRARY_MAX",
    "Access",
    "AccessAnswer",
    "AccessRequestView",
    "AccessRequests",
    "Approval",
    "Approved",
    "Check",
    "Checks",
    "Effect",
    "EntryDeletion",
    "EntryMove",
    "Explanation",
    "Grant",
    "Held",
    "Job",
    "JobKind",
    "JobStatus",
    "Jobs",
    "Libraries",
    "Library",
    "LibraryAccess",
    "LibraryChange",
    "LibraryShareOutcome",
    "ListRequest",
    "ListedState",
    "Lists",
    "ListsOfUsers",
    "ManyLists",
    "MembersChange",
    "NewLibrary",
    "Permission",
    "PolicyChange",
    "PreviewPage",
    "PreviewView",
    "PreviewedChange",
    "Previews",
    "ReachedLibrary",
    "ReachedPage",
    "Reacher",
    "Reachers",
    "ReachersBounds",
    "ReachersPage",
    "ReachersRequest",
    "ReachersSort",
    "RequestState",
    "RequestsPage",
    "Resource",
    "ResourceKind",
    "ResourceKinds",
    "ResourceMove",
    "ResourceState",
    "Resources",
    "ReviewHead",
    "ReviewPage",
    "ReviewRequest",
    "ReviewWriter",
    "ReviewedAccess",
    "Reviews",
    "Share",
    "ShareOutcome",
    "ShareWarning",
    "Shareable",
    "SharedKind",
    "Shares",
    "SharesChange",
    "Sharing",
    "Source",
    "Standing",
    "Terms",
    "TrailDrift",
    "TrailDrifts",
    "Undo",
    "UndoOutcome",
    "UndoState",
    "UndoneResource",
    "UserDeletion",
    "UserMove",
    "VerifiedReview",
    "Wanted",
    "before_there_was_a_bin",
    "continued",
    "evaluate",
    "http_fronts",
    "http_routes",
    "kind_routes",
    "library_access",
    "library_resource",
    "library_share_outcome",
    "preview_view",
    "verified_review",
    "warning_views",
]
