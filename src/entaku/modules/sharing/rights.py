"""Who may know of a library, who may manage it, and on what that rests."""

from __future__ import annotations

from datetime import datetime

import msgspec

from entaku.core.context import Actor
from entaku.core.errors import Forbidden, NotFound
from entaku.core.ids import check_id, shown
from entaku.modules.accounts import Hierarchies, check_acting
from entaku.modules.sharing.evaluation import Access
from entaku.modules.sharing.model import Library, LibraryState, Permission
from entaku.modules.sharing.truth import Facts, read_facts
from entaku.table import BoundTable, Transaction


class Standing(msgspec.Struct, frozen=True):
    """How a caller stands to a library that the caller may know of."""

    actor: Actor
    library: Library
    facts: Facts
    access: Access

    @property
    def is_manager(self) -> bool:
        """The owner or an administrator: manages the library and every share of it."""
        return self.facts.is_owner or self.actor.is_admin

    @property
    def may_see_shares(self) -> bool:
        return self.is_manager or Permission.SHARE in self.access.permissions

    def check_manager(self, what: str) -> None:
        """Raises Forbidden unless the caller is the owner or an administrator."""
        if not self.is_manager:
            raise Forbidden(f"{what} is for the owner of library {self.library.library_id!r} and tenant administrators")

    def guard(self, tx: Transaction) -> None:
        """Lets a change commit only if the caller is still who they were: an owner by the library's version, which the
        change expects anyway, and by the profile, which must not have been deactivated meanwhile."""
        if self.facts.profile is not None:
            tx.check(self.facts.profile)


async def standing(
    table: BoundTable, hierarchies: Hierarchies, actor: Actor, library_id: str, now: datetime
) -> Standing:
    """How the caller stands to a library. Raises NotFound for one that is not there or that they may not know of, and
    what `check_acting` does for a caller who is not what they were when the request began.

    To know of it is: live access, ownership, administration, or that it is discoverable.
    """
    facts = await read_facts(table, hierarchies, check_id(library_id, "library"), actor.user_id)
    return standing_of(actor, facts, library_id, now)


def standing_of(actor: Actor, facts: Facts, library_id: str, now: datetime) -> Standing:
    """The same from facts about the caller that have been read already."""
    check_acting(actor, facts.profile)
    library = facts.library
    if library is None or library.state is not LibraryState.ACTIVE:
        raise unknown(library_id)
    access = facts.access(now)
    if not (access.is_any or actor.is_admin or library.is_discoverable):
        raise unknown(library_id)
    return Standing(actor, library, facts, access)


def may_finish_deletion(actor: Actor, facts: Facts) -> bool:
    """Whether the library is half deleted, and the caller managed it when it was closed. Raises as `standing_of`."""
    check_acting(actor, facts.profile)
    if facts.library is None or not facts.library.is_half_deleted:
        return False
    return facts.is_owner or actor.is_admin


def unknown(library_id: str) -> NotFound:
    """What somebody hears who may not know whether the library exists."""
    return NotFound(f"there is no library {shown(library_id)}")
