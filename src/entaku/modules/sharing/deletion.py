"""Deleting a resource: it is closed at once, and its shares are removed with their twins, so many in each transaction.

The tenant is counted for a library until its last share is gone: otherwise libraries that count no more could fill
the table with shares that every list has to read. A deletion that was interrupted is finished by repeating it.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, cast

from entaku.core.context import Actor
from entaku.modules.accounts import Hierarchies, Limits, check_version, guard_key
from entaku.modules.audit import Audit
from entaku.modules.sharing.counting import count_thing
from entaku.modules.sharing.model import SHARES_CHANGED_MAX, Ownership, PrincipalShare, Share
from entaku.modules.sharing.rights import may_finish_deletion, standing_of
from entaku.modules.sharing.rows.pending import Pendings
from entaku.modules.sharing.shareable import ResourceKind, ResourceState, Shareable, recounted
from entaku.modules.sharing.trail import note_share, note_thing
from entaku.modules.sharing.truth import pair_of, read_facts
from entaku.table import BoundTable, Entity, Key, Page, Transaction, changed


class Deletion:
    """One deletion of one resource. Its steps are bounded by what a transaction holds and a resource may have."""

    def __init__(
        self,
        table: BoundTable,
        hierarchies: Hierarchies,
        limits: Limits,
        audit: Audit,
        kind: ResourceKind[Any],
        pendings: Pendings,
        actor: Actor,
        thing_id: str,
    ) -> None:
        self._table, self._hierarchies, self._limits, self._audit = table, hierarchies, limits, audit
        self._kind, self._pendings, self._actor, self._thing_id = kind, pendings, actor, thing_id

    async def begin(self, tx: Transaction, *, expect: int | None, reason: str | None) -> bool:
        """Closes the resource, or goes on with a deletion that was interrupted; whether nothing is left to do.

        Raises NotFound, Forbidden, Conflict.
        """
        guard_key(tx, self._actor)
        pair = pair_of(self._kind, self._thing_id, self._actor.user_id)
        facts = await read_facts(self._table, self._hierarchies, pair)
        if facts.thing is not None and may_finish_deletion(self._actor, facts):
            # It has moved on from the version that its deletion expected.
            return await self._step(tx, facts.thing, reason)
        caller = standing_of(self._kind, self._actor, facts, self._thing_id, tx.now)
        caller.check_manager(f"deleting a {self._kind.name}")
        before = caller.thing
        check_version(before.version, expect, caller.named)
        caller.guard(tx)
        return await self._step(tx, before, reason)

    async def go_on(self, tx: Transaction) -> bool:
        """Removes some more shares; whether nothing is left to do. Somebody else may have finished it, and then the id
        may be a new resource's, which is left alone."""
        thing = await self._table.find(self._kind.at(self._thing_id))
        if thing is None or not thing.is_half_deleted:
            return True
        return await self._step(tx, thing, None)

    async def _step(self, tx: Transaction, before: Shareable, reason: str | None) -> bool:
        page = await self._some_shares(before)
        keys = (
            Ownership.at(owner=before.owner, resource=before.resource),
            *(PrincipalShare.at(principal=share.principal, resource=before.resource) for share in page.items),
        )
        counterparts = await self._table.find_many(cast("list[Key[Entity]]", keys))
        for item in (*page.items, *counterparts):
            if item is not None:
                tx.delete(item)
        gone = Counter(share.principal.kind.value for share in page.items)
        after = recounted(before, {kind: -count for kind, count in gone.items()}) if gone else before
        if page.cursor is None:
            after = changed(after, share_counts={})
        stored = tx.replace(changed(after, state=ResourceState.DELETED))
        self._pendings.thing_changed(tx, before, stored, [share.principal for share in page.items])
        if before.state is not ResourceState.DELETED:
            note_thing(self._audit, tx, self._actor, "deleted", before, stored, reason)
        for share in page.items:
            note_share(
                self._audit, tx, self._actor, stored, share.principal, share, None, f"the {self._kind.name} is deleted"
            )
        if stored.is_gone:
            await count_thing(self._limits, tx, self._table, stored, -1)
        return stored.is_gone

    async def _some_shares(self, thing: Shareable) -> Page[Share]:
        """Nothing is read of a resource that has none."""
        if not thing.share_counts:
            return Page((), None)
        return await self._table.list(Share.of_resource(resource=thing.resource), limit=SHARES_CHANGED_MAX)
