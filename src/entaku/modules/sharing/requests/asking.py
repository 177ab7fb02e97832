"""Asking for access, and taking it back.

Everything that could tell whether there is such a resource is done alike: the same reads, the same items under who
asks, one commit, the same answer. What is more for a resource that exists is one audit record in that commit.
"""

from __future__ import annotations

from datetime import datetime

from entaku.core.clock import instant_text
from entaku.core.context import Actor
from entaku.core.errors import Conflict, Forbidden, Invalid, Limited, NotFound
from entaku.core.ids import check_id, shown
from entaku.core.limits import PAGE_SIZE_MAX
from entaku.modules.accounts import Hierarchies, Reads, UserProfile, UserState, individual, run_acting
from entaku.modules.audit import Audit
from entaku.modules.sharing.access.evaluation import first_lack
from entaku.modules.sharing.access.rights import manages, may_know
from entaku.modules.sharing.access.truth import Facts, pair_of, read_facts
from entaku.modules.sharing.model import Permission
from entaku.modules.sharing.requests.finding import find_kept, is_at_home
from entaku.modules.sharing.requests.model import (
    ASKS_MAX,
    ASKS_PERIOD,
    MESSAGE_LENGTH_MAX,
    REQUEST_OPEN,
    REQUESTS_OF_USER_MAX,
    WAITS_FOR_NOBODY,
    AccessRequest,
    AskedLately,
    RequestPlace,
    Wanted,
)
from entaku.modules.sharing.requests.trail import note_request
from entaku.modules.sharing.requests.views import (
    AccessRequestView,
    as_typed,
    is_still_theirs,
    not_needed,
    unknown_request,
)
from entaku.modules.sharing.shareable import Resource, ResourceKinds, ResourceState, Shareable
from entaku.modules.sharing.shares.change import Grant, check_request
from entaku.table import BoundTable, IdempotencyKey, Table, Transaction, changed


class Asking:
    """What who asks may do."""

    def __init__(self, table: Table, hierarchies: Hierarchies, audit: Audit, kinds: ResourceKinds) -> None:
        self._table, self._hierarchies, self._audit, self._kinds = table, hierarchies, audit, kinds

    async def ask(
        self,
        actor: Actor,
        resource: Resource,
        wanted: Wanted,
        *,
        user_id: str | None = None,
        idempotency: IdempotencyKey | None = None,
    ) -> AccessRequestView:
        """Ask for a resource, of which nobody says whether it exists; for oneself, administrators also for others.
        Asking again is the same request anew, whatever has become of it. Who has the access already hears so.

        Raises Invalid, Forbidden, NotFound for another user who is not there, Limited for who asks too often, and
        Conflict for more than reading of something archived, to who may know of it.
        """
        wanted = checked_wanted(wanted, self._table.clock.now())
        pair = pair_of(self._kinds.named(resource.kind), resource.id, _asker(actor, user_id))
        table = self._table.for_tenant(actor.tenant_id)
        here, lately = AccessRequest.at(user_id=pair.user_id, resource=resource), AskedLately.at(user_id=pair.user_id)

        async def work(tx: Transaction, reads: Reads) -> AccessRequestView:
            facts = await read_facts(table, self._hierarchies, pair)
            asker = facts.profile
            if asker is None or asker.state is not UserState.ACTIVE:
                raise NotFound(f"there is no active user {shown(pair.user_id)} to ask for")
            if _has_already(facts, wanted, tx.now):
                return not_needed(pair.user_id, resource, wanted, tx.now)
            _check_open(actor, facts, tx.now)
            before = reads.find(here)
            await self._check_room(table, before, pair.user_id)
            _count(tx, reads.find(lately), pair.user_id)
            thing = facts.thing if facts.thing is not None and facts.thing.is_open else None
            stored = await self._keep(tx, table, before, asker, resource, wanted, thing)
            if not tx.has(UserProfile.at(user_id=asker.user_id)):
                tx.check(asker)
            if thing is not None:
                note_request(self._audit, tx, actor, "access_requested", thing, stored)
            return as_typed(stored)

        return await run_acting(
            self._table, actor, work, reading=(here, lately), answer=AccessRequestView, idempotency=idempotency
        )

    async def withdraw(self, actor: Actor, request_id: str) -> None:
        """Take a request back, whatever has become of it. For who asked, and administrators. Raises NotFound."""
        table, at = self._table.for_tenant(actor.tenant_id), RequestPlace.at(request_id=check_id(request_id, "request"))

        async def work(tx: Transaction, reads: Reads) -> None:
            place = reads.find(at)
            found = None if place is None else await find_kept(table, self._kinds, place)
            if place is None or found is None or not (actor.is_admin or found.is_asked_by(actor)):
                raise unknown_request(request_id)
            tx.delete(found.request)
            tx.delete(place)
            if found.thing is not None and found.request.waits_since == found.thing.begun_at:
                note_request(self._audit, tx, actor, "access_request_withdrawn", found.thing, found.request)

        await run_acting(self._table, actor, work, reading=(at,))

    async def _check_room(self, table: BoundTable, before: AccessRequest | None, user_id: str) -> None:
        """Raises Limited for one request more than a user may have."""
        if before is not None:
            return
        page = await table.list(AccessRequest.of_user(user_id=user_id), limit=PAGE_SIZE_MAX)
        if len(page.items) >= REQUESTS_OF_USER_MAX:
            raise Limited(f"you have {len(page.items)} requests, as many as are kept; withdraw some of them first")

    async def _keep(
        self,
        tx: Transaction,
        table: BoundTable,
        before: AccessRequest | None,
        asker: UserProfile,
        resource: Resource,
        wanted: Wanted,
        thing: Shareable | None,
    ) -> AccessRequest:
        """The request as it is stored, under the id that it had if it was asked before."""
        since = None if thing is None else thing.begun_at
        is_again = before is not None and is_still_theirs(before, asker)
        request_id = before.request_id if before is not None and is_again else self._audit.new_id(tx.now)
        open_until = tx.now + REQUEST_OPEN
        request = AccessRequest(
            user_id=asker.user_id,
            resource=resource,
            request_id=request_id,
            user_since=asker.created_at,
            wanted=wanted,
            asked_at=tx.now,
            open_until=open_until,
            thing_since=since,
            waits_since=since or WAITS_FOR_NOBODY,
        )
        place = RequestPlace(request_id=request_id, user_id=asker.user_id, resource=resource, open_until=open_until)
        known = await table.find(RequestPlace.at(request_id=request_id))
        if known is None:
            tx.create(place)
        else:
            tx.replace(changed(known, open_until=open_until))
        return tx.create(request) if before is None else tx.replace(changed(request, _stored=before.stored))


def checked_wanted(wanted: Wanted, now: datetime) -> Wanted:
    """What is wanted, as it is kept. Raises Invalid for what nobody could grant."""
    if Permission.READ not in wanted.permissions:
        raise Invalid("the request names no `read`; every share grants it, so ask for it too")
    check_request([grant_of("somebody", wanted)], [])
    if wanted.expires_at is not None and wanted.expires_at <= now:
        raise Invalid(f"the access would have ended at {wanted.expires_at.isoformat()} already; name a time to come")
    if wanted.message is not None and len(wanted.message) > MESSAGE_LENGTH_MAX:
        raise Invalid(f"the message has {len(wanted.message)} characters; at most {MESSAGE_LENGTH_MAX} are possible")
    return wanted


def grant_of(user_id: str, wanted: Wanted) -> Grant:
    """The share that is asked for."""
    return Grant(principal=individual(user_id), permissions=wanted.permissions, expires_at=wanted.expires_at)


def _asker(actor: Actor, user_id: str | None) -> str:
    """Who asks. Raises Forbidden where nobody of the tenant does."""
    is_own = actor.is_user and is_at_home(actor) and user_id in (None, actor.user_id)
    if is_own:
        return actor.user_id
    if user_id is None:
        raise Forbidden("access is asked for by users of the tenant; name the user to ask for")
    if not actor.is_admin:
        raise Forbidden("tenant administrators ask for others; ask for yourself")
    return user_id


def _has_already(facts: Facts, wanted: Wanted, now: datetime) -> bool:
    """Whether who asks may do all that now, and as long as they want it."""
    if not wanted.permissions <= facts.access(now).permissions:
        return False
    if facts.is_owner:
        return True
    end = first_lack(facts.sources, wanted.permissions, now=now, policy=facts.policy)
    return end is None or (wanted.expires_at is not None and wanted.expires_at <= end)


def _check_open(actor: Actor, facts: Facts, now: datetime) -> None:
    """Raises Conflict for what is archived: nobody could approve that. Who may not know of it asks as of anything."""
    thing = facts.thing
    if thing is None or thing.state is not ResourceState.ARCHIVED or not may_know(actor, facts, now):
        return
    way_out = "unarchive it first" if manages(actor, facts) else "ask its owner to unarchive it first"
    raise Conflict(
        f"{thing.resource.kind} {thing.resource.id!r} is archived, and nobody is given more in it; {way_out}"
    )


def _count(tx: Transaction, before: AskedLately | None, user_id: str) -> None:
    """Counts one request more. Raises Limited for one too many."""
    if before is None:
        tx.create(AskedLately(user_id=user_id, count=1, ends_at=tx.now + ASKS_PERIOD))
        return
    if before.count >= ASKS_MAX:
        wait_s = max(1.0, (before.ends_at - tx.now).total_seconds())
        raise Limited(
            f"you have asked {before.count} times within an hour; ask again after {instant_text(before.ends_at)}",
            retry_after_s=wait_s,
        )
    tx.replace(changed(before, count=before.count + 1))
