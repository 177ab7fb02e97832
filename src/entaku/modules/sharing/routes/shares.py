"""The shares of a library over REST."""

from __future__ import annotations

from litestar import Response, get, patch
from litestar.params import FromPath, JSONBody

from entaku.api.answering import SHOWS_MORE
from entaku.api.auth import CallingActor
from entaku.api.etags import ExpectedVersion, IfMatchHeader
from entaku.api.idempotency import SentIdempotency, was_replayed
from entaku.api.languages import RequestedLanguage
from entaku.api.pages import RequestedPage
from entaku.api.replies import reply
from entaku.modules.sharing.routes.dependencies import SharingModule
from entaku.modules.sharing.views import (
    LibraryShareOutcome,
    SharesChangeBody,
    SharesView,
    library_share_outcome,
    shares_view,
)


@get("/libraries/{library_id:str}/shares", opt=SHOWS_MORE, tags=["Shares"], summary="The shares of a library")
async def list_shares(
    actor: CallingActor,
    sharing: SharingModule,
    library_id: FromPath[str],
    page: RequestedPage,
) -> Response[SharesView]:
    """For the owner, administrators and holders of `share`; by kind and id of the principal."""
    found = await sharing.shares.list(actor, library_id, limit=page.limit, after=page.cursor)
    return reply(shares_view(found), version=found.thing.version)


@patch("/libraries/{library_id:str}/shares", tags=["Shares"], summary="Add and remove shares")
async def change_shares(
    actor: CallingActor,
    sharing: SharingModule,
    library_id: FromPath[str],
    data: JSONBody[SharesChangeBody],
    expected_version: ExpectedVersion,
    idempotency: SentIdempotency,
    language: RequestedLanguage,
    if_match: IfMatchHeader = None,
) -> Response[LibraryShareOutcome]:
    """In one transaction. The same share again is no change; on other terms it needs If-Match: the library's ETag. With
    the token of a preview the change is made only if it does exactly what was shown."""
    is_any = expected_version is None and if_match is not None
    outcome = await sharing.shares.change(
        actor,
        library_id,
        add=[grant.grant() for grant in data.add],
        remove=[principal.principal() for principal in data.remove],
        expect="*" if is_any else expected_version,
        reason=data.reason,
        preview=data.preview,
        idempotency=idempotency,
    )
    return reply(
        library_share_outcome(outcome, language),
        version=outcome.version,
        replayed=was_replayed(idempotency),
        language=language,
    )


SHARE_HANDLERS = [list_shares, change_shares]
