"""Who could reach what at an instant, over REST: page by page, and as a signed document in one piece."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import Annotated

from litestar import get
from litestar.openapi import ResponseSpec
from litestar.params import QueryParameter
from litestar.response import Stream

from entaku.api.answering import BODY_ETAG
from entaku.api.auth import CallingActor
from entaku.api.pages import RequestedPage
from entaku.core.errors import Flaw, Invalid
from entaku.core.ids import shown
from entaku.modules.sharing.review.model import ReviewBounds, ReviewRequest
from entaku.modules.sharing.review.views import AccessReviewView, ReviewDocumentView
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
    request = _request(at, user, resource)
    found = await sharing.reviews.page(actor, request, limit=page.limit, after=page.cursor)
    return AccessReviewView(at=at, users=found.users, accesses=found.accesses, next_cursor=found.cursor)


@get(
    "/access-review/document",
    tags=["Access"],
    summary="The same as a signed document",
    responses={
        200: ResponseSpec(ReviewDocumentView, description="Keep its bytes as they are.", generate_examples=False)
    },
)
async def get_review_document(
    actor: CallingActor, sharing: SharingModule, at: Instant, user: OfUser = None, resource: OfResource = None
) -> Stream:
    """For tenant administrators, of up to 20,000 users and resources. `entaku access verify` tells whether it is as it
    was sent, and so may whoever has the public keys of the service."""
    pieces = sharing.review_documents.pieces(actor, _request(at, user, resource), bounds=ReviewBounds())
    # A refusal is an answer of its own; once the first piece is sent, only cutting the answer off could tell of it.
    first = await anext(pieces)
    return Stream(_sent(first, pieces), media_type="application/json")


async def _sent(first: bytes, rest: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    async with aclosing(rest):
        yield first
        async for piece in rest:
            yield piece


def _request(at: datetime, user: str | None, resource: str | None) -> ReviewRequest:
    return ReviewRequest(at=at, user_id=user, resource=None if resource is None else _resource(resource))


def _resource(text: str) -> Resource:
    kind, colon, thing_id = text.partition(":")
    if not colon:
        message = f"{shown(text)} names no resource: write KIND:ID, as in library:handbook"
        raise Invalid(message, flaws=(Flaw(message=message, path="resource"),))
    return Resource(kind, thing_id)


ACCESS_REVIEW_HANDLERS = [review_access, get_review_document]
