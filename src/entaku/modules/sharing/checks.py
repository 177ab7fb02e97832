"""May this person do that? One pair, or up to a hundred; with why, or why not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from entaku.core.clock import Clock
from entaku.core.context import Actor
from entaku.core.errors import Forbidden, Invalid, NotFound
from entaku.core.ids import check_id, shown
from entaku.modules.accounts import Hierarchies, UserState
from entaku.modules.sharing.evaluation import AccessType
from entaku.modules.sharing.explanation import Explanation, explain
from entaku.modules.sharing.model import Library, LibraryState, Permission, in_order
from entaku.modules.sharing.rights import standing_of, unknown
from entaku.modules.sharing.truth import Facts, Pair, read_facts, read_facts_of
from entaku.table import Table

CHECKS_MAX = 100


class AccessAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody may do with a library, now."""

    library_id: str
    user_id: str
    permissions: tuple[Permission, ...]
    """In the order read, write, delete, share; empty for no access."""
    access_type: AccessType | None
    next_transition: datetime | None
    """When the answer may change by itself, because a share starts or ends. Who does not manage the library is told of
    ends only: what is to start is a near miss."""
    why: Explanation


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One question: may this user do this with that library?"""

    user_id: str
    library_id: str
    permission: Permission = Permission.READ


class Checks:
    """Answers about access. Everybody may ask about themselves; owners and administrators about others."""

    def __init__(self, table: Table, hierarchies: Hierarchies, clock: Clock) -> None:
        self._table, self._hierarchies, self._clock = table, hierarchies, clock

    async def access(self, actor: Actor, library_id: str, user_id: str) -> AccessAnswer:
        """What a user may do with a library, and why or why not.

        Near misses and others' answers are for the owner and administrators. Raises NotFound for a library the caller
        may not know of and for a user who is not there, Forbidden for somebody else's access.
        """
        now = self._clock.now()
        check_id(library_id, "library")
        check_id(user_id, "user")
        caller = standing_of(actor, await self._facts(actor, library_id, actor.user_id), library_id, now)
        facts = caller.facts
        if actor.user_id != user_id:
            _check_may_ask(actor, caller.library)
            facts = await self._facts(actor, library_id, user_id)
            # The library may have gone, or been handed over, since the caller's right was read.
            if facts.library is None or facts.library.state is not LibraryState.ACTIVE:
                raise unknown(library_id)
            _check_may_ask(actor, facts.library)
        profile = facts.profile
        if profile is None or profile.state is UserState.DELETING:
            raise NotFound(f"there is no user {shown(user_id)}")
        if not caller.is_manager:
            facts = facts.without_misses(now)
        access = facts.access(now)
        return AccessAnswer(
            library_id=library_id,
            user_id=user_id,
            permissions=in_order(access.permissions),
            access_type=access.access_type,
            next_transition=facts.next_transition(now),
            why=explain(facts, profile, now=now, with_near_miss=caller.is_manager),
        )

    async def _facts(self, actor: Actor, library_id: str, user_id: str) -> Facts:
        return await read_facts(self._table.for_tenant(actor.tenant_id), self._hierarchies, library_id, user_id)

    async def check(self, actor: Actor, checks: Sequence[Check]) -> list[bool]:
        """Yes or no for each question, in order; at most 100. A library or user that is not there is a no.

        Everybody may ask about themselves, administrators about everybody. Raises Forbidden, Invalid.
        """
        if not 0 < len(checks) <= CHECKS_MAX:
            raise Invalid(f"a batch holds 1 to {CHECKS_MAX} checks, not {len(checks)}; send it in parts")
        if not actor.is_admin and any(check.user_id != actor.user_id for check in checks):
            raise Forbidden("checks about others are for tenant administrators")
        now = self._clock.now()
        pairs = [Pair(check_id(check.user_id, "user"), check_id(check.library_id, "library")) for check in checks]
        facts = await read_facts_of(self._table.for_tenant(actor.tenant_id), self._hierarchies, pairs)
        allowed = {pair: each.access(now).permissions for pair, each in facts.items()}
        return [check.permission in allowed[pair] for check, pair in zip(checks, pairs, strict=True)]


def _check_may_ask(actor: Actor, library: Library) -> None:
    """Raises Forbidden unless the caller is the owner or an administrator."""
    if not (actor.is_admin or library.owner == actor.user_id):
        raise Forbidden("what others may do with a library is shown to its owner and tenant administrators")
