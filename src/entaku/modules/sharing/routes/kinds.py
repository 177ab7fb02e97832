"""Shares, access and lists of another kind of resource than libraries over REST, which its module adds to its routes.

They are those of libraries, with the name of the kind in their addresses.
"""

from __future__ import annotations

import re
from typing import Annotated

from litestar import Response, get, patch
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody, QueryParameter

from entaku.api.answering import SHOWS_MORE
from entaku.api.auth import CallingActor
from entaku.api.etags import ExpectedVersion, IfMatchHeader
from entaku.api.idempotency import SentIdempotency, was_replayed
from entaku.api.pages import RequestedPage
from entaku.api.replies import reply
from entaku.modules.sharing.checks import AccessAnswer
from entaku.modules.sharing.kind_views import ReachedResources, ResourceShares, reached_resources, resource_shares
from entaku.modules.sharing.lists import ListRequest
from entaku.modules.sharing.routes.dependencies import Search, SharingModule, SortedBy
from entaku.modules.sharing.share_change import ShareOutcome
from entaku.modules.sharing.shareable import ResourceKind, S
from entaku.modules.sharing.views import SharesChangeBody

_PLURAL = re.compile(r"[a-z][a-z0-9-]*")


def kind_handlers(entity: type[S], plural: str, tag: str) -> list[HTTPRouteHandler]:
    """Four handlers, to be put below `/api`. `plural` is the kind in addresses, as in `dossiers`; `tag` the group of
    operations in the document."""
    kind = ResourceKind(entity).name
    if not _PLURAL.fullmatch(plural):
        raise ValueError(f"{plural!r} is no part of an address; use small letters, digits and -")
    here = f"/{plural}/{{resource_id:str}}"

    @get(f"{here}/shares", opt=SHOWS_MORE, summary=f"The shares of a {kind}", tags=[tag])
    async def list_shares(
        actor: CallingActor, sharing: SharingModule, resource_id: FromPath[str], page: RequestedPage
    ) -> Response[ResourceShares]:
        """For the owner, administrators and holders of `share`; by kind and id of the principal."""
        found = await sharing.of(entity).shares.list(actor, resource_id, limit=page.limit, after=page.cursor)
        return reply(resource_shares(found), version=found.thing.version)

    @patch(f"{here}/shares", summary=f"Add and remove shares of a {kind}", tags=[tag])
    async def change_shares(
        actor: CallingActor,
        sharing: SharingModule,
        resource_id: FromPath[str],
        data: JSONBody[SharesChangeBody],
        expected_version: ExpectedVersion,
        idempotency: SentIdempotency,
        if_match: IfMatchHeader = None,
    ) -> Response[ShareOutcome]:
        """In one transaction. The same share again is no change; on other terms it needs If-Match: the thing's ETag."""
        is_any = expected_version is None and if_match is not None
        outcome = await sharing.of(entity).shares.change(
            actor,
            resource_id,
            add=[grant.grant() for grant in data.add],
            remove=[principal.principal() for principal in data.remove],
            expect="*" if is_any else expected_version,
            reason=data.reason,
            idempotency=idempotency,
        )
        return reply(outcome, version=outcome.version, replayed=was_replayed(idempotency))

    @get(f"{here}/access/{{user_id:str}}", summary=f"What a user may do with a {kind}, and why", tags=[tag])
    async def get_access(
        actor: CallingActor, sharing: SharingModule, resource_id: FromPath[str], user_id: FromPath[str]
    ) -> AccessAnswer:
        """About oneself for everybody who may know of it, about others for its owner and administrators."""
        return await sharing.of(entity).checks.access(actor, resource_id, user_id)

    @get(f"/users/{{user_id:str}}/{plural}", summary=f"Every {kind} that a user reaches", tags=[tag])
    async def list_reached(
        actor: CallingActor,
        sharing: SharingModule,
        user_id: FromPath[str],
        page: RequestedPage,
        q: Search = "",
        sort: SortedBy = "name",
        include_expired: Annotated[
            bool, QueryParameter(name="include_expired", description="Also those whose shares have all ended.")
        ] = False,
    ) -> ReachedResources:
        """One's own list for everybody, anybody's for administrators. Exact: it was all true at one instant."""
        request = ListRequest(limit=page.limit, cursor=page.cursor, q=q, sort=sort, include_expired=include_expired)
        return reached_resources(kind, await sharing.of(entity).lists.of_user(actor, user_id, request))

    return [list_shares, change_shares, get_access, list_reached]
