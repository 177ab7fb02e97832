"""Pages of everyone who reaches a resource, for its owner and administrators."""

from __future__ import annotations

from datetime import datetime

from entaku.core.clock import Clock
from entaku.core.context import Actor
from entaku.core.errors import Invalid, Limited, Unavailable
from entaku.core.limits import PAGE_SIZE_MAX, SEARCH_LENGTH_MAX
from entaku.modules.accounts import Hierarchies, UserProfile
from entaku.modules.sharing.access.rights import standing_of
from entaku.modules.sharing.access.truth import pair_of, read_facts
from entaku.modules.sharing.model import SHARES_OF_LIBRARY_MAX, Share
from entaku.modules.sharing.reachers.candidates import Candidates, candidates_of
from entaku.modules.sharing.reachers.cutting import Cutting
from entaku.modules.sharing.reachers.judging import Judging
from entaku.modules.sharing.reachers.model import ReachersBounds, ReachersPage, ReachersRequest
from entaku.modules.sharing.shareable import Resource, ResourceKinds
from entaku.table import BoundTable, Reader, Table, fold

USERS_BY_INDEX_MAX = 20_000
"""Users of a tenant without a roll whom an index is asked for."""


_USUAL = ReachersBounds()


class Reachers:
    """Lists of those who reach a resource, of whatever kind."""

    def __init__(
        self,
        table: Table,
        hierarchies: Hierarchies,
        clock: Clock,
        kinds: ResourceKinds,
        bounds: ReachersBounds = _USUAL,
    ) -> None:
        self._table, self._hierarchies, self._clock, self._kinds = table, hierarchies, clock, kinds
        self._bounds = bounds

    async def of_resource(self, actor: Actor, resource: Resource, request: ReachersRequest) -> ReachersPage:
        """One page, as it was at one instant. It may be short, or empty, although more follow. In the order of ids
        everybody who reaches the resource throughout comes exactly once, whoever comes and goes meanwhile.

        Raises NotFound for a resource the caller may not know of, Forbidden for anybody but owner and administrators,
        Invalid for what does not fit, and for an order or a total for which there are too many users.
        """
        if not 1 <= request.limit <= PAGE_SIZE_MAX:
            raise Invalid(f"limit {request.limit} is out of range; a page holds 1 to {PAGE_SIZE_MAX} items")
        if len(request.q) > SEARCH_LENGTH_MAX:
            raise Invalid(f"the search text has {len(request.q)} characters; at most {SEARCH_LENGTH_MAX} are possible")
        self._kinds.named(resource.kind).check_id(resource.id)
        table, now = self._table.for_tenant(actor.tenant_id), self._clock.now()
        return await table.snapshot(lambda reader: self._page(table, reader, actor, resource, request, now))

    async def _page(
        self,
        table: BoundTable,
        reader: Reader,
        actor: Actor,
        resource: Resource,
        request: ReachersRequest,
        now: datetime,
    ) -> ReachersPage:
        kind = self._kinds.named(resource.kind)
        facts = await read_facts(reader, self._hierarchies, pair_of(kind, resource.id, actor.user_id))
        standing_of(kind, actor, facts, resource.id, now).check_manager("the list of those who reach it")
        (shares,) = await reader.list_all(Share.of_resource(resource=resource), at_most=2 * SHARES_OF_LIBRARY_MAX)
        live = [share for share in shares if share.terms.is_live(now)]
        candidates = candidates_of(facts, live, lists_max=self._bounds.member_lists)
        complete = facts.directory.has_roll or not candidates.are_everyone
        if not complete:
            candidates = Candidates(await _everyone_by_index(table), ())
        judging = Judging(facts, {share.principal: share.terms for share in shares}, now)
        listing = f"users of {resource} by {request.sort} who {request.permission or ''} with {fold(request.q)}"
        place, is_walk = None, False
        if request.cursor is not None:
            user_id, _, text = table.open_cursor(listing, request.cursor).partition(" ")
            place, is_walk = (text[1:], user_id), text.startswith(_WALK)
        cut = await Cutting(reader, candidates, judging, request, self._bounds).cut(place, is_walk=is_walk)
        cursor = None
        if cut.end is not None:
            text, user_id = cut.end
            cursor = table.seal_cursor(listing, f"{user_id} {_WALK if cut.is_walk else _WHOLE}{text}")
        return ReachersPage(
            resource=resource, total=cut.total, users=tuple(cut.users), next_cursor=cursor, complete=complete
        )


_WALK, _WHOLE = "+", "="
"""How the page after the one that a cursor ends is made."""


async def _everyone_by_index(table: BoundTable) -> tuple[str, ...]:
    """Every user of a tenant that has no roll yet. No snapshot can prove anything about an index, so it is read beside
    it, and whoever was created in this moment may be missing."""
    try:
        (profiles,) = await table.list_all(UserProfile.by_name(), at_most=USERS_BY_INDEX_MAX)
    except Limited as error:
        raise Unavailable(
            f"the tenant has more than {USERS_BY_INDEX_MAX} users and no roll of them yet; run 'entaku jobs run rows'"
        ) from error
    return tuple(sorted(profile.user_id for profile in profiles))
