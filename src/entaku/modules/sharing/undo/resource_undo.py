"""One change taken back in one resource: all or nothing for up to 20 shares, more of them 20 at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from entaku.core.clock import instant_text
from entaku.core.context import Actor
from entaku.core.errors import Conflict
from entaku.core.limits import PAGE_SIZE_MAX
from entaku.modules.accounts import Hierarchies, check_acting
from entaku.modules.audit import Audit, AuditRecord, Period
from entaku.modules.sharing.access.rights import Standing
from entaku.modules.sharing.access.truth import pair_of, read_facts
from entaku.modules.sharing.model import SHARES_CHANGED_MAX
from entaku.modules.sharing.rows.pending import Pendings
from entaku.modules.sharing.shareable import Resource, ResourceKinds, Shareable
from entaku.modules.sharing.trail import target_of
from entaku.modules.sharing.undo.later import Since, shown, since
from entaku.modules.sharing.undo.model import ChangePart, LaterChange, Origin, UndoneResource, UndoState, is_of
from entaku.modules.sharing.undo.restoring import Restored, Restoring, foreseen
from entaku.modules.sharing.undo.steps import ShareStep, steps_of
from entaku.table import BoundTable, Transaction

RECORDS_SINCE_MAX = 1_000
"""Records of a resource, beside the change's own, that an undo looks through for what has happened since."""
CLOCKS_APART = timedelta(minutes=5)
"""How far the clocks of two workers may be apart: a later change may bear an earlier time."""


class Refusal(msgspec.Struct, frozen=True):
    """Why the shares of a resource are left as they are."""

    problem: str
    later: LaterChange | None = None


class Attempt(msgspec.Struct, frozen=True):
    """What was put back, or would be, and which steps that were."""

    restored: Restored
    steps: tuple[ShareStep, ...]


class ResourceUndo:
    """The undo of one change in one of its resources after the other."""

    def __init__(
        self,
        table: BoundTable,
        hierarchies: Hierarchies,
        audit: Audit,
        kinds: ResourceKinds,
        pendings: Pendings,
        actor: Actor,
        change_id: str,
        origin: Origin,
        reason: str | None,
    ) -> None:
        self._table, self._hierarchies, self._audit = table, hierarchies, audit
        self._kinds, self._pendings, self._actor = kinds, pendings, actor
        self._change_id, self._origin, self._reason = change_id, origin, reason

    async def run(self, parts: Sequence[ChangePart], *, is_trial: bool) -> UndoneResource:
        """What it came to for the resource of these parts. Of more than 20 shares nothing is written where one of them
        stands in the way at the beginning."""
        records = await self._records(parts)
        steps = tuple(step for step in steps_of(records) if step.before != step.after)
        done = UndoneResource(resource=parts[0].resource, state=UndoState.UNDONE_BEFORE)
        version: int | None = None
        if is_trial or len(steps) > SHARES_CHANGED_MAX:
            looked = await self._table.run(lambda tx: self._attempt(tx, parts, records, steps, None, writes=False))
            if isinstance(looked, Refusal) or is_trial or not looked.steps:
                return _outcome(done, looked, UndoState.WOULD_BE_UNDONE)
            steps, version = looked.steps, looked.restored.version
        for start in range(0, max(len(steps), 1), SHARES_CHANGED_MAX):
            some, seen = steps[start : start + SHARES_CHANGED_MAX], version
            result = await self._table.run(
                lambda tx, some=some, seen=seen: self._attempt(tx, parts, records, some, seen, writes=True)
            )
            done, version = _outcome(done, result, UndoState.UNDONE), None
            if isinstance(result, Refusal):
                break
            version = result.restored.version
        return done

    async def _records(self, parts: Sequence[ChangePart]) -> list[AuditRecord]:
        """The records of the change, by their keys: one call for every 100."""
        keys = [
            AuditRecord.at(
                target=target_of(part.resource),
                recorded_at=part.recorded_at,
                target_version=part.target_version,
                record_id=record_id,
            )
            for part in parts
            for record_id in part.record_ids
        ]
        found = await self._table.find_many(keys)
        return [record for record in found if record is not None]

    async def _attempt(
        self,
        tx: Transaction,
        parts: Sequence[ChangePart],
        records: Sequence[AuditRecord],
        steps: tuple[ShareStep, ...],
        seen: int | None,
        *,
        writes: bool,
    ) -> Refusal | Attempt:
        """Why not, or what is put back. `seen`: a version of the resource at which nothing stood in the way."""
        resource = parts[0].resource
        caller = await self._caller(tx, resource, parts)
        if isinstance(caller, Refusal):
            return caller
        left = steps
        if caller.thing.version != seen:
            found = await self._since(resource, parts, records, steps)
            if isinstance(found, Refusal):
                return found
            left = found.left
        restoring = Restoring(tx, self._table, caller, self._audit, self._pendings, self._origin, self._reason)
        try:
            present = await restoring.check(left)
        except Conflict as error:
            return Refusal(error.message)
        if writes and left:
            return Attempt(restoring.apply(left, present), left)
        return Attempt(foreseen(caller.thing.version, left), left)

    async def _caller(
        self, tx: Transaction, resource: Resource, parts: Sequence[ChangePart]
    ) -> Standing[Shareable] | Refusal:
        """How the caller stands to the resource, if it is the one that was changed."""
        kind = self._kinds.find(resource.kind)
        if kind is None:
            return Refusal(f"no module brings the kind {resource.kind!r} any more")
        facts = await read_facts(self._table, self._hierarchies, pair_of(kind, resource.id, self._actor.user_id))
        check_acting(self._actor, facts.profile)
        thing = facts.thing
        if thing is not None and not is_of(parts, thing):
            return Refusal(
                f"the {resource.kind} {resource.id!r} that was changed is gone for good, and another one has its id by"
                " now; there is nothing to undo"
            )
        if thing is None or not thing.is_open:
            return Refusal(f"{resource.kind} {resource.id!r} has been deleted since; restore it first, if it is kept")
        caller = Standing(self._actor, thing, facts, facts.access(tx.now))
        caller.check_manager("undoing a change")
        return caller

    async def _since(
        self,
        resource: Resource,
        parts: Sequence[ChangePart],
        records: Sequence[AuditRecord],
        steps: Sequence[ShareStep],
    ) -> Since | Refusal:
        """What has happened since, where that does not stand in the way."""
        first = min(part.target_version for part in parts)
        earliest = min(part.recorded_at for part in parts) - CLOCKS_APART
        trail = await self._trail(resource, earliest, len(records) + RECORDS_SINCE_MAX)
        if trail is None:
            return Refusal(
                f"{resource.kind} {resource.id!r} has changed more than {RECORDS_SINCE_MAX} times since; change its"
                " shares by hand"
            )
        known = {record.record_id: record for record in (*trail, *records)}
        found = since(self._change_id, steps, known.values(), first, resource.kind)
        if found.later is None:
            return found
        later = shown(found.later)
        what = later.action if later.subject is None else f"{later.action} of {later.subject}"
        by = f"{what} by {later.actor!r} at {instant_text(later.recorded_at)}"
        way_out = f"undo change {later.change_id!r} first" if later.change_id else "change its shares by hand"
        return Refusal(f"{resource.kind} {resource.id!r} has changed since: {by}; {way_out}", later)

    async def _trail(self, resource: Resource, from_instant: datetime, at_most: int) -> list[AuditRecord] | None:
        """The records of a resource from an instant on; None where there are more than so many."""
        found: list[AuditRecord] = []
        cursor: str | None = None
        while len(found) <= at_most:
            page = await self._audit.list_of(
                *(self._table, target_of(resource)),
                limit=PAGE_SIZE_MAX,
                after=cursor,
                period=Period(since=from_instant),
            )
            found += page.items
            cursor = page.cursor
            if cursor is None:
                return found
        return None


def _outcome(so_far: UndoneResource, result: Refusal | Attempt, state: UndoState) -> UndoneResource:
    """What it came to with this result."""
    if isinstance(result, Refusal):
        return msgspec.structs.replace(so_far, state=UndoState.REFUSED, problem=result.problem, later=result.later)
    restored = result.restored
    return msgspec.structs.replace(
        so_far,
        state=state if result.steps else so_far.state,
        version=restored.version,
        added=(*so_far.added, *restored.added),
        changed=(*so_far.changed, *restored.changed),
        removed=(*so_far.removed, *restored.removed),
    )
