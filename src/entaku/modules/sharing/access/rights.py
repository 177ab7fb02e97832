"""Who may know of a resource, who may manage it, and on what that rests."""

from __future__ import annotations

from datetime import datetime
from typing import Generic, cast

import msgspec

from entaku.core.clock import instant_text
from entaku.core.context import Actor
from entaku.core.errors import Forbidden, NotFound
from entaku.core.ids import shown
from entaku.modules.accounts import Hierarchies, check_acting, guard_key
from entaku.modules.sharing.access.evaluation import Access
from entaku.modules.sharing.access.truth import Facts, pair_of, read_facts
from entaku.modules.sharing.lifecycle import LEFT
from entaku.modules.sharing.model import Permission
from entaku.modules.sharing.shareable import Resource, ResourceKind, S, Shareable
from entaku.table import BoundTable, Transaction


class Standing(msgspec.Struct, Generic[S], frozen=True):
    """How a caller stands to a resource that the caller may know of."""

    actor: Actor
    thing: S
    """The resource itself."""
    facts: Facts
    access: Access

    @property
    def is_manager(self) -> bool:
        """The owner or an administrator: manages the resource and every share of it."""
        return manages(self.actor, self.facts)

    @property
    def may_see_shares(self) -> bool:
        return self.is_manager or Permission.SHARE in self.access.permissions

    @property
    def named(self) -> str:
        """As in `library 'handbook'`."""
        resource = self.thing.resource
        return f"{resource.kind} {resource.id!r}"

    def check(self, permission: Permission) -> None:
        """Raises Forbidden unless the caller may do this with the resource now. To manage it gives no permission on
        what it holds."""
        if permission in self.access.permissions:
            return
        if permission not in LEFT[self.thing.state]:
            raise Forbidden(f"{self.named} is {self.thing.state}, and nobody may `{permission}` in it; ask its owner")
        raise Forbidden(f"{self.named} needs the permission `{permission}` for this; ask its owner")

    def check_manager(self, what: str) -> None:
        """Raises Forbidden unless the caller is the owner or an administrator."""
        if not self.is_manager:
            raise Forbidden(f"{what} is for the owner of {self.named} and tenant administrators")

    def guard(self, tx: Transaction) -> None:
        """Lets a change commit only if the caller is still who they were: an owner by the resource's version, which the
        change expects anyway, and by the profile, which must not have been deactivated meanwhile; and by the API key
        that was sent, which must not have been revoked. Raises Forbidden for a key that is not for writing."""
        guard_key(tx, self.actor)
        if self.facts.profile is not None:
            tx.check(self.facts.profile)

    def guard_access(self, tx: Transaction) -> None:
        """Lets a change of something else commit only if what the caller may do with the resource still rests on what
        was read: its shares and owner, the caller's profile, the directory. Three checks, four for an API key."""
        tx.check(self.thing)
        tx.check(self.facts.directory)
        self.guard(tx)


async def standing(
    table: BoundTable, hierarchies: Hierarchies, kind: ResourceKind[S], actor: Actor, thing_id: str, now: datetime
) -> Standing[S]:
    """How the caller stands to a resource. Raises NotFound for one that is not there or that they may not know of, and
    what `check_acting` does for a caller who is not what they were when the request began.

    To know of it is: live access, ownership, administration, or that it is discoverable.
    """
    facts = await read_facts(table, hierarchies, pair_of(kind, thing_id, actor.user_id))
    return standing_of(kind, actor, facts, thing_id, now)


def standing_of(
    kind: ResourceKind[S], actor: Actor, facts: Facts, thing_id: str, now: datetime, *, also_in_bin: bool = False
) -> Standing[S]:
    """The same from facts about the caller that have been read already. What is in the bin is there for its owner and
    administrators alone, who hear that it is; with `also_in_bin` they stand to it as to any other."""
    check_acting(actor, facts.profile)
    thing = facts.thing
    if not may_know(actor, facts, now):
        if thing is None or not thing.is_in_bin or not manages(actor, facts):
            raise unknown(kind.resource(thing_id))
        if not also_in_bin:
            raise in_bin(thing)
    return Standing(actor, cast("S", thing), facts, facts.access(now))


def may_know(actor: Actor, facts: Facts, now: datetime) -> bool:
    """Whether the resource of these facts is there for the caller, whom they are about; for administrators, about
    whomever they are."""
    thing = facts.thing
    if thing is None or not thing.is_open:
        return False
    return actor.is_admin or thing.is_discoverable or facts.access(now).is_any


def manages(actor: Actor, facts: Facts) -> bool:
    """Whether the caller, whom the facts are about, owns the resource or administers the tenant."""
    return facts.is_owner or actor.is_admin


def may_finish_purge(actor: Actor, facts: Facts) -> bool:
    """Whether the resource is half purged, and the caller managed it when it was closed. Raises as `standing_of`."""
    check_acting(actor, facts.profile)
    thing, profile = facts.thing, facts.profile
    if thing is None or not thing.is_half_purged:
        return False
    # Who owned it could be deleted from then on: a later user of that id has never known of it.
    closed_at = None if thing.deletion is None else thing.deletion.deleted_at
    is_later = profile is not None and closed_at is not None and profile.created_at > closed_at
    return actor.is_admin or (facts.is_owner and not is_later)


def in_bin(thing: Shareable) -> NotFound:
    """What those who manage it hear of a resource in the bin, where only what is open will do."""
    resource, deletion = thing.resource, thing.deletion
    until = "" if deletion is None else f" and is kept until {instant_text(deletion.purge_at)}"
    return NotFound(f"{resource.kind} {resource.id!r} was deleted{until}; restore it to use it again")


def unknown(resource: Resource) -> NotFound:
    """What somebody hears who may not know whether the resource exists."""
    return NotFound(f"there is no {resource.kind} {shown(resource.id)}")
