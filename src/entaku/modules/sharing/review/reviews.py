"""The review of a tenant, a person or a resource, page by page.

What it costs, in calls of the table: two, and those for the trails of all departments and groups; then, of one
resource, one for every 200 of its records, else those for the trails of all resources; then those for the trails of
users: of one person, of those whom a resource was shared with by name, or of all. The trails of all things of a kind,
deleted ones too, cost one call for every 200 things and one for every 50; more where one has over 200 records.

An instant of the last moments may still gain what had begun by then and is being written.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import cast

import msgspec

from entaku.core.clock import Clock, from_ms, to_ms
from entaku.core.context import Actor
from entaku.core.errors import Conflict, Forbidden, Invalid, Limited, NotFound, Unavailable
from entaku.core.ids import check_id, shown
from entaku.core.limits import PAGE_SIZE_MAX
from entaku.modules.accounts import Directory, Hierarchy, Usage, UserProfile, UserState
from entaku.modules.audit import Target
from entaku.modules.sharing.access.rights import unknown
from entaku.modules.sharing.model import Library
from entaku.modules.sharing.review.model import (
    ACCESSES_AT_ONCE,
    THINGS_PAGED_MAX,
    USERS_AT_ONCE,
    ReviewBounds,
    ReviewedAccess,
    ReviewPage,
    ReviewRequest,
)
from entaku.modules.sharing.review.past import department_at, group_at, policy_at, thing_at, user_at
from entaku.modules.sharing.review.tenant import PastTenant
from entaku.modules.sharing.review.trails import TARGETS_AT_ONCE, Trails
from entaku.modules.sharing.shareable import ResourceKinds
from entaku.table import BoundTable, Entity, Key, Table
from entaku.table.progress import Tell, tell_nobody

PASTS_KEPT_MAX = 2
"""Tenants at an instant that a process remembers for the next page."""
SETTLED_AFTER = timedelta(minutes=1)
"""What is older has been written, however long a transaction took; only such an instant is remembered."""


class Reviews:
    """Who could reach what at an instant. For administrators of the tenant."""

    def __init__(
        self,
        table: Table,
        kinds: ResourceKinds,
        clock: Clock,
        *,
        accesses_max: int = ACCESSES_AT_ONCE,
        things_max: int = THINGS_PAGED_MAX,
    ) -> None:
        """`accesses_max` ends a page, `things_max` is how many resources are looked at for one of `page`."""
        self._table, self._kinds, self._clock = table, kinds, clock
        self._accesses_max, self._things_max = accesses_max, things_max
        self._kept: OrderedDict[tuple[str, ReviewRequest], PastTenant] = OrderedDict()

    async def page(self, actor: Actor, request: ReviewRequest, *, limit: int, after: str | None = None) -> ReviewPage:
        """The accesses of the next users, at most `limit`, fewer where they reached much. All pages are of the one
        instant, whatever happens between them.

        Raises Forbidden, Invalid for an instant that cannot be reviewed and for another review's cursor, NotFound for a
        person or resource that never was, Limited where too many resources would have to be looked at for a page.
        """
        if not 1 <= limit <= PAGE_SIZE_MAX:
            raise Invalid(f"limit {limit} is out of range; a page holds 1 to {PAGE_SIZE_MAX} users")
        table, request = self._bound(actor), self._checked(request)
        listing = f"access review {msgspec.json.encode(request, order='deterministic').decode()}"
        place = Place() if after is None else Place.of(table.open_cursor(listing, after))
        past = await self._remembered(table, request)
        ids, behind = await some_ids(Trails(table), past, request, place, limit)
        accesses: list[ReviewedAccess] = []
        users = 0
        for user in await users_at(Trails(table), ids, request):
            users += 1
            accesses += past.reached_by(user)
            if len(accesses) >= self._accesses_max:
                passed = ids.index(user.user_id) + 1
                if passed < len(ids):
                    behind = Place(last_id=user.user_id, seen=place.seen + passed, after=place.after)
                break
        cursor = None if behind is None else table.seal_cursor(listing, behind.text)
        return ReviewPage(users=users, accesses=tuple(accesses), cursor=cursor)

    async def pages(
        self,
        actor: Actor,
        request: ReviewRequest,
        *,
        bounds: ReviewBounds | None = None,
        tell: Tell = tell_nobody,
    ) -> AsyncIterator[ReviewPage]:
        """All pages, however many users and resources there are, unless bounds are given. Holds in memory what the
        resources were at the instant, and some users.

        Raises as `page` does, and Limited above the bounds.
        """
        table, request = self._bound(actor), self._checked(request)
        things_max = None if bounds is None else bounds.things_max
        past = await past_tenant(table, self._kinds, request, things_max=things_max, tell=tell)
        if bounds is not None and request.user_id is None and past.users_counted > bounds.users_max:
            raise Limited(
                f"the tenant has {past.users_counted} users, and a document over REST is of at most {bounds.users_max};"
                " ask for one user, page by page, or for all of them with 'entaku access --at'"
            )
        trails, count = Trails(table), 0
        place: Place | None = Place()
        while place is not None:
            ids, place = await some_ids(trails, past, request, place, USERS_AT_ONCE)
            users = await users_at(trails, ids, request)
            count += len(users)
            tell("users", count, None if place else count)
            seen, accesses = 0, list[ReviewedAccess]()
            for user in users:
                await asyncio.sleep(0)  # What one user reached is much work; others get their turn.
                seen += 1
                accesses += past.reached_by(user)
                while len(accesses) >= self._accesses_max:
                    yield ReviewPage(users=seen, accesses=tuple(accesses[: self._accesses_max]))
                    del accesses[: self._accesses_max]
                    seen = 0
            if seen or accesses or not users:
                yield ReviewPage(users=seen, accesses=tuple(accesses))

    def checked(self, actor: Actor, request: ReviewRequest) -> ReviewRequest:
        """The request as it is reviewed: its instant in milliseconds. Raises Forbidden, Invalid."""
        self._bound(actor)
        return self._checked(request)

    def _bound(self, actor: Actor) -> BoundTable:
        if not actor.is_admin:
            raise Forbidden("who could reach what is reviewed by tenant administrators")
        return self._table.for_tenant(actor.tenant_id)

    def _checked(self, request: ReviewRequest) -> ReviewRequest:
        at, now = request.at, self._clock.now()
        if at.tzinfo is None:
            raise Invalid(f"the instant {at.isoformat()} has no time zone; add Z or an offset")
        if at > now:
            raise Invalid(
                f"the instant {at.isoformat()} is still to come (it is {now.isoformat(timespec='seconds')}), and the"
                " trail tells what was; name an earlier one"
            )
        if request.user_id is not None:
            check_id(request.user_id, "user")
        if request.resource is not None:
            self._kinds.named(request.resource.kind).check_id(request.resource.id)
        try:
            return msgspec.structs.replace(request, at=from_ms(to_ms(at)))
        except OverflowError as error:
            raise Invalid(f"{at.isoformat()} is before the year 1 in UTC; name a later instant") from error

    async def _remembered(self, table: BoundTable, request: ReviewRequest) -> PastTenant:
        """What the pages of one review have in common."""
        key = (table.tenant_id, msgspec.structs.replace(request, user_id=None))
        if (kept := self._kept.get(key)) is not None:
            return kept
        past = await past_tenant(table, self._kinds, request, things_max=self._things_max)
        if request.at < self._clock.now() - SETTLED_AFTER:
            self._kept[key] = past
            if len(self._kept) > PASTS_KEPT_MAX:
                self._kept.popitem(last=False)
        return past


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """How far the pages of a review are."""

    last_id: str = ""
    """The last user who was looked at."""
    seen: int = 0
    """How many were."""
    after: str = ""
    """Behind which stretch of the index the next one is."""

    @classmethod
    def of(cls, text: str) -> Place:
        last_id, seen, after = text.split(" ")
        return cls(last_id=last_id, seen=int(seen), after=after)

    @property
    def text(self) -> str:
        return f"{self.last_id} {self.seen} {self.after}"  # No id and no cursor holds a space.


async def some_ids(
    trails: Trails, past: PastTenant, request: ReviewRequest, place: Place, limit: int
) -> tuple[Sequence[str], Place | None]:
    """The next users to look at, at most `limit`, and the place behind them; None at the end."""
    named = past.people() if request.resource is not None else None
    if request.user_id is not None:
        named = frozenset({request.user_id})
    if named is not None:
        following = sorted(each for each in named if each > place.last_id)
        ids = following[:limit]
        return ids, Place(last_id=ids[-1]) if len(following) > limit else None
    some = await trails.some_ids("user", limit=limit, after=place.after or None, last_id=place.last_id)
    seen = place.seen + len(some.ids)
    if some.cursor is None:
        _check_found("users", seen, past.users_counted)
        return some.ids, None
    last_id = some.ids[-1] if some.ids else place.last_id
    return some.ids, Place(last_id=last_id, seen=seen, after=some.cursor)


async def users_at(trails: Trails, ids: Sequence[str], request: ReviewRequest) -> list[UserProfile]:
    """Those of the users who were there and active: nobody else reached anything. Raises NotFound where one was asked
    for by name that never was."""
    found: list[UserProfile] = []
    for start in range(0, len(ids), TARGETS_AT_ONCE):
        part = ids[start : start + TARGETS_AT_ONCE]
        for user_id, records in zip(part, await trails.of_each(Target("user", each) for each in part), strict=True):
            if not records and user_id == request.user_id:
                raise NotFound(f"there is no user {shown(user_id)}")
            user = user_at(user_id, records, request.at)
            if user is not None and user.state is UserState.ACTIVE:
                found.append(user)
    return found


async def past_tenant(
    table: BoundTable,
    kinds: ResourceKinds,
    request: ReviewRequest,
    *,
    things_max: int | None = None,
    tell: Tell = tell_nobody,
) -> PastTenant:
    """The tenant as it was, with all resources or the one that is asked for. Raises Invalid, NotFound, Limited."""
    trails, at = Trails(table), request.at
    keys = cast("tuple[Key[Entity], ...]", (Directory.at(), Usage.at()))
    directory, usage = cast("tuple[Directory | None, Usage | None]", tuple(await table.find_many(keys)))
    if directory is None or usage is None:
        raise Unavailable(f"tenant {table.tenant_id!r} is not complete; finish its creation")
    told = await trails.of(Target("tenant", table.tenant_id))
    policy = policy_at(table.tenant_id, told, at, directory.sharing_policy)
    departments = [d async for part in trails.each("department") for i, r in part if (d := department_at(i, r, at))]
    groups = [g async for part in trails.each("group") for i, r in part if (g := group_at(i, r, at))]
    past = PastTenant(at, policy, Hierarchy(directory.version, departments, (), groups), usage.users)
    if request.resource is not None:
        records = await trails.of(Target(request.resource.kind, request.resource.id))
        if not records:
            raise unknown(request.resource)
        past.add(thing_at(request.resource, records, at))
        return past
    count = libraries = 0
    for kind in kinds:
        async for part in trails.each(kind.name):
            count += len(part)
            libraries += len(part) if kind.entity is Library else 0
            if things_max is not None and count > things_max:
                raise Limited(
                    f"there are more than {things_max} resources to look at; review one resource, or all of them with"
                    " 'entaku access --at'"
                )
            for thing_id, records in part:
                past.add(thing_at(kind.resource(thing_id), records, at))
            tell("resources", count, None)
    _check_found("libraries", libraries, usage.libraries)
    return past


def _check_found(what: str, ever: int, counted: int) -> None:
    """Raises Conflict where the index of beginnings does not have all that is there: somebody would be missing."""
    if ever < counted:
        raise Conflict(
            f"the index of the trail is not complete: {what} that ever were {ever}, {what} of the tenant {counted};"
            " try again in a moment, and if it stays so, put the records of an earlier version into it: 'entaku table"
            " reindex --kind AUDIT'"
        )
