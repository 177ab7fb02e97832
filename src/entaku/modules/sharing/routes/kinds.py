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
from entaku.api.languages import RequestedLanguage
from entaku.api.pages import RequestedPage
from entaku.api.replies import reply
from entaku.modules.sharing.checks import AccessAnswer
from entaku.modules.sharing.kind_views import (
    ReachedResources,
    ResourceShareOutcome,
    ResourceShares,
    reached_resources,
    resource_share_outcome,
    resource_shares,
)
from entaku.modules.sharing.lists import ListRequest
from entaku.modules.sharing.reachers import ReachersPage, ReachersRequest
from entaku.modules.sharing.routes.dependencies import (
    ExactTotal,
    Search,
    SharingModule,
    SortedBy,
    UserSearch,
    UsersSortedBy,
    WithPermission,
)
from entaku.modules.sharing.routes.kind_previews import kind_preview_handlers
from entaku.modules.sharing.routes.kind_states import kind_state_handlers
from entaku.modules.sharing.shareable import Resource, ResourceKind, S
from entaku.modules.sharing.views import SharesChangeBody

_PLURAL = re.compile(r"[a-z][a-z0-9-]*")


def kind_handlers(entity: type[S], plural: str, tag: str) -> list[HTTPRouteHandler]:
    """Eleven handlers, to be put below `/api`. `plural` is the kind in addresses, as in `dossiers`; `tag` the group of
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
        language: RequestedLanguage,
        if_match: IfMatchHeader = None,
    ) -> Response[ResourceShareOutcome]:
        """In one transaction. The same share again is no change; on other terms it needs If-Match: the thing's ETag."""
        is_any = expected_version is None and if_match is not None
        outcome = await sharing.of(entity).shares.change(
            actor,
            resource_id,
            add=[grant.grant() for grant in data.add],
            remove=[principal.principal() for principal in data.remove],
            expect="*" if is_any else expected_version,
            reason=data.reason,
            preview=data.preview,
            idempotency=idempotency,
        )
        return reply(
            resource_share_outcome(outcome, language),
            version=outcome.version,
            replayed=was_replayed(idempotency),
            language=language,
        )

    @get(f"{here}/access/{{user_id:str}}", summary=f"What a user may do with a {kind}, and why", tags=[tag])
    async def get_access(
        actor: CallingActor,
        sharing: SharingModule,
        resource_id: FromPath[str],
        user_id: FromPath[str],
        language: RequestedLanguage,
    ) -> Response[AccessAnswer]:
        """About oneself for everybody who may know of it, about others for its owner and administrators."""
        answer = await sharing.of(entity).checks.access(actor, resource_id, user_id, language=language)
        return reply(answer, language=language)

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
        permission: WithPermission = None,
    ) -> ReachedResources:
        """One's own list for everybody, anybody's for administrators. Exact: it was all true at one instant."""
        request = ListRequest(
            limit=page.limit,
            cursor=page.cursor,
            q=q,
            sort=sort,
            permission=permission,
            include_expired=include_expired,
        )
        return reached_resources(kind, await sharing.of(entity).lists.of_user(actor, user_id, request))

    @get(f"{here}/users", summary=f"Everyone who reaches a {kind}", tags=[tag])
    async def list_reachers(
        actor: CallingActor,
        sharing: SharingModule,
        resource_id: FromPath[str],
        page: RequestedPage,
        q: UserSearch = "",
        sort: UsersSortedBy = "id",
        permission: WithPermission = None,
        total: ExactTotal = None,
    ) -> ReachersPage:
        """For the owner and administrators. Exact: each page was true at one instant, and in the order of ids everybody
        comes once."""
        request = ReachersRequest(
            limit=page.limit, cursor=page.cursor, q=q, sort=sort, permission=permission, exact_total=total is not None
        )
        return await sharing.reachers.of_resource(actor, Resource(kind, resource_id), request)

    states, previews = kind_state_handlers(entity, plural, tag), kind_preview_handlers(entity, plural, tag)
    return [list_shares, change_shares, get_access, list_reached, list_reachers, *states, *previews]
