"""Reading requests: one's own, and those that wait for one's decision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from entaku.core.clock import Clock
from entaku.core.context import Actor
from entaku.core.errors import Forbidden
from entaku.core.ids import check_id
from entaku.core.limits import PAGE_SIZE_MAX, SEARCH_CALLS_MAX
from entaku.modules.accounts import Hierarchies, UserProfile, check_acting
from entaku.modules.sharing.access.rights import standing
from entaku.modules.sharing.access.truth import Facts, Pair, pair_of, read_facts_of
from entaku.modules.sharing.requests.decided_about import decided_about, place_of, waiting_for
from entaku.modules.sharing.requests.finding import find_kept, is_at_home
from entaku.modules.sharing.requests.model import WAITS_FOR_NOBODY, AccessRequest, RequestPlace
from entaku.modules.sharing.requests.views import (
    AccessRequestView,
    RequestsPage,
    for_asker,
    for_decider,
    is_still_theirs,
    may_answer,
    may_decide,
    unknown_request,
)
from entaku.modules.sharing.shareable import Resource, ResourceKinds
from entaku.table import BoundTable, Table

LISTING = "requests that wait"
"""What its cursors are sealed for."""


class Reading:
    """What is shown of requests, to whoever may see it."""

    def __init__(self, table: Table, hierarchies: Hierarchies, kinds: ResourceKinds, clock: Clock) -> None:
        self._table, self._hierarchies, self._kinds, self._clock = table, hierarchies, kinds, clock

    async def list_asked(self, actor: Actor, *, limit: int, after: str | None = None) -> RequestsPage:
        """What the caller has asked for, by kind and id of the resource. Of what they may not know of: what they typed.
        Raises Forbidden for who is no user of the tenant."""
        if not actor.is_user or not is_at_home(actor):
            raise Forbidden(
                "requests of their own have the users of the tenant alone; list those that are to be decided"
            )
        table, now = self._table.for_tenant(actor.tenant_id), self._clock.now()
        page = await table.list(AccessRequest.of_user(user_id=actor.user_id), limit=limit, after=after)
        facts = await self._facts(table, actor, (request.resource for request in page.items))
        own = await table.find(UserProfile.at(user_id=actor.user_id))
        check_acting(actor, own)
        shown = (
            for_asker(request, actor, facts.get(request.resource), now)
            for request in page.items
            if is_still_theirs(request, own)
        )
        return RequestsPage(tuple(shown), page.cursor)

    async def list_waiting(self, actor: Actor, *, limit: int, after: str | None = None) -> RequestsPage:
        """What waits for the caller's decision, oldest first: how much waits for others is not told.

        Administrators, and who decides about more than 100 resources, look through the tenant's open requests, so many
        pages of them at most: a page may be short or empty although more follow. Who so looks through them learns how
        many there are, but not what for: what does not exist is asked for like everything else.
        """
        table, now = self._table.for_tenant(actor.tenant_id), self._clock.now()
        if not actor.is_admin:
            resources = await decided_about(table, self._hierarchies, actor, now)
            facts = None if resources is None else await self._facts(table, actor, resources)
            waiting = None if facts is None else await waiting_for(table, actor, facts, now)
            if facts is not None and waiting is not None:
                return await self._waiting_page(table, actor, facts, waiting, limit=limit, after=after)
        found: tuple[AccessRequestView, ...] = ()
        cursor = after
        for _ in range(SEARCH_CALLS_MAX):
            page = await table.list(AccessRequest.waiting(), limit=limit, after=cursor)
            facts = await self._facts(table, actor, (request.resource for request in page.items))
            found, cursor = await self._decidable(table, actor, page.items, facts), page.cursor
            if found or cursor is None:
                break
        return RequestsPage(found, cursor)

    async def list_of(self, actor: Actor, resource: Resource, *, limit: int, after: str | None = None) -> RequestsPage:
        """What waits to be decided about a resource, oldest first: for its owner, administrators and, of what they
        could grant, holders of `share`. A bounded look, as `Reader.search`: a page may be short although more follow.
        Raises NotFound, Forbidden."""
        table, kind, now = self._table.for_tenant(actor.tenant_id), self._kinds.named(resource.kind), self._clock.now()
        caller = await standing(table, self._hierarchies, kind, actor, resource.id, now)
        if not caller.may_see_shares:
            raise Forbidden(f"requests for a {kind.name} are shown to its owner, administrators and holders of `share`")

        def texts(request: AccessRequest) -> tuple[str, ...]:
            return ("",) if may_answer(request, actor, caller.facts, now) else ()

        query = AccessRequest.of_resource(resource=resource, waits_since=caller.thing.begun_at)
        page = await table.search(query, "", texts=texts, limit=limit, after=after)
        return RequestsPage(await self._decidable(table, actor, page.items, {resource: caller.facts}), page.cursor)

    async def get(self, actor: Actor, request_id: str) -> AccessRequestView:
        """One request, for who asked and whoever may decide, or could have. Raises NotFound."""
        table, now = self._table.for_tenant(actor.tenant_id), self._clock.now()
        place = await table.find(RequestPlace.at(request_id=check_id(request_id, "request")))
        kept = None if place is None else await find_kept(table, self._kinds, place)
        if kept is None:
            raise unknown_request(request_id)
        facts = (await self._facts(table, actor, [kept.request.resource])).get(kept.request.resource)
        if facts is not None and kept.asker is not None and may_decide(kept.request, actor, facts, kept.asker, now):
            return for_decider(kept.request, facts, kept.asker)
        if kept.is_asked_by(actor):
            return for_asker(kept.request, actor, facts, now)
        raise unknown_request(request_id)

    async def _waiting_page(
        self,
        table: BoundTable,
        actor: Actor,
        facts: Mapping[Resource, Facts],
        waiting: Sequence[AccessRequest],
        *,
        limit: int,
        after: str | None,
    ) -> RequestsPage:
        """A page of these requests. A call for every 100 who asked; it is short only where some of them are gone."""
        place = "" if after is None else table.open_cursor(LISTING, after)
        following = [request for request in waiting if place_of(request) > place]
        size = min(limit, PAGE_SIZE_MAX)
        some, more = following[:size], following[size:]
        cursor = table.seal_cursor(LISTING, place_of(some[-1])) if more else None
        return RequestsPage(await self._decidable(table, actor, some, facts), cursor)

    async def _decidable(
        self,
        table: BoundTable,
        actor: Actor,
        requests: Sequence[AccessRequest],
        facts: Mapping[Resource, Facts],
    ) -> tuple[AccessRequestView, ...]:
        """Those of the requests that the caller, whom the facts are about, may decide."""
        if not requests:
            return ()
        now = self._clock.now()
        profiles = await table.find_many([UserProfile.at(user_id=request.user_id) for request in requests])
        shown: list[AccessRequestView] = []
        for request, asker in zip(requests, profiles, strict=True):
            known = facts.get(request.resource)
            if request.waits_since == WAITS_FOR_NOBODY or known is None or asker is None:
                continue
            if may_decide(request, actor, known, asker, now):
                shown.append(for_decider(request, known, asker))
        return tuple(shown)

    async def _facts(self, table: BoundTable, actor: Actor, resources: Iterable[Resource]) -> dict[Resource, Facts]:
        """What there is between the caller and these. Two calls, one more for every 94 principals of the caller and
        resources together."""
        pairs: list[Pair] = []
        for resource in sorted(set(resources)):
            kind = self._kinds.find(resource.kind)
            if kind is not None:
                pairs.append(pair_of(kind, resource.id, actor.user_id))
        found = await read_facts_of(table, self._hierarchies, pairs)
        for facts in found.values():
            check_acting(actor, facts.profile)
        return {pair.resource: facts for pair, facts in found.items()}
