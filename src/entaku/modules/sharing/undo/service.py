"""A change of shares taken back, resource by resource.

Of one resource all or nothing, in one transaction of up to 20 shares. More of them, as an import may have changed, are
looked at together first and then put back 20 at a time; an undo that was interrupted is finished by repeating it, for
what is undone already is left alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from entaku.core.clock import Clock
from entaku.core.context import Actor, Scope
from entaku.core.errors import Conflict, Forbidden, NotFound
from entaku.core.ids import check_id, shown
from entaku.core.limits import PAGE_SIZE_MAX
from entaku.modules.accounts import Hierarchies, check_acting
from entaku.modules.audit import Audit
from entaku.modules.sharing.access.rights import manages
from entaku.modules.sharing.access.truth import pair_of, read_facts_of
from entaku.modules.sharing.model import SHARES_OF_LIBRARY_MAX
from entaku.modules.sharing.rows.pending import Pendings
from entaku.modules.sharing.shareable import Resource, ResourceKinds
from entaku.modules.sharing.undo.model import CAUSE, ChangePart, Origin, UndoneResource, UndoOutcome, UndoState, is_of
from entaku.modules.sharing.undo.resource_undo import ResourceUndo
from entaku.table import BoundTable, Query, Table

RESOURCES_AT_ONCE = 20
"""Resources of a change that one call undoes; the next one goes on."""


class Undo:
    """Changes of shares, of resources of any kind, taken back."""

    def __init__(
        self,
        table: Table,
        hierarchies: Hierarchies,
        audit: Audit,
        clock: Clock,
        kinds: ResourceKinds,
        pendings: Pendings,
    ) -> None:
        self._table, self._hierarchies, self._audit, self._clock = table, hierarchies, audit, clock
        self._kinds, self._pendings = kinds, pendings

    async def undo(
        self,
        actor: Actor,
        change_id: str,
        *,
        is_trial: bool = False,
        reason: str | None = None,
        after: str | None = None,
    ) -> UndoOutcome:
        """Restore the shares of a change as they were before it: permissions, times, who granted them, exactly. For
        administrators, and for the owner of everything that it touched. A trial writes nothing. Safe to repeat.

        Where something has happened since to one of the shares of a resource, all of that resource are left alone, and
        the later change is named; of a change of one resource that is a Conflict. `after` is the cursor of a change of
        more than 20 resources. Raises NotFound, Forbidden, Invalid.
        """
        actor.check_scope(Scope.READ if is_trial else Scope.WRITE)
        table = self._table.for_tenant(actor.tenant_id)
        listing = f"undo of {check_id(change_id, 'change')}"
        own_id, position = self._audit.new_id(self._clock.now()), ""
        if after is not None:
            own_id, _, position = table.open_cursor(listing, after).partition("\n")
        parts, following = await self._parts(table, change_id, position)
        is_whole = not position and following is None
        if parts or not position:
            await self._check_may(table, actor, change_id, parts, is_whole=is_whole)
        resource_undo = ResourceUndo(
            *(table, self._hierarchies, self._audit, self._kinds, self._pendings, actor, change_id),
            Origin(own_id, f"{CAUSE}{change_id}"),
            reason,
        )
        undone = [await resource_undo.run(of_one, is_trial=is_trial) for of_one in parts.values()]
        if is_whole and len(undone) == 1 and not is_trial:
            _raise_refused(undone[0])
        has_written = any(each.state is UndoState.UNDONE for each in undone)
        return UndoOutcome(
            undoes=change_id,
            change_id=own_id if has_written else None,
            resources=tuple(undone),
            next_cursor=None if following is None else table.seal_cursor(listing, f"{own_id}\n{following}"),
        )

    async def _parts(
        self, table: BoundTable, change_id: str, position: str
    ) -> tuple[dict[Resource, list[ChangePart]], str | None]:
        """The parts of the next resources from a position on, by resource, and where the one after them begins."""
        query = ChangePart.of_change(change_id=change_id)
        if position:
            query = Query(query.entity, query.pattern, query.index, query.partitions, position, query.high)
        page = await table.list(query, limit=PAGE_SIZE_MAX)
        parts: dict[Resource, list[ChangePart]] = {}
        for part in page.items:
            parts.setdefault(part.resource, []).append(part)
        some = dict(list(parts.items())[:RESOURCES_AT_ONCE])
        if not some:
            return some, None
        last = next(reversed(some))
        of_last = ChangePart.of_resource(change_id=change_id, resource=last)
        if page.cursor is not None and len(some) == len(parts):
            # The page may end in the middle of the parts of its last resource.
            (some[last],) = await table.list_all(of_last, at_most=SHARES_OF_LIBRARY_MAX)
        has_more = page.cursor is not None or len(some) < len(parts)
        return some, of_last.high if has_more else None

    async def _check_may(
        self,
        table: BoundTable,
        actor: Actor,
        change_id: str,
        parts: Mapping[Resource, Sequence[ChangePart]],
        *,
        is_whole: bool,
    ) -> None:
        """Raises NotFound for a change that is not there or all of which is others' affair, Forbidden for one of which
        some is. Of what had its id before, an owner has never known."""
        known = [(kind, each) for each in parts if (kind := self._kinds.find(each.kind)) is not None]
        pairs = [pair_of(kind, resource.id, actor.user_id) for kind, resource in known]
        facts = await read_facts_of(table, self._hierarchies, pairs)
        for each in facts.values():
            check_acting(actor, each.profile)
        managed = [
            pair
            for pair, each in facts.items()
            if manages(actor, each) and each.thing is not None and is_of(parts[pair.resource], each.thing)
        ]
        if not parts or not (managed or actor.is_admin):
            raise NotFound(f"there is no change {shown(change_id)}")
        if not actor.is_admin and (len(managed) < len(parts) or not is_whole):
            raise Forbidden(
                f"change {change_id!r} touched more than what you own; ask a tenant administrator to undo it"
            )


def _raise_refused(only: UndoneResource) -> None:
    """Raises Conflict for a change of one resource that is refused."""
    if only.state is UndoState.REFUSED:
        assert only.problem is not None, "a refusal says why"
        raise Conflict(only.problem)
