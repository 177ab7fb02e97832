"""A resource handed over: its ownership moves, the new owner's own share is absorbed, and the old owner keeps nothing
but what is kept for them on purpose. All in the transaction of the caller."""

from __future__ import annotations

from typing import cast

import msgspec

from entaku.core.context import Actor
from entaku.core.errors import Invalid, Limited, NotFound
from entaku.modules.accounts import UserProfile, UserState, individual
from entaku.modules.sharing.lifecycle import Move, check_move
from entaku.modules.sharing.model import (
    SHARES_OF_LIBRARY_MAX,
    Ownership,
    Permission,
    PrincipalShare,
    Share,
    Terms,
)
from entaku.modules.sharing.retention.model import BinEntry, entry_at
from entaku.modules.sharing.shareable import Shareable, counted
from entaku.table import Entity, Key, Reader, Transaction, changed


class HandedOver(msgspec.Struct, frozen=True):
    """What became of the shares of two people."""

    counts: dict[str, int]
    """Of the resource's shares, by kind of principal."""
    absorbed: Share | None
    """The new owner's."""
    kept: Share | None
    """The old owner's."""


def check_kept(keep: frozenset[Permission]) -> None:
    """Raises Invalid for what no share can grant."""
    if keep and Permission.READ not in keep:
        raise Invalid("what the old owner keeps has no `read`; every share does")


async def hand_over(
    tx: Transaction,
    table: Reader,
    actor: Actor,
    before: Shareable,
    to: str,
    *,
    keep: frozenset[Permission] = frozenset(),
) -> HandedOver:
    """One call, up to nine actions. Raises NotFound for an owner who is not there, Conflict where something is to be
    kept of what is not open to new shares, Limited where it has as many as it may."""
    if keep:
        check_move(Move.SHARE, before)
    resource, principal = before.resource, individual(to)
    keys = (
        UserProfile.at(user_id=to),
        Ownership.at(owner=before.owner, resource=resource),
        Share.at(resource=resource, principal=principal),
        PrincipalShare.at(principal=principal, resource=resource),
        UserProfile.at(user_id=before.owner),
        *(() if (place := entry_at(before)) is None else (place,)),
    )
    profile, old, share, twin, leaving, *entry = await table.find_many(cast("list[Key[Entity]]", list(keys)))
    check_able_to_own(tx, cast("UserProfile | None", profile), to, resource.kind)
    if old is not None:
        tx.delete(old)
    tx.create(Ownership(owner=to, resource=resource))
    for item in entry:
        if item is not None:
            tx.replace(changed(cast("BinEntry", item), owner=to))
    absorbed: Share | None = None
    if share is not None and twin is not None:
        tx.delete(share)
        tx.delete(twin)
        absorbed = cast("Share", share)
    kept = _kept(tx, actor, before, cast("UserProfile | None", leaving), keep) if keep else None
    delta = (kept is not None) - (absorbed is not None)
    if delta > 0 and sum(before.share_counts.values()) >= SHARES_OF_LIBRARY_MAX:
        raise Limited(
            f"the {resource.kind} has {SHARES_OF_LIBRARY_MAX} shares, as many as it may; hand it over without keeping"
            " something, or remove one"
        )
    return HandedOver(counted(before.share_counts, {principal.kind.value: delta}), absorbed, kept)


def check_able_to_own(tx: Transaction, profile: UserProfile | None, user_id: str, kind: str) -> None:
    """Lets a change commit only while somebody is there who can own things. Raises NotFound for one who is not, or who
    is not active."""
    if profile is None or profile.state is not UserState.ACTIVE:
        raise NotFound(f"there is no active user {user_id!r} to own a {kind}")
    if not tx.has(UserProfile.at(user_id=user_id)):
        tx.check(profile)


def _kept(
    tx: Transaction, actor: Actor, before: Shareable, leaving: UserProfile | None, keep: frozenset[Permission]
) -> Share:
    """A share for the old owner, who has had none."""
    if leaving is None or leaving.state is UserState.DELETING:
        raise NotFound(f"there is no user {before.owner!r} any more to keep something")
    if not tx.has(UserProfile.at(user_id=leaving.user_id)):
        tx.check(leaving)
    resource, principal = before.resource, individual(before.owner)
    terms = Terms(permissions=keep, granted_by=actor.user_id, granted_at=tx.now)
    tx.create(PrincipalShare(principal=principal, resource=resource, terms=terms))
    return tx.create(Share(resource=resource, principal=principal, terms=terms))
