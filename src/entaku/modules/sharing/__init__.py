"""Sharing: libraries shared with people, groups, roles, departments and the organisation; every answer explained.

The words, in files:

shareable  what can be shared: kinds of resource, of which libraries are one and modules bring others
model      libraries and shares, what they are called, and what a share grants
lifecycle  the states of a resource, and which move leads from which to which (pure)
trail      what the audit trail keeps of resources and shares
counting   what a tenant is counted for

What is done with them, in packages; each says which files it has, in reading order:

access     Checks: what one person may do with one resource, and why. Everything else asks its functions
sentences  the reasons for people, in English and Japanese
shares     Shares, Releasing: shares changed, some together in one transaction; gone with their principal
resources  Resources, Libraries: created, found, changed, handed over
retention  StateChanges, Purging, Bin: archived, deleted and kept for a while, restored or removed for good
lists      Lists, ManyLists, ListPages: everything a user reaches
rows       Rows: the same kept ready under the user, recomputed from the truth after each change
reachers   Reachers: everyone who reaches a resource
preview    Previews: who gains, loses, is changed or demoted by a change, before it is made
undo       Undo: a change of shares taken back
requests   AccessRequests: access asked for, and answered
review     Reviews: who could reach what at an instant, from the audit trail
jobs       Jobs: long work on a tenant, gone on with by whoever comes next
upkeep     Upkeep: what a tenant needs to have done that nobody asks for
service    Sharing: all of them together
examples   what the OpenAPI document shows as examples
routes     REST, a file for each noun; `reached_front` answers the list of a user, fast; `kinds` does for another kind
           of resource what the others do for libraries, as its module asks

From a share to a row: `shares.change` writes the share and, by `rows.pending`, an item that names what it dirties;
`rows.worker` finds that, `rows.dirty` the pairs of people and resources, `rows.gathering` the facts about them,
`rows.computing` the row, and `rows.settling` writes it. `rows.row_lists` makes lists of such rows.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from entaku.modules import Module, Parts
from entaku.modules.accounts import Accounts
from entaku.modules.audit import Audit
from entaku.modules.sharing.access.checks import AccessAnswer, Check, Checks
from entaku.modules.sharing.access.evaluation import Access, Source, evaluate
from entaku.modules.sharing.access.rights import Standing
from entaku.modules.sharing.access.views import LibraryAccess, library_access
from entaku.modules.sharing.examples import EXAMPLES
from entaku.modules.sharing.jobs.kinds import Counted, JobKind
from entaku.modules.sharing.jobs.model import Job
from entaku.modules.sharing.jobs.service import Jobs, JobStatus
from entaku.modules.sharing.lists.many import ListsOfUsers, ManyLists
from entaku.modules.sharing.lists.model import ListRequest, ReachedPage
from entaku.modules.sharing.lists.reached import ReachedLibrary
from entaku.modules.sharing.lists.service import Lists
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
from entaku.modules.sharing.reachers import (
    Reacher,
    Reachers,
    ReachersBounds,
    ReachersPage,
    ReachersRequest,
    ReachersSort,
)
from entaku.modules.sharing.requests.deciding import Approval, Approved
from entaku.modules.sharing.requests.model import REQUEST_ENTITIES, RequestState, Wanted
from entaku.modules.sharing.requests.service import AccessRequests
from entaku.modules.sharing.requests.views import AccessRequestView, RequestsPage
from entaku.modules.sharing.resources.libraries import Libraries, LibraryChange, ListedState, NewLibrary
from entaku.modules.sharing.resources.service import Resources
from entaku.modules.sharing.retention.model import PURGE_JOB, BinEntry
from entaku.modules.sharing.review.document import (
    DOCUMENT_LINE_BYTES_MAX,
    ReviewHead,
    ReviewWriter,
    VerifiedReview,
    verified_review,
)
from entaku.modules.sharing.review.documents import ReviewDocuments
from entaku.modules.sharing.review.drift import TrailDrifts
from entaku.modules.sharing.review.model import ReviewedAccess, ReviewPage, ReviewRequest, TrailDrift
from entaku.modules.sharing.review.reviews import Reviews
from entaku.modules.sharing.rows.model import ROW_ENTITIES
from entaku.modules.sharing.sentences.reasons import Explanation, ShareWarning
from entaku.modules.sharing.service import SharedKind, Sharing
from entaku.modules.sharing.shareable import (
    Resource,
    ResourceKind,
    ResourceKinds,
    ResourceState,
    S,
    Shareable,
    before_there_was_a_bin,
)
from entaku.modules.sharing.shares.change import Grant, ShareOutcome
from entaku.modules.sharing.shares.service import Shares
from entaku.modules.sharing.shares.views import LibraryShareOutcome, library_share_outcome, warning_views
from entaku.modules.sharing.undo.model import UNDO_ENTITIES, UndoneResource, UndoOutcome, UndoState
from entaku.modules.sharing.undo.service import Undo
from entaku.modules.sharing.upkeep.rounds import UpkeepRound


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
        sign=parts.sign,
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
    examples=EXAMPLES,
)


__all__ = [
    "DOCUMENT_LINE_BYTES_MAX",
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
    "Counted",
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
    "ReviewDocuments",
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
