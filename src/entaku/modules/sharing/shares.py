"""The shares of each library: listed, changed in one transaction, released when their principal is deleted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from entaku.core.clock import Clock
from entaku.core.context import Actor
from entaku.core.errors import Forbidden
from entaku.modules.accounts import (
    Hierarchies,
    Hierarchy,
    Limits,
    Principal,
    PrincipalKind,
    StillDeleted,
    UserProfile,
    check_version,
)
from entaku.modules.audit import Audit
from entaku.modules.sharing.model import (
    SHARES_CHANGED_MAX,
    Library,
    PrincipalShare,
    Share,
    recounted,
)
from entaku.modules.sharing.rights import standing
from entaku.modules.sharing.share_change import Change, Grant, ShareOutcome, check_request
from entaku.modules.sharing.trail import note_share
from entaku.table import BoundTable, IdempotencyKey, Page, Table, Transaction


class SharesPage(msgspec.Struct, frozen=True):
    """A page of a library's shares, with what it takes to name their principals."""

    library: Library
    hierarchy: Hierarchy
    people: dict[str, UserProfile]
    shares: Page[Share]
    now: datetime


class Shares:
    """The shares of each library."""

    def __init__(self, table: Table, hierarchies: Hierarchies, limits: Limits, audit: Audit, clock: Clock) -> None:
        self._table, self._hierarchies, self._limits = table, hierarchies, limits
        self._audit, self._clock = audit, clock

    async def list(self, actor: Actor, library_id: str, *, limit: int, after: str | None = None) -> SharesPage:
        """The shares of a library, by kind and id of the principal; for owner, administrators, holders of `share`."""
        table = self._table.for_tenant(actor.tenant_id)
        now = self._clock.now()
        caller = await standing(table, self._hierarchies, actor, library_id, now)
        if not caller.may_see_shares:
            raise Forbidden("the shares of a library are shown to its owner, administrators and holders of `share`")
        page = await table.list(Share.of_resource(resource=caller.library.resource), limit=limit, after=after)
        ids = [s.principal.id for s in page.items if s.principal.kind is PrincipalKind.INDIVIDUAL]
        people = await table.find_many([UserProfile.at(user_id=user_id) for user_id in ids])
        return SharesPage(
            caller.library, caller.facts.hierarchy, {p.user_id: p for p in people if p is not None}, page, now
        )

    async def change(
        self,
        actor: Actor,
        library_id: str,
        *,
        add: Sequence[Grant] = (),
        remove: Sequence[Principal] = (),
        expect: int | Literal["*"] | None = None,
        reason: str | None = None,
        idempotency: IdempotencyKey | None = None,
    ) -> ShareOutcome:
        """Add and remove shares together, at most 20. A share that is there already with the same terms is no change;
        with other terms it is replaced, for which `expect`, the library's version, is needed: `*` stands for any. A
        share that was passed on becomes the owner's when they say the same. Safe to repeat.

        Raises NotFound, Forbidden, Invalid, Conflict for a version that moved or a share with the owner, Limited.
        """
        check_request(add, remove)
        table = self._table.for_tenant(actor.tenant_id)

        async def work(tx: Transaction) -> ShareOutcome:
            caller = await standing(table, self._hierarchies, actor, library_id, tx.now)
            if not caller.may_see_shares:
                raise Forbidden(f"sharing library {library_id!r} needs the permission `share`")
            check_version(caller.library.version, None if expect == "*" else expect, f"library {library_id!r}")
            return await Change(tx, table, caller, self._audit, expect is not None, reason).apply(add, remove)

        return await table.run(work, answer=ShareOutcome, idempotency=idempotency)

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
            library = await table.find(Library.at(library_id=twin.resource.id))
            if current is None:
                return True
            tx.delete(current)
            share = await table.find(Share.at(resource=twin.resource, principal=twin.principal))
            if share is not None:
                tx.delete(share)
            if library is not None:
                stored = tx.replace(recounted(library, {twin.principal.kind.value: -1}))
                note_share(self._audit, tx, actor, stored, twin.principal, share, None, "the principal is deleted")
                if stored.is_gone:
                    await self._limits.count(tx, table, libraries=-1)
            return True

        return await table.run(work)
