"""Resources of one kind: created, found, changed, handed over, deleted. Libraries are, and what modules bring.

The things themselves are the module's; what makes them resources is kept here, in the same transaction: who owns each,
that its shares go with it, and its audit trail.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, cast

from entaku.core.clock import Clock
from entaku.core.context import Actor
from entaku.core.errors import Conflict, Forbidden, NotFound
from entaku.core.ids import check_id
from entaku.modules.accounts import (
    Hierarchies,
    Limits,
    Reads,
    UserProfile,
    UserState,
    check_name,
    check_version,
    individual,
    run_acting,
)
from entaku.modules.audit import Audit, AuditRecord
from entaku.modules.sharing.counting import count_thing
from entaku.modules.sharing.deletion import Deletion
from entaku.modules.sharing.model import Ownership, PrincipalShare, Share
from entaku.modules.sharing.rights import Standing, standing, unknown
from entaku.modules.sharing.rows.pending import Pendings
from entaku.modules.sharing.shareable import ResourceKind, S, as_new, counted, taking_over
from entaku.modules.sharing.trail import CREATED, note_share, note_thing, since_creation, target_of
from entaku.table import BoundTable, Entity, IdempotencyKey, Key, Page, Table, Transaction, changed


class Resources(Generic[S]):
    """The resources of one kind in each tenant."""

    def __init__(
        self,
        table: Table,
        hierarchies: Hierarchies,
        limits: Limits,
        audit: Audit,
        clock: Clock,
        kind: ResourceKind[S],
        pendings: Pendings,
    ) -> None:
        self._table, self._hierarchies, self._limits, self._audit = table, hierarchies, limits, audit
        self._clock, self._kind, self._pendings = clock, kind, pendings

    async def create(self, actor: Actor, thing: S, *, idempotency: IdempotencyKey | None = None) -> S:
        """Anybody may create what they own themselves, administrators also for others. Raises Invalid, Forbidden,
        NotFound for an owner who is not there, Limited, Conflict for an id that is taken: in the same words whatever
        has it, known to the caller or not.
        """
        kind, table = self._kind, self._table.for_tenant(actor.tenant_id)
        thing_id, owner = kind.check_id(kind.id_of(thing)), check_id(thing.owner, "user")
        if owner != actor.user_id and not actor.is_admin:
            raise Forbidden(f"only tenant administrators create a {kind.name} for others")
        new = as_new(changed(thing, name=check_name(thing.name, f"{kind.name} {thing_id}")))
        here, owning = kind.at(thing_id), UserProfile.at(user_id=owner)

        async def work(tx: Transaction, reads: Reads) -> S:
            before = reads.find(here)
            if before is not None and not before.is_gone:
                raise Conflict(f"the {kind.name} id {thing_id!r} is taken; choose another")
            tx.check(self._able_to_own(reads.find(owning), owner))
            await count_thing(self._limits, tx, table, new, 1)
            tx.create(Ownership(owner=owner, resource=new.resource))
            stored = tx.create(new) if before is None else tx.replace(taking_over(new, before, at=tx.now))
            self._pendings.thing_changed(tx, None, stored)
            note_thing(self._audit, tx, actor, CREATED, None, stored)
            return stored

        return await run_acting(
            self._table, actor, work, reading=(here, owning), answer=kind.entity, idempotency=idempotency
        )

    async def get(self, actor: Actor, thing_id: str) -> Standing[S]:
        """The thing and how the caller stands to it. Raises NotFound."""
        table = self._table.for_tenant(actor.tenant_id)
        return await standing(table, self._hierarchies, self._kind, actor, thing_id, self._clock.now())

    async def change(
        self,
        actor: Actor,
        thing_id: str,
        change: Callable[[S], S],
        *,
        expect: int | None = None,
        reason: str | None = None,
        idempotency: IdempotencyKey | None = None,
    ) -> S:
        """For its owner and administrators: `change` makes of the thing what it is to be, and is pure. Another owner is
        one it is handed over to: the new owner's own share is absorbed, the old owner keeps nothing. Changing nothing
        writes nothing. Safe to repeat.

        Raises NotFound, Forbidden, Invalid, Conflict when the version moved.
        """
        table = self._table.for_tenant(actor.tenant_id)

        async def work(tx: Transaction) -> S:
            caller = await self.get(actor, thing_id)
            caller.check_manager(f"changing a {self._kind.name}")
            before = caller.thing
            check_version(before.version, expect, caller.named)
            after = self._checked(change(before), before)
            if after == before:
                return before
            caller.guard(tx)
            what, share = "changed", None
            if after.owner != before.owner:
                what = "transferred"
                after, share = await self._hand_over(tx, table, before, after)
            stored = tx.replace(after)
            self._pendings.thing_changed(tx, before, stored)
            note_thing(self._audit, tx, actor, what, before, stored, reason)
            if share is not None:
                why = f"the {self._kind.name} is handed over to them"
                note_share(self._audit, tx, actor, stored, share.principal, share, None, why)
            return stored

        return await table.run(work, answer=self._kind.entity, idempotency=idempotency)

    async def delete(
        self, actor: Actor, thing_id: str, *, expect: int | None = None, reason: str | None = None
    ) -> None:
        """Take it from everybody's list and close it at once, then remove its shares, some at a time. What a module
        keeps in it is the module's to remove.

        Raises NotFound, Forbidden, Conflict. An interrupted deletion is finished by repeating it; until then its id is
        taken, and the tenant is counted for it.
        """
        table = self._table.for_tenant(actor.tenant_id)
        thing_id = self._kind.check_id(thing_id)
        deletion = Deletion(
            *(table, self._hierarchies, self._limits, self._audit, self._kind, self._pendings), actor, thing_id
        )
        is_done = await table.run(lambda tx: deletion.begin(tx, expect=expect, reason=reason))
        while not is_done:
            is_done = await table.run(deletion.go_on)

    async def audit(self, actor: Actor, thing_id: str, *, limit: int, after: str | None = None) -> Page[AuditRecord]:
        """What was done to it, newest first, for its owner and administrators. Raises NotFound, Forbidden.

        Of one that had its id before only administrators are told.
        """
        table = self._table.for_tenant(actor.tenant_id)
        resource = self._kind.resource(self._kind.check_id(thing_id))
        target = target_of(resource)
        if actor.is_admin:
            if await table.find(self._kind.at(thing_id)) is None:
                raise unknown(resource)
            return await self._audit.list_of(table, target, limit=limit, after=after)
        (await self.get(actor, thing_id)).check_manager("the audit trail")
        return since_creation(resource.kind, await self._audit.list_of(table, target, limit=limit, after=after))

    def _checked(self, after: S, before: S) -> S:
        """Raises Invalid for a new name or owner that cannot be."""
        if after.name != before.name:
            after = changed(after, name=check_name(after.name, f"the {self._kind.name}"))
        if after.owner != before.owner:
            check_id(after.owner, "user")
        return after

    async def _hand_over(self, tx: Transaction, table: BoundTable, before: S, after: S) -> tuple[S, Share | None]:
        """Moves the ownership, and lets the new owner's own share go: an owner has everything already. The thing with
        what is left of its shares, and the share that goes."""
        resource, principal = before.resource, individual(after.owner)
        keys = (
            UserProfile.at(user_id=after.owner),
            Ownership.at(owner=before.owner, resource=resource),
            Share.at(resource=resource, principal=principal),
            PrincipalShare.at(principal=principal, resource=resource),
        )
        profile, old, share, twin = await table.find_many(cast("list[Key[Entity]]", keys))
        tx.check(self._able_to_own(cast("UserProfile | None", profile), after.owner))
        if old is not None:
            tx.delete(old)
        tx.create(Ownership(owner=after.owner, resource=resource))
        if share is None or twin is None:
            return after, None
        tx.delete(share)
        tx.delete(twin)
        counts = counted(after.share_counts, {principal.kind.value: -1})
        return changed(after, share_counts=counts), cast("Share", share)

    def _able_to_own(self, profile: UserProfile | None, user_id: str) -> UserProfile:
        """The profile of somebody who can own things. Raises NotFound for one who is not there, or not active."""
        if profile is None or profile.state is not UserState.ACTIVE:
            raise NotFound(f"there is no active user {user_id!r} to own a {self._kind.name}")
        return profile
