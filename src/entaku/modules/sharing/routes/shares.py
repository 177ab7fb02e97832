"""The shares of a library over REST."""

from __future__ import annotations

from typing import Literal

from litestar import Response, get, patch
from litestar.params import FromPath, JSONBody

from entaku.api.answering import SHOWS_MORE
from entaku.api.auth import CallingActor
from entaku.api.etags import ExpectedVersion, IfMatchHeader
from entaku.api.idempotency import SentIdempotency, was_replayed
from entaku.api.languages import RequestedLanguage
from entaku.api.pages import RequestedPage
from entaku.api.replies import reply
from entaku.core.context import Actor
from entaku.modules.sharing.routes.dependencies import SharingModule
from entaku.modules.sharing.shareable import S
from entaku.modules.sharing.shares.change import ShareOutcome
from entaku.modules.sharing.shares.service import Shares
from entaku.modules.sharing.shares.views import (
    LibraryShareOutcome,
    SharesChangeBody,
    SharesView,
    library_share_outcome,
    shares_view,
)
from entaku.table import IdempotencyKey


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
    expect = expected_or_any(expected_version, if_match)
    outcome = await change_by(sharing.shares, actor, library_id, data, expect, idempotency)
    return reply(
        library_share_outcome(outcome, language),
        version=outcome.version,
        replayed=was_replayed(idempotency),
        language=language,
    )


def expected_or_any(expected_version: int | None, if_match: str | None) -> int | Literal["*"] | None:
    """What a change of shares expects: `If-Match: *` lets it replace a share of any version, and no If-Match none."""
    return "*" if expected_version is None and if_match is not None else expected_version


async def change_by(
    shares: Shares[S],
    actor: Actor,
    thing_id: str,
    data: SharesChangeBody,
    expect: int | Literal["*"] | None,
    idempotency: IdempotencyKey | None,
) -> ShareOutcome:
    """Makes the change that the body asks for."""
    return await shares.change(
        actor,
        thing_id,
        add=data.grants(),
        remove=data.principals(),
        expect=expect,
        reason=data.reason,
        preview=data.preview,
        idempotency=idempotency,
    )


SHARE_HANDLERS = [list_shares, change_shares]
