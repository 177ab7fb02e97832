"""Access requests over REST."""

from __future__ import annotations

from typing import Annotated, Literal

from litestar import Response, delete, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from entaku.api.answering import BODY_ETAG
from entaku.api.auth import CallingActor
from entaku.api.consistency import NO_TOKEN
from entaku.api.idempotency import SentIdempotency, was_replayed
from entaku.api.pages import PageView, RequestedPage
from entaku.api.replies import reply
from entaku.modules.sharing.model import library_resource
from entaku.modules.sharing.requests.bodies import AccessRequestBody, ApprovalBody, DenialBody
from entaku.modules.sharing.requests.views import AccessRequestView, RequestsPage
from entaku.modules.sharing.routes.dependencies import SharingModule

TAGS = ["Access requests"]
Shown = Annotated[
    Literal["waiting", "asked"],
    QueryParameter(name="show", description="`waiting`: for the caller's decision; `asked`: by the caller."),
]


@post(
    "/libraries/{library_id:str}/requests",
    status_code=202,
    opt=NO_TOKEN,
    tags=TAGS,
    summary="Ask for access to a library",
)
async def ask_for_library(
    actor: CallingActor,
    sharing: SharingModule,
    library_id: FromPath[str],
    data: JSONBody[AccessRequestBody],
    idempotency: SentIdempotency,
) -> Response[AccessRequestView]:
    """For everybody, about any id: whether there is such a library is not told. Asking again is the same request anew;
    `not_needed` hears who has the access already. Whoever may decide has 30 days to do so."""
    view = await sharing.requests.asking.ask(
        actor, library_resource(library_id), data.wanted(), idempotency=idempotency
    )
    return reply(view, replayed=was_replayed(idempotency))


@get(
    "/libraries/{library_id:str}/requests",
    opt=BODY_ETAG,
    tags=TAGS,
    summary="Requests for a library that wait to be decided",
)
async def list_requests_of_library(
    actor: CallingActor, sharing: SharingModule, library_id: FromPath[str], page: RequestedPage
) -> PageView[AccessRequestView]:
    """Oldest first. For its owner and administrators; holders of `share` see what they could grant."""
    resource = library_resource(library_id)
    return _page(await sharing.requests.reading.list_of(actor, resource, limit=page.limit, after=page.cursor))


@get("/requests", opt=BODY_ETAG, tags=TAGS, summary="Requests to decide, or one's own")
async def list_requests(
    actor: CallingActor, sharing: SharingModule, page: RequestedPage, show: Shown = "waiting"
) -> PageView[AccessRequestView]:
    """What waits for the caller's decision, oldest first; or, with `show=asked`, what the caller has asked for. A page
    may be short or empty although more follow."""
    reading = sharing.requests.reading
    listed = reading.list_asked if show == "asked" else reading.list_waiting
    return _page(await listed(actor, limit=page.limit, after=page.cursor))


@get("/requests/{request_id:str}", opt=BODY_ETAG, tags=TAGS, summary="One request")
async def get_request(actor: CallingActor, sharing: SharingModule, request_id: FromPath[str]) -> AccessRequestView:
    """For who asked, and for whoever may decide it. Who asked hears of a decision if they may know of the library."""
    return await sharing.requests.reading.get(actor, request_id)


@post("/requests/{request_id:str}/approve", status_code=200, tags=TAGS, summary="Approve a request")
async def approve_request(
    actor: CallingActor,
    sharing: SharingModule,
    request_id: FromPath[str],
    data: JSONBody[ApprovalBody],
    idempotency: SentIdempotency,
) -> Response[AccessRequestView]:
    """Makes the share, as it was asked for or otherwise, under the rights of who approves. `change_id` undoes it."""
    approved = await sharing.requests.deciding.approve(
        actor, request_id, data.approval(), reason=data.reason, idempotency=idempotency
    )
    return reply(approved.request, replayed=was_replayed(idempotency))


@post("/requests/{request_id:str}/deny", status_code=200, tags=TAGS, summary="Deny a request")
async def deny_request(
    actor: CallingActor,
    sharing: SharingModule,
    request_id: FromPath[str],
    data: JSONBody[DenialBody],
    idempotency: SentIdempotency,
) -> Response[AccessRequestView]:
    """With a reason. Who asked may ask again."""
    view = await sharing.requests.deciding.deny(actor, request_id, reason=data.reason, idempotency=idempotency)
    return reply(view, replayed=was_replayed(idempotency))


@delete("/requests/{request_id:str}", opt=NO_TOKEN, tags=TAGS, summary="Withdraw a request")
async def withdraw_request(actor: CallingActor, sharing: SharingModule, request_id: FromPath[str]) -> None:
    """For who asked, and administrators; whatever has become of it. What was granted stays."""
    await sharing.requests.asking.withdraw(actor, request_id)


def _page(found: RequestsPage) -> PageView[AccessRequestView]:
    return PageView(found.items, found.cursor)


REQUEST_HANDLERS = [
    ask_for_library,
    list_requests_of_library,
    list_requests,
    get_request,
    approve_request,
    deny_request,
    withdraw_request,
]
