"""Archived, unarchived, deleted, restored: one change of a resource's state in one transaction, its shares untouched.

So a library that comes back has the shares it had, but for those whose principals were deleted meanwhile: they were
released, as they are of every resource. A tenant is counted for a library until it is purged, or else what is in the
bin could fill the table; so restoring counts nothing, and is refused only where the limit was lowered below what the
tenant has.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Generic, Unpack

from entaku.core.clock import instant_text
from entaku.core.context import Actor
from entaku.core.errors import Conflict
from entaku.modules.accounts import Hierarchies, Limits, check_version
from entaku.modules.audit import Audit
from entaku.modules.sharing.access.rights import standing_of
from entaku.modules.sharing.access.truth import pair_of, read_facts
from entaku.modules.sharing.counting import check_counted
from entaku.modules.sharing.lifecycle import PAST, RULES, Move, check_move
from entaku.modules.sharing.retention.asked import Asked
from entaku.modules.sharing.retention.model import entry_at, entry_of
from entaku.modules.sharing.rows.pending import Pendings
from entaku.modules.sharing.shareable import Deletion, ResourceKind, ResourceState, S, Shareable
from entaku.modules.sharing.trail import note_thing
from entaku.table import BoundTable, Table, Transaction, changed


class StateChanges(Generic[S]):
    """For the owner of a resource and administrators. Each is safe to repeat: what is so already is not written."""

    def __init__(
        self,
        table: Table,
        hierarchies: Hierarchies,
        limits: Limits,
        audit: Audit,
        kind: ResourceKind[S],
        pendings: Pendings,
        kept: timedelta,
    ) -> None:
        """`kept`: for how long what is deleted can be restored."""
        self._table, self._hierarchies, self._limits, self._audit = table, hierarchies, limits, audit
        self._kind, self._pendings, self._kept = kind, pendings, kept

    async def make(
        self,
        actor: Actor,
        thing_id: str,
        move: Move,
        **asked: Unpack[Asked],
    ) -> S:
        """One of ARCHIVE, UNARCHIVE, DELETE, RESTORE. The resource as it is now.

        Raises NotFound, also where what is in the bin is to be deleted; Forbidden; Conflict for another version, for a
        state from which the move does not start, and once the time in the bin is over; Limited.
        """
        table, kind = self._table.for_tenant(actor.tenant_id), self._kind
        expect, reason = asked.get("expect"), asked.get("reason")

        async def work(tx: Transaction) -> S:
            facts = await read_facts(table, self._hierarchies, pair_of(kind, thing_id, actor.user_id))
            caller = standing_of(kind, actor, facts, thing_id, tx.now, also_in_bin=move is Move.RESTORE)
            before = caller.thing
            caller.check_manager(f"to {move} it")
            check_version(before.version, expect, caller.named)
            if is_made(before, move):
                return before
            check_move(move, before)
            caller.guard(tx)
            stored = tx.replace(await self._moved(tx, table, before, move))
            self._pendings.thing_changed(tx, before, stored)
            note_thing(self._audit, tx, actor, PAST[move], before, stored, reason)
            return stored

        return await table.run(work, answer=kind.entity, idempotency=asked.get("idempotency"))

    async def _moved(self, tx: Transaction, table: BoundTable, before: S, move: Move) -> S:
        """The resource after the move, with what else the move writes."""
        match move:
            case Move.DELETE:
                deletion = Deletion(deleted_at=tx.now, purge_at=tx.now + self._kept, was=before.state)
                after = changed(before, state=ResourceState.DELETED, deletion=deletion)
                tx.create(entry_of(after))
                return after
            case Move.RESTORE:
                return await self._restored(tx, table, before)
            case _:
                return changed(before, state=RULES[move].to)

    async def _restored(self, tx: Transaction, table: BoundTable, before: S) -> S:
        deletion, place = before.deletion, entry_at(before)
        assert deletion is not None and place is not None, "it is in the bin"
        if tx.now >= deletion.purge_at:
            until = instant_text(deletion.purge_at)
            raise Conflict(
                f"{before.resource.kind} {before.resource.id!r} was kept until {until}, and is removed for good now;"
                " create it anew when it is gone"
            )
        await check_counted(self._limits, table, before)
        entry = await table.find(place)
        if entry is not None:
            tx.delete(entry)
        return changed(before, state=deletion.was, deletion=None)


def is_made(thing: Shareable, move: Move) -> bool:
    """Whether the resource is so already: whoever repeats a move has it made once."""
    return thing.is_open if move is Move.RESTORE else thing.state is RULES[move].to
