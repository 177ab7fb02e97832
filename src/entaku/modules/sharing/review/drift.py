"""Whether the trail tells the truth: what it comes to now, compared with what the shares say now, user by user.

Where they differ, records are missing or wrong, and no review of the tenant is to be believed before it is known which.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from entaku.core.clock import Clock, from_ms, to_ms
from entaku.core.context import Actor
from entaku.core.errors import Forbidden, NotFound
from entaku.core.limits import PAGE_SIZE_MAX
from entaku.modules.accounts import Hierarchies, UserProfile
from entaku.modules.sharing.jobs.kinds import Counted, JobKind
from entaku.modules.sharing.jobs.running import Run
from entaku.modules.sharing.lists.facts import ListFacts
from entaku.modules.sharing.lists.from_truth import reached_from_truth
from entaku.modules.sharing.lists.model import Reached, WholeList
from entaku.modules.sharing.model import Permission
from entaku.modules.sharing.review.model import EXAMPLES_MAX, USERS_AT_ONCE, Difference, ReviewRequest, TrailDrift
from entaku.modules.sharing.review.reviews import past_tenant, users_at
from entaku.modules.sharing.review.tenant import PastTenant
from entaku.modules.sharing.review.trails import Trails
from entaku.modules.sharing.shareable import Resource, ResourceKind, ResourceKinds
from entaku.table import BoundTable, Reader, Table
from entaku.table.progress import Tell, tell_nobody

TRAIL_JOB = "trail"

Permissions = dict[Resource, tuple[Permission, ...]]


class TrailDrifts:
    """Compares trail and shares. For administrators."""

    def __init__(self, table: Table, hierarchies: Hierarchies, kinds: ResourceKinds, clock: Clock) -> None:
        self._table, self._hierarchies, self._kinds, self._clock = table, hierarchies, kinds, clock

    async def check(self, actor: Actor, *, tell: Tell = tell_nobody) -> TrailDrift:
        """Looks at every user there is, and at every one there ever was: the cost of a review, and of a list of each.

        Whom it finds it looks at once more, for somebody may have changed something meanwhile. Raises Forbidden, and
        what a review raises.
        """
        if not actor.is_admin:
            raise Forbidden("whether the trail tells the truth is asked by tenant administrators")
        table = self._table.for_tenant(actor.tenant_id)
        user_ids = await self._user_ids(table)
        count, differing, examples = 0, 0, list[Difference]()
        async for part, found in self._compared(table, user_ids):
            count, differing = count + len(part), differing + len(found)
            examples += found[: EXAMPLES_MAX - len(examples)]
            tell("users compared", count, len(user_ids))
        return TrailDrift(looked_at=count, differing=differing, examples=tuple(examples))

    def job(self) -> JobKind:
        """The same as a job of the tenant, which only counts. A run that was killed is gone on with by user id."""

        async def work(table: BoundTable, run: Run) -> None:
            user_ids = [each for each in await self._user_ids(table) if each > (run.position or "")]
            async for part, found in self._compared(table, user_ids):
                await run.note(looked_at=len(part), found=len(found), position=part[-1])

        return JobKind(
            name=TRAIL_JOB,
            line="Compare the audit trail with the shares: what it comes to now must be what is true.",
            looks_at=Counted("user", "users"),
            finds=Counted("access that differs", "accesses that differ"),
            work=work,
        )

    async def _user_ids(self, table: BoundTable) -> list[str]:
        """Of the users that the trail knows, and of those that are there without it, in order."""
        found = {user_id async for part in Trails(table).each_id("user") for user_id in part}
        cursor: str | None = None
        while True:
            page = await table.list(UserProfile.by_name(), limit=PAGE_SIZE_MAX, after=cursor)
            found |= {user.user_id for user in page.items}
            cursor = page.cursor
            if cursor is None:
                return sorted(found)

    async def _compared(
        self, table: BoundTable, user_ids: Sequence[str]
    ) -> AsyncIterator[tuple[Sequence[str], list[Difference]]]:
        """Some users at a time, and where they differ at a second look, too."""
        past = await self._present(table)
        for start in range(0, len(user_ids), USERS_AT_ONCE):
            part = user_ids[start : start + USERS_AT_ONCE]
            found = await self._differences(table, past, part)
            if found:
                past = await self._present(table)
                found = await self._differences(table, past, sorted({each.user_id for each in found}))
            yield part, found

    async def _present(self, table: BoundTable) -> PastTenant:
        """The tenant as it is now, by the trail."""
        return await past_tenant(table, self._kinds, ReviewRequest(at=from_ms(to_ms(self._clock.now()))))

    async def _differences(self, table: BoundTable, past: PastTenant, user_ids: Sequence[str]) -> list[Difference]:
        by_trail = await self._by_trail(table, past, user_ids)
        found: list[Difference] = []
        for user_id in user_ids:
            found += _compared(user_id, by_trail.get(user_id, {}), await self._by_shares(table, user_id))
        return found

    async def _by_trail(self, table: BoundTable, past: PastTenant, user_ids: Sequence[str]) -> dict[str, Permissions]:
        users = await users_at(Trails(table), user_ids, ReviewRequest(at=past.at))
        return {user.user_id: {each.resource: each.permissions for each in past.reached_by(user)} for user in users}

    async def _by_shares(self, table: BoundTable, user_id: str) -> Permissions:
        wanted = WholeList(user_id=user_id, now=self._clock.now(), include_expired=False, tells_all=True)
        found: Permissions = {}
        for kind in self._kinds:

            async def collect(reader: Reader, kind: ResourceKind[Any] = kind) -> Reached:
                return await reached_from_truth(ListFacts(reader, self._hierarchies, kind), wanted)

            try:
                reached = await table.snapshot(collect)
            except NotFound:
                return {}
            found |= {kind.resource(row.library_id): row.permissions for _, row in reached.libraries}
        return found


def _compared(user_id: str, by_trail: Permissions, by_shares: Permissions) -> list[Difference]:
    return [
        Difference(
            user_id=user_id,
            resource=resource,
            by_trail=by_trail.get(resource, ()),
            by_shares=by_shares.get(resource, ()),
        )
        for resource in sorted(by_trail.keys() | by_shares.keys())
        if by_trail.get(resource) != by_shares.get(resource)
    ]
