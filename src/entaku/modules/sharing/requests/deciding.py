"""Deciding a request: approving it is one call that makes the share, under the rights of who approves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar, cast

import msgspec

from entaku.core.clock import instant_text
from entaku.core.context import Actor
from entaku.core.errors import Conflict, Invalid
from entaku.core.ids import check_id
from entaku.modules.accounts import Hierarchies, UserProfile, check_acting
from entaku.modules.audit import Audit
from entaku.modules.sharing.access.rights import Standing
from entaku.modules.sharing.access.truth import pair_of, read_facts
from entaku.modules.sharing.lifecycle import Move, check_move
from entaku.modules.sharing.model import Permission
from entaku.modules.sharing.requests.asking import grant_of
from entaku.modules.sharing.requests.finding import find_kept
from entaku.modules.sharing.requests.lowering import check_takes_nothing
from entaku.modules.sharing.requests.model import (
    MESSAGE_LENGTH_MAX,
    WAITS_FOR_NOBODY,
    AccessRequest,
    Decision,
    RequestPlace,
    RequestState,
)
from entaku.modules.sharing.requests.trail import cause_of, note_request
from entaku.modules.sharing.requests.views import AccessRequestView, for_decider, may_decide, unknown_request
from entaku.modules.sharing.rows.pending import Pendings
from entaku.modules.sharing.shareable import ResourceKinds, Shareable
from entaku.modules.sharing.shares.change import Change, Grant, ShareOutcome, check_request, terms_of
from entaku.modules.sharing.undo.model import Origin
from entaku.table import BoundTable, IdempotencyKey, Table, Transaction, changed

T = TypeVar("T")


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """What to grant where it is not what was asked for; what is unset is as asked."""

    permissions: frozenset[Permission] | msgspec.UnsetType = msgspec.UNSET
    expires_at: datetime | msgspec.UnsetType | None = msgspec.UNSET

    @property
    def says_what(self) -> bool:
        return self.permissions is not msgspec.UNSET

    @property
    def says_until(self) -> bool:
        return self.expires_at is not msgspec.UNSET


AS_ASKED = Approval()


class Approved(msgspec.Struct, frozen=True, kw_only=True):
    """What an approval came to."""

    request: AccessRequestView
    outcome: ShareOutcome


class Decidable(msgspec.Struct, frozen=True):
    """A request that the caller may decide, and how they stand to what it is about."""

    request: AccessRequest
    asker: UserProfile
    caller: Standing[Shareable]


class Deciding:
    """What whoever decides may do."""

    def __init__(
        self, table: Table, hierarchies: Hierarchies, audit: Audit, kinds: ResourceKinds, pendings: Pendings
    ) -> None:
        self._table, self._hierarchies, self._audit = table, hierarchies, audit
        self._kinds, self._pendings = kinds, pendings

    async def approve(
        self,
        actor: Actor,
        request_id: str,
        approval: Approval = AS_ASKED,
        *,
        reason: str | None = None,
        idempotency: IdempotencyKey | None = None,
    ) -> Approved:
        """Make the share that was asked for, or a lesser or greater one, in the transaction that answers the request.
        For the owner, administrators, and holders of `share`, who grant no more than they have.

        Raises NotFound, Forbidden for what the caller may not grant, Invalid, Conflict for a request that is decided,
        for what is archived, and where what was asked for would take something away from who asked: then say what they
        are to have.
        """

        async def work(tx: Transaction, table: BoundTable, found: Decidable) -> Approved:
            request, caller = found.request, found.caller
            # Also where the share is there already: it would give nobody what was asked for.
            check_move(Move.SHARE, caller.thing)
            grant = _granted(request, approval)
            origin = Origin(self._audit.new_id(tx.now), cause_of(request))
            change = Change(tx, table, caller, self._audit, self._pendings, True, reason, origin)
            outcome = await change.apply([grant], [])
            if outcome.change_id is not None:
                await self._check_takes_nothing(table, found, grant, approval, tx.now)
            else:
                caller.guard_access(tx)
                if found.asker.user_id != actor.user_id:
                    tx.check(found.asker)
            decision = self._decision(tx, actor, RequestState.APPROVED, reason, outcome.change_id)
            note_request(
                *(self._audit, tx, actor, "access_request_approved", caller.thing, request),
                version=outcome.version,
                granted=msgspec.structs.replace(
                    request.wanted, permissions=grant.permissions, expires_at=grant.expires_at
                ),
                reason=reason,
                change_id=outcome.change_id,
            )
            return Approved(request=self._decided(tx, found, decision), outcome=outcome)

        return await self._decide(actor, request_id, work, Approved, idempotency)

    async def deny(
        self, actor: Actor, request_id: str, *, reason: str, idempotency: IdempotencyKey | None = None
    ) -> AccessRequestView:
        """Refuse it. Who asked is told so, and why, if they may know of what they asked for. Raises NotFound, Invalid
        without a reason, Conflict for a request that is decided."""
        if not 0 < len(reason) <= MESSAGE_LENGTH_MAX:
            raise Invalid(f"say why, in 1 to {MESSAGE_LENGTH_MAX} characters; there are {len(reason)}")

        async def work(tx: Transaction, table: BoundTable, found: Decidable) -> AccessRequestView:
            found.caller.guard_access(tx)
            decision = self._decision(tx, actor, RequestState.DENIED, reason, None)
            note_request(
                *(self._audit, tx, actor, "access_request_denied", found.caller.thing, found.request), reason=reason
            )
            return self._decided(tx, found, decision)

        return await self._decide(actor, request_id, work, AccessRequestView, idempotency)

    async def _decide(
        self,
        actor: Actor,
        request_id: str,
        work: Callable[[Transaction, BoundTable, Decidable], Awaitable[T]],
        answer: type[T],
        idempotency: IdempotencyKey | None,
    ) -> T:
        """Runs the work on a request that waits for the caller's decision."""
        table = self._table.for_tenant(actor.tenant_id)
        check_id(request_id, "request")

        async def attempt(tx: Transaction) -> T:
            found = await self._decidable(tx, table, actor, request_id)
            decision = found.request.decision
            if decision is not None:
                at = instant_text(decision.decided_at)
                raise Conflict(
                    f"request {request_id!r} was {decision.state} by {decision.decided_by!r} at {at}; change the share"
                    f" of {found.caller.named} to decide otherwise"
                )
            return await work(tx, table, found)

        return await table.run(attempt, answer=answer, idempotency=idempotency)

    async def _decidable(self, tx: Transaction, table: BoundTable, actor: Actor, request_id: str) -> Decidable:
        """Raises NotFound for a request that is not there, or not the caller's to decide."""
        place = await table.find(RequestPlace.at(request_id=request_id))
        kept = None if place is None else await find_kept(table, self._kinds, place)
        kind = None if kept is None else self._kinds.find(kept.request.resource.kind)
        if kept is None or kept.asker is None or kind is None:
            raise unknown_request(request_id)
        pair = pair_of(kind, kept.request.resource.id, actor.user_id)
        facts = await read_facts(table, self._hierarchies, pair)
        check_acting(actor, facts.profile)
        if not may_decide(kept.request, actor, facts, kept.asker, tx.now):
            raise unknown_request(request_id)
        thing = cast("Shareable", facts.thing)
        return Decidable(kept.request, kept.asker, Standing(actor, thing, facts, facts.access(tx.now)))

    async def _check_takes_nothing(
        self, table: BoundTable, found: Decidable, grant: Grant, approval: Approval, now: datetime
    ) -> None:
        """Raises Conflict where the share takes something away that whoever approves has not said. What it rests on is
        read after the change has read who asked, the resource and the directory, and the change holds all three."""
        if approval.says_what and approval.says_until:
            return
        caller, resource = found.caller, found.request.resource
        pair = pair_of(self._kinds.named(resource.kind), resource.id, found.request.user_id)
        facts = await read_facts(table, self._hierarchies, pair)
        terms = terms_of(grant, granted_by=caller.actor.user_id, granted_at=now, is_delegated=not caller.is_manager)
        check_takes_nothing(facts, terms, now, says_what=approval.says_what, says_until=approval.says_until)

    def _decision(
        self, tx: Transaction, actor: Actor, state: RequestState, reason: str | None, change_id: str | None
    ) -> Decision:
        return Decision(state=state, decided_by=actor.user_id, decided_at=tx.now, reason=reason, change_id=change_id)

    def _decided(self, tx: Transaction, found: Decidable, decision: Decision) -> AccessRequestView:
        """The request with its answer; it waits for nobody any more."""
        stored = tx.replace(changed(found.request, decision=decision, waits_since=WAITS_FOR_NOBODY))
        return for_decider(stored, found.caller.facts, found.asker)


def _granted(request: AccessRequest, approval: Approval) -> Grant:
    """The share that is to be made. Raises Invalid for one that cannot be."""
    grant = grant_of(request.user_id, request.wanted)
    if approval.permissions is not msgspec.UNSET:
        grant = msgspec.structs.replace(grant, permissions=approval.permissions)
    if approval.expires_at is not msgspec.UNSET:
        grant = msgspec.structs.replace(grant, expires_at=approval.expires_at)
    check_request([grant], [])
    return grant
