"""The shares of each resource: listed, and changed in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Generic, Literal, Protocol, cast

import msgspec

from entaku.core.clock import Clock
from entaku.core.context import Actor
from entaku.core.errors import Forbidden
from entaku.modules.accounts import (
    Hierarchies,
    Hierarchy,
    Principal,
    PrincipalKind,
    UserProfile,
    check_version,
)
from entaku.modules.audit import Audit
from entaku.modules.sharing.access.rights import Standing, standing
from entaku.modules.sharing.model import Share
from entaku.modules.sharing.rows.pending import Pendings
from entaku.modules.sharing.shareable import ResourceKind, S, Shareable
from entaku.modules.sharing.shares.change import Change, Grant, ShareOutcome, check_request
from entaku.modules.sharing.undo.model import Origin
from entaku.table import IdempotencyKey, Page, Reader, Table, Transaction


class SharesPage(msgspec.Struct, frozen=True):
    """A page of a resource's shares, with what it takes to name their principals."""

    thing: Shareable
    hierarchy: Hierarchy
    people: dict[str, UserProfile]
    shares: Page[Share]
    now: datetime

    def name_of(self, principal: Principal) -> str:
        """What people call one of the page."""
        person = self.people.get(principal.id) if principal.kind is PrincipalKind.INDIVIDUAL else None
        return person.name if person is not None else self.hierarchy.name_of(principal)


class PreviewCheck(Protocol):
    """Refuses a change that would not do exactly what its preview has shown. It is `preview.tokens.check_preview`; but
    previews are made of changes, so this file cannot name it."""

    async def __call__(
        self, table: Reader, caller: Standing[Shareable], add: Sequence[Grant], remove: Sequence[Principal], token: str
    ) -> None: ...


class Shares(Generic[S]):
    """The shares of each resource of one kind."""

    def __init__(
        self,
        table: Table,
        hierarchies: Hierarchies,
        audit: Audit,
        clock: Clock,
        kind: ResourceKind[S],
        pendings: Pendings,
        check_preview: PreviewCheck,
    ) -> None:
        self._table, self._hierarchies, self._kind = table, hierarchies, kind
        self._audit, self._clock, self._pendings = audit, clock, pendings
        self._check_preview = check_preview

    async def list(self, actor: Actor, thing_id: str, *, limit: int, after: str | None = None) -> SharesPage:
        """The shares of a resource, by kind and id of the principal; for owner, administrators, holders of `share`."""
        table = self._table.for_tenant(actor.tenant_id)
        now = self._clock.now()
        caller = await standing(table, self._hierarchies, self._kind, actor, thing_id, now)
        if not caller.may_see_shares:
            raise Forbidden(
                f"the shares of a {self._kind.name} are shown to its owner, administrators and holders of `share`"
            )
        page = await table.list(Share.of_resource(resource=caller.thing.resource), limit=limit, after=after)
        ids = [s.principal.id for s in page.items if s.principal.kind is PrincipalKind.INDIVIDUAL]
        people = await table.find_many([UserProfile.at(user_id=user_id) for user_id in ids])
        return SharesPage(
            caller.thing, caller.facts.hierarchy, {p.user_id: p for p in people if p is not None}, page, now
        )

    def new_change_id(self) -> str:
        """For several changes that are to be undone as a whole."""
        return self._audit.new_id(self._clock.now())

    async def change(
        self,
        actor: Actor,
        thing_id: str,
        *,
        add: Sequence[Grant] = (),
        remove: Sequence[Principal] = (),
        expect: int | Literal["*"] | None = None,
        reason: str | None = None,
        change_id: str | None = None,
        preview: str | None = None,
        idempotency: IdempotencyKey | None = None,
    ) -> ShareOutcome:
        """Add and remove shares together, at most 20. A share that is there already with the same terms is no change;
        with other terms it is replaced, for which, unless it has ended, `expect`, the resource's version, is needed:
        `*` stands for any. A share that was passed on becomes the owner's when they say the same. Safe to repeat.
        `change_id` makes it a part of a larger change that is undone as a whole; by default it is one of its own.
        `preview` is the token of what was previewed: the change is made only if it does exactly that.

        Raises NotFound, Forbidden, Invalid, Conflict for a version that moved or a share with the owner, Limited.
        """
        check_request(add, remove)
        table = self._table.for_tenant(actor.tenant_id)

        async def work(tx: Transaction) -> ShareOutcome:
            caller = await standing(table, self._hierarchies, self._kind, actor, thing_id, tx.now)
            if not caller.may_see_shares:
                raise Forbidden(f"sharing {caller.named} needs the permission `share`")
            check_version(caller.thing.version, None if expect == "*" else expect, caller.named)
            known = cast("Standing[Shareable]", caller)
            origin = Origin(change_id or self._audit.new_id(tx.now))
            if preview is not None:
                await self._check_preview(table, known, add, remove, preview)
            may_replace = expect is not None or preview is not None
            change = Change(tx, table, known, self._audit, self._pendings, may_replace, reason, origin)
            return await change.apply(add, remove)

        return await table.run(work, answer=ShareOutcome, idempotency=idempotency)
