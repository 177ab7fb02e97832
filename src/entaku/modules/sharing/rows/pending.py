"""What a change of the truth leaves to be done to rows: one item more in its own transaction.

Whoever changes shares, resources, profiles or the directory says so here; nobody else can know.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from entaku.core.ids import Randomness, new_id
from entaku.modules.accounts import Principal, PrincipalKind, UserProfile
from entaku.modules.sharing.rows.model import Concern, Pending
from entaku.modules.sharing.shareable import Resource, Shareable
from entaku.table import Transaction


class Pendings:
    """Writes pending items. Implements `accounts.MembershipWatcher`."""

    def __init__(self, randomness: Randomness) -> None:
        self._randomness = randomness

    def shares_changed(self, tx: Transaction, resource: Resource, principals: Sequence[Principal]) -> None:
        """Shares of the resource with these principals were added, changed or removed."""
        if principals:
            self._add(tx, Concern.SHARES, resource=resource, principals=tuple(sorted(principals)))

    def share_turns(self, tx: Transaction, resource: Resource, principal: Principal, at: datetime) -> None:
        """A share of the resource with this principal starts or ends by itself at an instant that has come."""
        self._add(tx, Concern.SHARES, resource=resource, principals=(principal,), happens_at=at)

    def thing_changed(
        self, tx: Transaction, before: Shareable | None, after: Shareable, principals: Sequence[Principal] = ()
    ) -> None:
        """The resource was created, renamed, handed over, closed; shares with these principals were removed with it."""
        if before is not None and _shown(before) == _shown(after) and not principals:
            return
        owners = {each.owner for each in (before, after) if each is not None}
        self._add(
            tx,
            Concern.THING,
            resource=after.resource,
            principals=tuple(sorted(principals)),
            users=tuple(sorted(owners)),
            is_opened=before is not None and before.state is not after.state,
        )

    def user_changed(self, tx: Transaction, before: UserProfile | None, after: UserProfile | None) -> None:
        """A user came, went, moved, was let in or out, or has another name: who goes through all users by name may have
        passed the new place already, and not come to the old one yet."""
        if _belongs(before) != _belongs(after):
            known = before or after
            assert known is not None
            moved = _direct(before) ^ _direct(after)
            self._add(tx, Concern.USER, users=(known.user_id,), principals=tuple(sorted(moved)))

    def entries_moved(self, tx: Transaction, principals: Sequence[Principal]) -> None:
        """Departments or groups stand elsewhere in the directory now."""
        if principals:
            self._add(tx, Concern.ENTRIES, principals=tuple(sorted(principals)))

    def policy_changed(self, tx: Transaction) -> None:
        """The shares of the tenant add up in another way."""
        self._add(tx, Concern.POLICY)

    def mode_changed(self, tx: Transaction, principal: Principal) -> None:
        """A principal has rows from now on, or is by reference."""
        self._add(tx, Concern.MODE, principals=(principal,))

    def _add(self, tx: Transaction, concern: Concern, **named: Any) -> None:
        tx.create(Pending(pending_id=new_id(tx.now, self._randomness), concern=concern, **named))


def _shown(thing: Shareable) -> tuple[object, ...]:
    """What rows know of a resource."""
    return thing.name, thing.owner, thing.is_discoverable, thing.state, thing.taken_over_at


def _belongs(profile: UserProfile | None) -> tuple[object, ...] | None:
    """What decides about the access of a user, and where lists of all users show them."""
    if profile is None:
        return None
    return profile.name, profile.department, profile.role, profile.groups, profile.state


def _direct(profile: UserProfile | None) -> frozenset[Principal]:
    """What the user is in, without what that is in."""
    if profile is None:
        return frozenset()
    found = {Principal(PrincipalKind.GROUP, each) for each in profile.groups}
    if profile.role is not None:
        found.add(Principal(PrincipalKind.ROLE, profile.role))
    if profile.department is not None:
        found.add(Principal(PrincipalKind.DEPARTMENT, profile.department))
    return frozenset(found)
