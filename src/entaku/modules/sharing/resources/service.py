"""Resources of one kind: created, found, changed, handed over, archived, deleted and brought back. Libraries are, and
what modules bring.

The things themselves are the module's; what makes them resources is kept here, in the same transaction: who owns each,
that its shares go with it, and its audit trail.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Generic, Unpack

from entaku.core.clock import Clock, instant_text
from entaku.core.context import Actor
from entaku.core.errors import Conflict, Forbidden
from entaku.core.ids import check_id
from entaku.modules.accounts import (
    Hierarchies,
    Limits,
    Reads,
    UserProfile,
    check_name,
    check_version,
    run_acting,
)
from entaku.modules.audit import Audit, AuditRecord
from entaku.modules.sharing.access.rights import Standing, standing_of, unknown
from entaku.modules.sharing.access.truth import pair_of, read_facts
from entaku.modules.sharing.counting import count_thing
from entaku.modules.sharing.lifecycle import PAST, Move, check_move
from entaku.modules.sharing.model import Ownership, Permission
from entaku.modules.sharing.resources.handing_over import check_able_to_own, check_kept, hand_over
from entaku.modules.sharing.retention.asked import Asked
from entaku.modules.sharing.retention.bin import Bin
from entaku.modules.sharing.retention.purging import Purging
from entaku.modules.sharing.retention.state_changes import StateChanges
from entaku.modules.sharing.rows.pending import Pendings
from entaku.modules.sharing.shareable import ResourceKind, S, Shareable, as_new, taking_over
from entaku.modules.sharing.trail import CREATED, note_share, note_thing, since_creation, target_of
from entaku.table import BoundTable, IdempotencyKey, Page, Table, Transaction, changed


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
        purging: Purging,
        kept: timedelta,
    ) -> None:
        """`kept`: for how long what is deleted can be restored."""
        self._table, self._hierarchies, self._limits, self._audit = table, hierarchies, limits, audit
        self._clock, self._kind, self._pendings, self._purging = clock, kind, pendings, purging
        self._bin = Bin(table, kind)
        self._states = StateChanges(table, hierarchies, limits, audit, kind, pendings, kept)

    async def create(self, actor: Actor, thing: S, *, idempotency: IdempotencyKey | None = None) -> S:
        """Anybody may create what they own themselves, administrators also for others. Raises Invalid, Forbidden,
        NotFound for an owner who is not there, Limited, Conflict for an id that is taken: in the same words whatever
        has it, known to the caller or not; but who can restore it hears that it is in the bin.
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
                raise _taken(kind.name, thing_id, before, actor, tx.now)
            check_able_to_own(tx, reads.find(owning), owner, kind.name)
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
        return await self._standing(actor, thing_id, self._clock.now())

    async def change(
        self,
        actor: Actor,
        thing_id: str,
        change: Callable[[S], S],
        **asked: Unpack[Asked],
    ) -> S:
        """For its owner and administrators: `change` makes of the thing what it is to be, and is pure. Another owner is
        one it is handed over to, as by `transfer`. Changing nothing writes nothing. Safe to repeat.

        Raises NotFound, Forbidden, Invalid, Conflict when the version moved, or for what is archived.
        """
        table = self._table.for_tenant(actor.tenant_id)

        async def work(tx: Transaction) -> S:
            caller = await self._standing(actor, thing_id, tx)
            caller.check_manager(f"changing a {self._kind.name}")
            before = caller.thing
            check_version(before.version, asked.get("expect"), caller.named)
            after = self._checked(change(before), before)
            if after == before:
                return before
            if changed(after, owner=before.owner) != before:
                check_move(Move.CHANGE, before)
            caller.guard(tx)
            return await self._replace(tx, table, actor, before, after, reason=asked.get("reason"))

        return await table.run(work, answer=self._kind.entity, idempotency=asked.get("idempotency"))

    async def transfer(
        self,
        actor: Actor,
        thing_id: str,
        to: str,
        *,
        keep: frozenset[Permission] = frozenset(),
        **asked: Unpack[Asked],
    ) -> S:
        """Hand it over, also out of the bin: the new owner's own share is absorbed, and the old owner keeps nothing, or
        a share with the permissions in `keep`. For its owner and administrators; safe to repeat.

        Raises NotFound, also for an owner who is not there; Forbidden, Invalid, Limited, and Conflict when the version
        moved, or where something is to be kept of what is archived or deleted.
        """
        check_id(to, "user")
        check_kept(keep)
        table = self._table.for_tenant(actor.tenant_id)

        async def work(tx: Transaction) -> S:
            caller = await self._standing(actor, thing_id, tx, also_in_bin=True)
            caller.check_manager(f"handing over a {self._kind.name}")
            before = caller.thing
            check_version(before.version, asked.get("expect"), caller.named)
            if before.owner == to:
                return before
            check_move(Move.TRANSFER, before)
            caller.guard(tx)
            after = changed(before, owner=to)
            return await self._replace(tx, table, actor, before, after, keep=keep, reason=asked.get("reason"))

        return await table.run(work, answer=self._kind.entity, idempotency=asked.get("idempotency"))

    async def archive(self, actor: Actor, thing_id: str, **asked: Unpack[Asked]) -> S:
        """Read only from now on, for everybody, its owner included; its shares can be removed, and none can be added.

        This and the three that follow are for its owner and administrators, and done once however often they are
        repeated. They raise NotFound, Forbidden, and Conflict when the version moved, or for a state from which the
        move does not start.
        """
        return await self._states.make(actor, thing_id, Move.ARCHIVE, **asked)

    async def unarchive(self, actor: Actor, thing_id: str, **asked: Unpack[Asked]) -> S:
        """As it was before it was archived."""
        return await self._states.make(actor, thing_id, Move.UNARCHIVE, **asked)

    async def delete(self, actor: Actor, thing_id: str, **asked: Unpack[Asked]) -> S:
        """Into the bin: it leaves every list and is closed to everybody at once. It keeps its shares, its owner and its
        id, and the tenant is counted for it, until it is restored or purged. NotFound where it is there already."""
        return await self._states.make(actor, thing_id, Move.DELETE, **asked)

    async def restore(self, actor: Actor, thing_id: str, **asked: Unpack[Asked]) -> S:
        """As it was before it was deleted, with those of its shares whose principals are still there. Raises Limited
        where the tenant has more than it may by now."""
        return await self._states.make(actor, thing_id, Move.RESTORE, **asked)

    async def purge(self, actor: Actor, thing_id: str, **asked: Unpack[Asked]) -> None:
        """Remove it for good, from the bin or from where it is, with its shares, some at a time; its id is free then.
        What a module keeps in it is the module's to remove.

        Raises NotFound, Forbidden, Conflict. An interrupted purge is finished by repeating it, or by the bin; until
        then its id is taken, and the tenant is counted for it.
        """
        await self._purging.purge(actor, self._kind, thing_id, **asked)

    async def list_deleted(
        self, actor: Actor, *, limit: int, after: str | None = None, q: str | None = None
    ) -> Page[S]:
        """As `Bin.list`: what the caller could restore."""
        return await self._bin.list(actor, limit=limit, after=after, q=q)

    async def audit(self, actor: Actor, thing_id: str, *, limit: int, after: str | None = None) -> Page[AuditRecord]:
        """What was done to it, newest first, for its owner and administrators. Raises NotFound, Forbidden.

        Of one that had its id before, and of one that is gone, only administrators are told.
        """
        table = self._table.for_tenant(actor.tenant_id)
        resource = self._kind.resource(self._kind.check_id(thing_id))
        target = target_of(resource)
        if actor.is_admin:
            found = await self._audit.list_of(table, target, limit=limit, after=after)
            if not found.items and after is None and await table.find(self._kind.at(thing_id)) is None:
                raise unknown(resource)
            return found
        caller = await self._standing(actor, thing_id, self._clock.now(), also_in_bin=True)
        caller.check_manager("the audit trail")
        return since_creation(resource.kind, await self._audit.list_of(table, target, limit=limit, after=after))

    async def _standing(
        self, actor: Actor, thing_id: str, at: Transaction | datetime, *, also_in_bin: bool = False
    ) -> Standing[S]:
        """How the caller stands to it now, or at the time of the transaction."""
        now = at if isinstance(at, datetime) else at.now
        table = self._table.for_tenant(actor.tenant_id)
        facts = await read_facts(table, self._hierarchies, pair_of(self._kind, thing_id, actor.user_id))
        return standing_of(self._kind, actor, facts, thing_id, now, also_in_bin=also_in_bin)

    async def _replace(
        self,
        tx: Transaction,
        table: BoundTable,
        actor: Actor,
        before: S,
        after: S,
        *,
        keep: frozenset[Permission] = frozenset(),
        reason: str | None,
    ) -> S:
        what, handed = "changed", None
        if after.owner != before.owner:
            what = PAST[Move.TRANSFER]
            handed = await hand_over(tx, table, actor, before, after.owner, keep=keep)
            after = changed(after, share_counts=handed.counts)
        stored = tx.replace(after)
        self._pendings.thing_changed(tx, before, stored)
        note_thing(self._audit, tx, actor, what, before, stored, reason)
        if handed is not None:
            why = f"the {self._kind.name} is handed over to them"
            if handed.absorbed is not None:
                note_share(self._audit, tx, actor, stored, handed.absorbed.principal, handed.absorbed, None, why)
            if handed.kept is not None:
                why = f"they have handed over the {self._kind.name}"
                note_share(self._audit, tx, actor, stored, handed.kept.principal, None, handed.kept, why)
        return stored

    def _checked(self, after: S, before: S) -> S:
        """Raises Invalid for a new name or owner that cannot be."""
        if after.name != before.name:
            after = changed(after, name=check_name(after.name, f"the {self._kind.name}"))
        if after.owner != before.owner:
            check_id(after.owner, "user")
        return after


def _taken(kind: str, thing_id: str, before: Shareable, actor: Actor, now: datetime) -> Conflict:
    """The same words whatever has the id, but to those who can have it back."""
    if before.is_in_bin and before.deletion is not None and (actor.is_admin or before.owner == actor.user_id):
        until = instant_text(before.deletion.purge_at)
        of_deleted = f"the {kind} id {thing_id!r} is that of a deleted one"
        if now >= before.deletion.purge_at:
            return Conflict(f"{of_deleted}, which was kept until {until}; delete it permanently, or choose another id")
        return Conflict(
            f"{of_deleted}, which is kept until {until}; restore it, delete it permanently, or choose another id"
        )
    return Conflict(f"the {kind} id {thing_id!r} is taken; choose another")
