"""Shares, access and lists of another kind of resource than libraries over REST, which its module adds to its routes.

They are those of libraries, with the name of the kind in their addresses.
"""

from __future__ import annotations

import re

from litestar import Response, get, patch
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from entaku.api.answering import SHOWS_MORE
from entaku.api.auth import CallingActor
from entaku.api.etags import ExpectedVersion, IfMatchHeader
from entaku.api.idempotency import SentIdempotency, was_replayed
from entaku.api.languages import RequestedLanguage
from entaku.api.pages import RequestedPage
from entaku.api.replies import reply
from entaku.modules.sharing.access.checks import AccessAnswer
from entaku.modules.sharing.lists.views import ReachedResources, reached_resources
from entaku.modules.sharing.reachers import ReachersPage
from entaku.modules.sharing.routes.dependencies import (
    TAKES_LIST_REQUEST,
    TAKES_REACHERS_REQUEST,
    SentListRequest,
    SentReachersRequest,
    SharingModule,
)
from entaku.modules.sharing.routes.kind_previews import kind_preview_handlers
from entaku.modules.sharing.routes.kind_states import kind_state_handlers
from entaku.modules.sharing.routes.shares import change_by, expected_or_any
from entaku.modules.sharing.shareable import Resource, ResourceKind, S
from entaku.modules.sharing.shares.views import (
    ResourceShareOutcome,
    ResourceShares,
    SharesChangeBody,
    resource_share_outcome,
    resource_shares,
)

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
        expect = expected_or_any(expected_version, if_match)
        outcome = await change_by(sharing.of(entity).shares, actor, resource_id, data, expect, idempotency)
        return reply(
            resource_share_outcome(outcome, language, sharing.kinds.called(language)),
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

    @get(
        f"/users/{{user_id:str}}/{plural}",
        dependencies=TAKES_LIST_REQUEST,
        summary=f"Every {kind} that a user reaches",
        tags=[tag],
    )
    async def list_reached(
        actor: CallingActor, sharing: SharingModule, user_id: FromPath[str], wanted: SentListRequest
    ) -> ReachedResources:
        """One's own list for everybody, anybody's for administrators. Exact: it was all true at one instant."""
        return reached_resources(kind, await sharing.of(entity).lists.of_user(actor, user_id, wanted))

    @get(f"{here}/users", dependencies=TAKES_REACHERS_REQUEST, summary=f"Everyone who reaches a {kind}", tags=[tag])
    async def list_reachers(
        actor: CallingActor, sharing: SharingModule, resource_id: FromPath[str], wanted: SentReachersRequest
    ) -> ReachersPage:
        """For the owner and administrators. Exact: each page was true at one instant, and in the order of ids everybody
        comes once."""
        return await sharing.reachers.of_resource(actor, Resource(kind, resource_id), wanted)

    states, previews = kind_state_handlers(entity, plural, tag), kind_preview_handlers(entity, plural, tag)
    return [list_shares, change_shares, get_access, list_reached, list_reachers, *states, *previews]
