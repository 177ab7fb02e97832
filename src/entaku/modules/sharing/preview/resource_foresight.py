"""Foresees changes of one resource: of its shares, its owner, its state. For its owner and administrators."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from entaku.core.context import Actor
from entaku.core.errors import Conflict
from entaku.core.ids import check_id
from entaku.modules.accounts import Hierarchies, PrincipalKind, individual
from entaku.modules.audit import Audit
from entaku.modules.sharing.access.rights import Standing, standing_of
from entaku.modules.sharing.access.truth import pair_of, read_facts
from entaku.modules.sharing.lifecycle import RULES, Move, check_move
from entaku.modules.sharing.model import SHARES_OF_LIBRARY_MAX, Share, Terms
from entaku.modules.sharing.preview.changes import ResourceMove, SharesChange
from entaku.modules.sharing.preview.foreseen import Foreseen, Shared, Subject, nothing_foreseen
from entaku.modules.sharing.preview.people import People, people_in
from entaku.modules.sharing.resources.handing_over import check_kept, hand_over
from entaku.modules.sharing.retention.state_changes import is_made
from entaku.modules.sharing.rows.pending import Pendings
from entaku.modules.sharing.shareable import Resource, ResourceKinds, ResourceState, Shareable
from entaku.modules.sharing.shares.change import Change, Grant, check_request, terms_of
from entaku.modules.sharing.undo.model import Origin
from entaku.table import BoundTable, Reader, changed

WHAT = "to preview a change"


class ResourceForesight:
    """What becomes of one resource."""

    def __init__(self, hierarchies: Hierarchies, kinds: ResourceKinds, audit: Audit, pendings: Pendings) -> None:
        self._hierarchies, self._kinds, self._audit, self._pendings = hierarchies, kinds, audit, pendings

    async def manager(
        self, reader: Reader, actor: Actor, resource: Resource, now: datetime, *, also_in_bin: bool = False
    ) -> Standing[Any]:
        """How the caller stands to the resource. Raises NotFound, and Forbidden for who does not manage it."""
        kind = self._kinds.named(resource.kind)
        facts = await read_facts(reader, self._hierarchies, pair_of(kind, resource.id, actor.user_id))
        caller = standing_of(kind, actor, facts, resource.id, now, also_in_bin=also_in_bin)
        caller.check_manager(WHAT)
        return caller

    async def of_shares(
        self, table: BoundTable, reader: Reader, actor: Actor, change: SharesChange, now: datetime
    ) -> Foreseen:
        """The change runs in a transaction that is never committed, so nothing is decided here a second time."""
        is_by_itself = not (change.add or change.remove)
        if not is_by_itself:
            check_request(change.add, change.remove)
        caller = await self.manager(reader, actor, change.resource, now)
        thing, shares = caller.thing, await _shares_of(reader, change.resource)
        directory, hierarchy = caller.facts.directory, caller.facts.hierarchy
        if is_by_itself:
            people = _with_owner(people_in(hierarchy, directory, shares), thing)
            subject = Subject(thing=thing, shares=shares, thing_after=thing, shares_after=shares)
            return nothing_foreseen(directory, hierarchy, people, subject=subject, is_by_itself=True)
        standing = cast("Standing[Shareable]", caller)
        origin = Origin(self._audit.new_id(now))
        never = table.transaction()
        asked = Change(never, reader, standing, self._audit, self._pendings, True, None, origin)
        outcome = await asked.apply(change.add, change.remove)
        written = {*outcome.added, *outcome.changed}
        after = {principal: terms for principal, terms in shares.items() if principal not in outcome.removed}
        after |= {g.principal: _terms(g, actor.user_id, now) for g in change.add if g.principal in written}
        return nothing_foreseen(
            directory,
            hierarchy,
            people_in(hierarchy, directory, change.principals),
            subject=Subject(thing=thing, shares=shares, thing_after=thing, shares_after=after),
            warnings=outcome.warnings,
        )

    async def of_move(
        self, table: BoundTable, reader: Reader, actor: Actor, change: ResourceMove, now: datetime, *, at: datetime
    ) -> Foreseen:
        """The move made at that instant, as the caller stands to the resource now."""
        move = Move(change.move)
        also_in_bin = move in (Move.RESTORE, Move.TRANSFER)
        caller = await self.manager(reader, actor, change.resource, now, also_in_bin=also_in_bin)
        thing: Shareable = caller.thing
        shares = await _shares_of(reader, change.resource)
        directory, hierarchy = caller.facts.directory, caller.facts.hierarchy
        if move is Move.TRANSFER:
            people = People(named=tuple(sorted({thing.owner, change.owner})))
            moved, after = await self._handed_over(table, reader, actor, change, thing, shares)
        else:
            people = _with_owner(people_in(hierarchy, directory, shares), thing)
            moved, after = changed(thing, state=_state_after(move, thing, at)), shares
        subject = Subject(thing=thing, shares=shares, thing_after=moved, shares_after=after)
        return nothing_foreseen(directory, hierarchy, people, subject=subject)

    async def _handed_over(
        self,
        table: BoundTable,
        reader: Reader,
        actor: Actor,
        change: ResourceMove,
        thing: Shareable,
        shares: Shared,
    ) -> tuple[Shareable, Shared]:
        """In a transaction that is never committed, too."""
        check_id(change.owner, "user")
        check_kept(change.keep)
        if change.owner == thing.owner:
            return thing, shares
        check_move(Move.TRANSFER, thing)
        handed = await hand_over(table.transaction(), reader, actor, thing, change.owner, keep=change.keep)
        after = {principal: terms for principal, terms in shares.items() if principal != individual(change.owner)}
        if handed.kept is not None:
            after[handed.kept.principal] = handed.kept.terms
        return changed(thing, owner=change.owner), after


async def _shares_of(reader: Reader, resource: Resource) -> Shared:
    """All shares of the resource: one call for every 200."""
    (found,) = await reader.list_all(Share.of_resource(resource=resource), at_most=2 * SHARES_OF_LIBRARY_MAX)
    return {share.principal: share.terms for share in found}


def _terms(grant: Grant, granted_by: str, now: datetime) -> Terms:
    return terms_of(grant, granted_by=granted_by, granted_at=now, is_delegated=False)


def _state_after(move: Move, thing: Shareable, at: datetime) -> ResourceState:
    """Raises Conflict for a move that does not start from the state of the resource, or comes too late."""
    if is_made(thing, move):
        return thing.state
    check_move(move, thing)
    if move is Move.RESTORE and thing.deletion is not None:
        if at >= thing.deletion.purge_at:
            named = f"{thing.resource.kind} {thing.resource.id!r}"
            raise Conflict(f"{named} is removed for good by then; create it anew when it is gone")
        return thing.deletion.was
    state = RULES[move].to
    assert state is not None, "every other move that is previewed leads somewhere"
    return state


def _with_owner(people: People, thing: Shareable) -> People:
    """The people, and who owns the resource: they may be in nothing that it is shared with."""
    if any(each.kind is PrincipalKind.ORGANISATION for each in people.principals):
        return people
    return People(named=tuple(sorted({*people.named, thing.owner})), principals=people.principals)
