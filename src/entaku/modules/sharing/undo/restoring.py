"""The shares of one resource put back as they were, inside one transaction.

What the change made of a share must still be there to the letter: a share that differs was touched by somebody, and the
trail says by whom. Nobody is let in who is not who they were: a principal that was deleted gets no share again, also
not where another one has its id today.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import msgspec

from entaku.core.errors import Conflict
from entaku.modules.accounts import EntryState, Principal, PrincipalKind, UserProfile, UserState
from entaku.modules.audit import Audit
from entaku.modules.sharing.access.rights import Standing
from entaku.modules.sharing.lifecycle import Move, check_move
from entaku.modules.sharing.model import SHARES_OF_LIBRARY_MAX, PrincipalShare, Share
from entaku.modules.sharing.rows.pending import Pendings
from entaku.modules.sharing.shareable import Shareable, recounted
from entaku.modules.sharing.trail import note_share
from entaku.modules.sharing.undo.model import Origin, note_part
from entaku.modules.sharing.undo.steps import ShareStep
from entaku.table import BoundTable, Entity, Key, Transaction, changed


class Restored(msgspec.Struct, frozen=True):
    """What was put back."""

    version: int
    """Of the resource, after it."""
    added: tuple[Principal, ...] = ()
    changed: tuple[Principal, ...] = ()
    removed: tuple[Principal, ...] = ()


class Present(msgspec.Struct, frozen=True):
    """What there is of the principal of a step."""

    share: Share | None
    twin: PrincipalShare | None
    person: UserProfile | None


class Restoring:
    """Puts shares back in the transaction of one undo."""

    def __init__(
        self,
        tx: Transaction,
        table: BoundTable,
        caller: Standing[Shareable],
        audit: Audit,
        pendings: Pendings,
        origin: Origin,
        reason: str | None,
    ) -> None:
        self._tx, self._table, self._caller, self._audit = tx, table, caller, audit
        self._pendings, self._origin, self._reason = pendings, origin, reason
        self._thing = caller.thing

    async def check(self, steps: Sequence[ShareStep]) -> list[Present]:
        """What there is. Raises Conflict for a resource that is archived, for a share that is not what the change made
        of it, and for a principal that is not there any more."""
        for step in steps:
            check_move(Move.UNSHARE if step.before is None else Move.SHARE, self._thing)
        found = await self._present(steps)
        for step, present in zip(steps, found, strict=True):
            terms = None if present.share is None else present.share.terms
            if terms != step.after or (present.share is None) != (present.twin is None):
                raise Conflict(
                    f"the share of {self._caller.named} with {step.principal} is not what the change made of it;"
                    " change it by hand"
                )
            if step.before is not None:
                self._check_principal(step, present.person)
        count = sum(self._thing.share_counts.values()) + sum(_delta(step) for step in steps)
        if count > SHARES_OF_LIBRARY_MAX:
            raise Conflict(f"{self._caller.named} would have {count} shares and may have {SHARES_OF_LIBRARY_MAX}")
        return found

    def apply(self, steps: Sequence[ShareStep], found: Sequence[Present]) -> Restored:
        """Adds the writes to the transaction. `found` is what `check` says of the same steps."""
        tx, resource = self._tx, self._thing.resource
        done: dict[str, list[Principal]] = {"added": [], "changed": [], "removed": []}
        notes: list[tuple[Principal, Share | None, Share | None]] = []
        deltas: dict[str, int] = {}
        for step, present in zip(steps, found, strict=True):
            deltas[step.principal.kind.value] = deltas.get(step.principal.kind.value, 0) + _delta(step)
            if present.share is None or present.twin is None:
                assert step.before is not None, "a change from no share to none is no step"
                share = tx.create(Share(resource=resource, principal=step.principal, terms=step.before))
                tx.create(PrincipalShare(principal=step.principal, resource=resource, terms=step.before))
                done["added"].append(step.principal)
                notes.append((step.principal, None, share))
            elif step.before is None:
                tx.delete(present.share)
                tx.delete(present.twin)
                done["removed"].append(step.principal)
                notes.append((step.principal, present.share, None))
            else:
                share = tx.replace(changed(present.share, terms=step.before))
                tx.replace(changed(present.twin, terms=step.before))
                done["changed"].append(step.principal)
                notes.append((step.principal, present.share, share))
            if step.before is not None and present.person is not None:
                self._check_person(present.person)
        stored = self._finish(notes, deltas)
        return Restored(stored.version, **{name: tuple(principals) for name, principals in done.items()})

    def _finish(
        self, notes: Sequence[tuple[Principal, Share | None, Share | None]], deltas: dict[str, int]
    ) -> Shareable:
        """The resource's new version, the audit records, and the checks that what was decided is still true."""
        stored = self._tx.replace(recounted(self._thing, deltas))
        self._pendings.shares_changed(self._tx, self._thing.resource, [principal for principal, _, _ in notes])
        records = [
            note_share(
                *(self._audit, self._tx, self._caller.actor, stored, principal, before, after, self._reason),
                change_id=self._origin.change_id,
                cause=self._origin.cause,
            )
            for principal, before, after in notes
        ]
        note_part(self._tx, self._origin, stored, records)
        self._tx.check(self._caller.facts.directory)
        self._caller.guard(self._tx)
        return stored

    async def _present(self, steps: Sequence[ShareStep]) -> list[Present]:
        """What there is of each step: one call for every 100 of three keys a step."""
        resource = self._thing.resource
        people = [
            step.principal
            for step in steps
            if step.principal.kind is PrincipalKind.INDIVIDUAL and step.before is not None
        ]
        keys = [
            *(Share.at(resource=resource, principal=step.principal) for step in steps),
            *(PrincipalShare.at(principal=step.principal, resource=resource) for step in steps),
            *(UserProfile.at(user_id=principal.id) for principal in people),
        ]
        found = await self._table.find_many(cast("list[Key[Entity]]", keys))
        shares = cast("list[Share | None]", found[: len(steps)])
        twins = cast("list[PrincipalShare | None]", found[len(steps) : 2 * len(steps)])
        profiles = dict(zip(people, cast("list[UserProfile | None]", found[2 * len(steps) :]), strict=True))
        return [
            Present(share, twin, profiles.get(step.principal))
            for step, share, twin in zip(steps, shares, twins, strict=True)
        ]

    def _check_principal(self, step: ShareStep, person: UserProfile | None) -> None:
        """Raises Conflict for a principal that is gone, or not the one that the share was with."""
        principal = step.principal
        match principal.kind:
            case PrincipalKind.ORGANISATION:
                return
            case PrincipalKind.INDIVIDUAL:
                if principal.id == self._thing.owner:
                    raise Conflict(f"{principal.id!r} owns {self._caller.named} by now and has every permission")
                is_there = person is not None and person.state is not UserState.DELETING
                since = None if person is None else person.created_at
            case _:
                entry = self._caller.facts.hierarchy.entry(principal)
                is_there = entry is not None and entry.state is not EntryState.DELETING
                since = None if entry is None else entry.created_at
        if not is_there or since is None or since > step.changed_at:
            raise Conflict(f"{principal} has been deleted since; there is nobody to share {self._caller.named} with")

    def _check_person(self, person: UserProfile) -> None:
        """Lets the undo commit only while they are there. The caller's own profile is checked anyway."""
        if person.user_id != self._caller.actor.user_id:
            self._tx.check(person)


def _delta(step: ShareStep) -> int:
    return (step.before is not None) - (step.after is not None)


def foreseen(version: int, steps: Sequence[ShareStep]) -> Restored:
    """What would be put back."""
    return Restored(
        version,
        added=tuple(step.principal for step in steps if step.after is None),
        changed=tuple(step.principal for step in steps if step.before is not None and step.after is not None),
        removed=tuple(step.principal for step in steps if step.before is None),
    )
