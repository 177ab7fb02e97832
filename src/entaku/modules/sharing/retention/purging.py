"""Purging: a resource removed for good, with its shares and their twins, who owns it, and its place in the bin.

It is closed in the first step, and some shares go in each; the last one takes the resource itself, so that nothing is
left but the trail. The tenant is counted for a library until then: otherwise libraries that count no more could fill
the table with shares that every list has to read. Each step rests on what it has read, and any number may be at it. One
that was interrupted is finished by repeating it, or by the job, which finds it in the bin.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Unpack, cast

from entaku.core.context import Actor
from entaku.core.limits import PAGE_SIZE_MAX
from entaku.modules.accounts import Hierarchies, Limits, check_version, guard_key
from entaku.modules.audit import Audit
from entaku.modules.sharing.access.rights import may_finish_purge, standing_of
from entaku.modules.sharing.access.truth import pair_of, read_facts
from entaku.modules.sharing.counting import count_thing
from entaku.modules.sharing.jobs.kinds import Counted, JobKind, job_actor
from entaku.modules.sharing.jobs.running import Run
from entaku.modules.sharing.lifecycle import PAST, Move
from entaku.modules.sharing.model import Ownership, PrincipalShare, Share
from entaku.modules.sharing.retention.asked import Asked
from entaku.modules.sharing.retention.model import PURGE_JOB, BinEntry, entry_at, entry_of
from entaku.modules.sharing.rows.pending import Pendings
from entaku.modules.sharing.rows.transitions import place_of, transition_of
from entaku.modules.sharing.shareable import (
    Deletion,
    ResourceKind,
    ResourceKinds,
    ResourceState,
    Shareable,
    following,
    recounted,
)
from entaku.modules.sharing.trail import note_share, note_thing
from entaku.table import BoundTable, Entity, Key, Page, Table, Transaction, changed

SHARES_PURGED_MAX = 15
"""In one step: each is a share, its twin, an audit record and two instants at which it starts and ends."""


class Purging:
    """Removes resources of every kind."""

    def __init__(
        self,
        table: Table,
        hierarchies: Hierarchies,
        limits: Limits,
        audit: Audit,
        kinds: ResourceKinds,
        pendings: Pendings,
    ) -> None:
        self._table, self._hierarchies, self._limits, self._audit = table, hierarchies, limits, audit
        self._kinds, self._pendings = kinds, pendings

    async def purge(self, actor: Actor, kind: ResourceKind[Any], thing_id: str, **asked: Unpack[Asked]) -> None:
        """At once, for its owner and administrators. Raises NotFound, Forbidden, Conflict when the version moved."""
        table = self._table.for_tenant(actor.tenant_id)
        expect, reason = asked.get("expect"), asked.get("reason")
        here = kind.at(kind.check_id(thing_id))

        async def begin(tx: Transaction) -> bool:
            guard_key(tx, actor)
            facts = await read_facts(table, self._hierarchies, pair_of(kind, thing_id, actor.user_id))
            if facts.thing is not None and may_finish_purge(actor, facts):
                # It has moved on from the version that its deletion expected.
                return await self._step(tx, table, actor, facts.thing, reason)
            caller = standing_of(kind, actor, facts, thing_id, tx.now, also_in_bin=True)
            caller.check_manager(f"deleting a {kind.name}")
            check_version(caller.thing.version, expect, caller.named)
            caller.guard(tx)
            return await self._step(tx, table, actor, caller.thing, reason)

        async def go_on(tx: Transaction) -> bool:
            thing = await table.find(here)
            # Somebody else may have finished it, and then the id may be a new resource's, which is left alone.
            return thing is None or not thing.is_half_purged or await self._step(tx, table, actor, thing, None)

        is_done = await table.run(begin, answer=bool, idempotency=asked.get("idempotency"))
        while not is_done:
            is_done = await table.run(go_on)

    async def purge_due(self, table: BoundTable, now: datetime, *, run: Run | None = None) -> int:
        """Everything whose time in the bin is over, and what was interrupted; how many it was. Each step is safe to
        repeat; whoever is killed is followed by who finds the rest. One call for each kind when there is nothing."""
        count = 0
        for kind in self._kinds:
            cursor: str | None = None
            while True:
                query = BinEntry.of_kind(resource_kind=kind.name)
                page = await table.list(query, limit=PAGE_SIZE_MAX, after=cursor)
                due = [entry for entry in page.items if entry.purge_at <= now]
                for entry in due:
                    purged = await self._purge_entry(table, kind, entry, now)
                    count += purged
                    if run is not None:
                        await run.note(looked_at=1, found=purged)
                cursor = page.cursor
                if cursor is None or len(due) < len(page.items):
                    break
        return count

    def job(self) -> JobKind:
        """The same as a job of the tenant."""

        async def work(table: BoundTable, run: Run) -> None:
            await self.purge_due(table, self._table.clock.now(), run=run)

        return JobKind(
            name=PURGE_JOB,
            line="Remove for good what has been in the bin long enough.",
            looks_at=Counted("thing in the bin", "things in the bin"),
            finds=Counted("removed", "removed"),
            work=work,
        )

    async def _purge_entry(self, table: BoundTable, kind: ResourceKind[Any], entry: BinEntry, now: datetime) -> int:
        actor, here = job_actor(table.tenant_id, PURGE_JOB), kind.at(entry.resource_id)
        place = BinEntry.at(resource_kind=entry.resource_kind, purge_at=entry.purge_at, resource_id=entry.resource_id)

        async def step(tx: Transaction) -> int | None:
            """None when there is more to do; else how many were removed."""
            found = await table.find_many(cast("list[Key[Entity]]", [here, place]))
            thing, present = cast("tuple[Shareable | None, BinEntry | None]", tuple(found))
            if present is None:
                return 0
            if thing is None or thing.is_gone or not _is_due(thing, present, now):
                tx.delete(present)  # Its id may be a new resource's by now.
                return 0
            return 1 if await self._step(tx, table, actor, thing, None) else None

        while (count := await table.run(step)) is None:
            pass
        return count

    async def _step(
        self, tx: Transaction, table: BoundTable, actor: Actor, before: Shareable, reason: str | None
    ) -> bool:
        """Closes the resource, if it is not yet, and removes some of its shares; whether nothing is left of it."""
        page = await self._some_shares(table, before)
        begins, is_last = before.state is not ResourceState.PURGING, page.cursor is None
        # Whoever finishes it if this is interrupted finds it in the bin, among what is due.
        is_late = before.deletion is None or before.deletion.purge_at > tx.now
        enters = begins and is_late and not is_last
        await self._remove_with(tx, table, before, page.items, keeps_entry=not is_last and not enters)
        gone = Counter(share.principal.kind.value for share in page.items)
        after = changed(recounted(before, {kind: -count for kind, count in gone.items()}), state=ResourceState.PURGING)
        if is_last:
            tx.delete(before)
            await count_thing(self._limits, tx, table, before, -1)
            after = following(after)
        else:
            if enters:
                after = changed(after, deletion=Deletion(deleted_at=tx.now, purge_at=tx.now, was=before.state))
                tx.create(entry_of(after))
            after = tx.replace(after)
        self._pendings.thing_changed(tx, before, after, [share.principal for share in page.items])
        if begins:
            note_thing(
                self._audit, tx, actor, PAST[Move.PURGE if before.is_in_bin else Move.DELETE], before, after, reason
            )
        why = f"the {before.resource.kind} is deleted"
        for share in page.items:
            note_share(self._audit, tx, actor, after, share.principal, share, None, why)
        return is_last

    async def _some_shares(self, table: BoundTable, thing: Shareable) -> Page[Share]:
        """Nothing is read of a resource that has none."""
        if not thing.share_counts:
            return Page((), None)
        return await table.list(Share.of_resource(resource=thing.resource), limit=SHARES_PURGED_MAX)

    async def _remove_with(
        self, tx: Transaction, table: BoundTable, thing: Shareable, shares: Sequence[Share], *, keeps_entry: bool
    ) -> None:
        """The shares, their twins and the notes of when they start and end; the ownership, and the entry of the bin."""
        place = entry_at(thing)
        keys: list[Key[Any]] = [
            Ownership.at(owner=thing.owner, resource=thing.resource),
            *(() if place is None or keeps_entry else (place,)),
            *(PrincipalShare.at(principal=share.principal, resource=thing.resource) for share in shares),
            *(
                place_of(transition_of(instant, thing.resource, share.principal, is_swept=False))
                for share in shares
                for instant in (share.terms.starts_at, share.terms.expires_at)
                if instant is not None
            ),
        ]
        for item in (*shares, *await table.find_many(keys)):
            if item is not None:
                tx.delete(item)


def _is_due(thing: Shareable, entry: BinEntry, now: datetime) -> bool:
    """Whether it is this entry's resource, to be removed or half removed; not a later one of its id."""
    deletion = thing.deletion
    if deletion is None or deletion.purge_at != entry.purge_at:
        return False
    return thing.is_half_purged or (thing.is_in_bin and deletion.purge_at <= now)
