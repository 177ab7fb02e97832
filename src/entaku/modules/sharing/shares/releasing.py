"""Shares go with their principal, whatever they are shares of: when somebody is deleted, or something one can share
with."""

from __future__ import annotations

from entaku.core.context import Actor
from entaku.modules.accounts import Limits, Principal, StillDeleted
from entaku.modules.audit import Audit
from entaku.modules.sharing.counting import count_thing
from entaku.modules.sharing.model import SHARES_CHANGED_MAX, PrincipalShare, Share
from entaku.modules.sharing.rows.pending import Pendings
from entaku.modules.sharing.shareable import ResourceKinds, following, recounted
from entaku.modules.sharing.trail import note_share
from entaku.table import BoundTable, Table, Transaction


class Releasing:
    """Implements `accounts.Releaser`."""

    def __init__(self, table: Table, limits: Limits, audit: Audit, kinds: ResourceKinds, pendings: Pendings) -> None:
        self._table, self._limits, self._audit, self._kinds = table, limits, audit, kinds
        self._pendings = pendings

    async def release(self, actor: Actor, principal: Principal, still: StillDeleted) -> int:
        """Remove every share with a principal that is being deleted, as `accounts.Releaser` says; one at a time."""
        table = self._table.for_tenant(actor.tenant_id)
        count = 0
        while True:
            page = await table.list(PrincipalShare.of_principal(principal=principal), limit=SHARES_CHANGED_MAX)
            for twin in page.items:
                if not await self._release_one(table, actor, twin, still):
                    return count
                count += 1
            if page.cursor is None:
                return count

    async def _release_one(self, table: BoundTable, actor: Actor, twin: PrincipalShare, still: StillDeleted) -> bool:
        """False when the principal is not being deleted any more."""

        async def work(tx: Transaction) -> bool:
            deleted = await still()
            if deleted is None:
                return False
            tx.check(deleted)
            current = await table.find(PrincipalShare.at(principal=twin.principal, resource=twin.resource))
            # Of a kind that no module brings any more the shares are all that is known here.
            kind = self._kinds.find(twin.resource.kind)
            thing = None if kind is None else await table.find(kind.at(twin.resource.id))
            if current is None:
                return True
            tx.delete(current)
            self._pendings.shares_changed(tx, twin.resource, [twin.principal])
            share = await table.find(Share.at(resource=twin.resource, principal=twin.principal))
            if share is not None:
                tx.delete(share)
            if thing is not None:
                after = recounted(thing, {twin.principal.kind.value: -1})
                if after.is_gone:
                    # The last one of what is being removed for good: nothing is left to be done for its purge.
                    tx.delete(thing)
                    await count_thing(self._limits, tx, table, thing, -1)
                stored = following(after) if after.is_gone else tx.replace(after)
                note_share(self._audit, tx, actor, stored, twin.principal, share, None, "the principal is deleted")
            return True

        return await table.run(work)
