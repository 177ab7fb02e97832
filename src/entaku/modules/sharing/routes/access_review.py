"""Who could reach what at an instant, over REST, page by page. The signed document is made on the command line."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from litestar import get
from litestar.params import QueryParameter

from entaku.api.answering import BODY_ETAG
from entaku.api.auth import CallingActor
from entaku.api.pages import RequestedPage
from entaku.core.errors import Flaw, Invalid
from entaku.core.ids import shown
from entaku.modules.sharing.review.model import ReviewRequest
from entaku.modules.sharing.review.views import AccessReviewView
from entaku.modules.sharing.routes.dependencies import SharingModule
from entaku.modules.sharing.shareable import Resource

Instant = Annotated[
    datetime,
    QueryParameter(
        name="at",
        description="The instant, with its zone; not in the future.",
        schema_extra={"examples": ["2026-11-01T00:00:00Z"]},
    ),
]
OfUser = Annotated[
    str | None,
    QueryParameter(
        name="user", description="Only what this user could reach.", schema_extra={"examples": ["hana.sato"]}
    ),
]
OfResource = Annotated[
    str | None,
    QueryParameter(
        name="resource",
        description="Only who could reach this resource, as KIND:ID.",
        schema_extra={"pattern": "^[a-z_]{1,40}:[A-Za-z0-9][A-Za-z0-9._@+-]{0,127}$", "examples": ["library:handbook"]},
    ),
]


@get("/access-review", opt=BODY_ETAG, tags=["Access"], summary="Who could reach what at an instant")
async def review_access(
    actor: CallingActor,
    sharing: SharingModule,
    page: RequestedPage,
    at: Instant,
    user: OfUser = None,
    resource: OfResource = None,
) -> AccessReviewView:
    """For tenant administrators, rebuilt from the audit trail. `limit` is of users, and a page has all that they could
    reach; one whose users reached nothing is empty although more follow. Send the same `at` with every cursor."""
    request = ReviewRequest(at=at, user_id=user, resource=None if resource is None else _resource(resource))
    found = await sharing.reviews.page(actor, request, limit=page.limit, after=page.cursor)
    return AccessReviewView(at=at, users=found.users, accesses=found.accesses, next_cursor=found.cursor)


def _resource(text: str) -> Resource:
    kind, colon, thing_id = text.partition(":")
    if not colon:
        message = f"{shown(text)} names no resource: write KIND:ID, as in library:handbook"
        raise Invalid(message, flaws=(Flaw(message=message, path="resource"),))
    return Resource(kind, thing_id)


ACCESS_REVIEW_HANDLERS = [review_access]
