"""May this person do that? One pair, or up to a hundred; with why, or why not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Generic

import msgspec

from entaku.core.clock import Clock
from entaku.core.context import Actor
from entaku.core.errors import Forbidden, Invalid
from entaku.core.ids import check_id, is_id
from entaku.core.languages import Language
from entaku.modules.accounts import Hierarchies, UserProfile, UserState, check_there
from entaku.modules.sharing.access.evaluation import AccessType
from entaku.modules.sharing.access.explanation import Explanation, explain
from entaku.modules.sharing.access.rights import may_know, standing_of, unknown
from entaku.modules.sharing.access.truth import Facts, Pair, pair_of, read_facts, read_facts_of
from entaku.modules.sharing.model import Permission, in_order, library_resource
from entaku.modules.sharing.shareable import Resource, ResourceKind, ResourceKinds, S, Shareable
from entaku.table import Table

CHECKS_MAX = 100


class AccessAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody may do with a resource, now."""

    resource: Resource
    user_id: str
    permissions: tuple[Permission, ...]
    """In the order read, write, delete, share; empty for no access."""
    access_type: AccessType | None
    next_transition: datetime | None
    """When the answer may change by itself, because a share starts or ends. Who does not manage the resource is told of
    ends only: what is to start is a near miss."""
    why: Explanation


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One question: may this user do this with that library, or with that resource of another kind?"""

    user_id: str
    library_id: str | None = None
    resource: Resource | None = None
    """In place of `library_id`."""
    permission: Permission = Permission.READ

    def asked(self) -> Resource:
        """Raises Invalid unless exactly one thing is named."""
        if (self.library_id is None) == (self.resource is None):
            named = "neither" if self.resource is None else "both"
            raise Invalid(f"a check is about one thing: name it as library_id or as resource, not as {named}")
        return self.resource or library_resource(self.library_id or "")


class Checks(Generic[S]):
    """Answers about access to resources of one kind. Everybody may ask about themselves, owners and administrators
    about others."""

    def __init__(
        self, table: Table, hierarchies: Hierarchies, clock: Clock, kinds: ResourceKinds, kind: ResourceKind[S]
    ) -> None:
        self._table, self._hierarchies, self._clock = table, hierarchies, clock
        self._kinds, self._kind = kinds, kind

    async def access(
        self, actor: Actor, thing_id: str, user_id: str, *, language: Language = Language.ENGLISH
    ) -> AccessAnswer:
        """What a user may do with a resource of this kind, and why or why not, in a sentence of the language.

        Near misses, others' answers and what is in the bin are for the owner and administrators. Raises NotFound for a
        resource the caller may not know of and for a user who is not there, Forbidden for somebody else's access.
        """
        now = self._clock.now()
        kind = self._kind
        kind.check_id(thing_id)
        check_id(user_id, "user")
        own = await self._facts(actor, thing_id, actor.user_id)
        caller = standing_of(kind, actor, own, thing_id, now, also_in_bin=True)
        facts = caller.facts
        if actor.user_id != user_id:
            _check_may_ask(actor, caller.thing)
            facts = await self._facts(actor, thing_id, user_id)
            # The resource may have gone, or been handed over, since the caller's right was read.
            if facts.thing is None or not (facts.thing.is_open or facts.thing.is_in_bin):
                raise unknown(kind.resource(thing_id))
            _check_may_ask(actor, facts.thing)
        profile = check_there(facts.profile, user_id)
        return _answer(
            kind.resource(thing_id), facts, profile, is_manager=caller.is_manager, now=now, language=language
        )

    async def _facts(self, actor: Actor, thing_id: str, user_id: str) -> Facts:
        table = self._table.for_tenant(actor.tenant_id)
        return await read_facts(table, self._hierarchies, pair_of(self._kind, thing_id, user_id))

    async def answers(
        self, actor: Actor, asked: Sequence[tuple[str, Resource]], *, language: Language = Language.ENGLISH
    ) -> list[AccessAnswer | None]:
        """What each user may do with each resource, and why, in order; at most 100, about any kinds, read together.
        None for what is not there, for what cannot be, and for what the caller may not know of.

        Everybody may ask about themselves, administrators about everybody. Raises Forbidden, Invalid.
        """
        _check_batch(actor, [user_id for user_id, _ in asked])
        now = self._clock.now()
        pairs = [self._possible_pair(user_id, resource) for user_id, resource in asked]
        facts = await read_facts_of(
            self._table.for_tenant(actor.tenant_id), self._hierarchies, [pair for pair in pairs if pair is not None]
        )
        return [None if pair is None else self._answer_to(actor, pair, facts[pair], now, language) for pair in pairs]

    def _possible_pair(self, user_id: str, resource: Resource) -> Pair | None:
        """None where no such user or resource can be."""
        kind = self._kinds.find(resource.kind)
        is_possible = kind is not None and is_id(resource.id) and is_id(user_id)
        return pair_of(kind, resource.id, user_id) if kind is not None and is_possible else None

    def _answer_to(
        self, actor: Actor, pair: Pair, facts: Facts, now: datetime, language: Language
    ) -> AccessAnswer | None:
        profile = facts.profile
        if profile is None or profile.state is UserState.DELETING or not may_know(actor, facts, now):
            return None
        is_manager = actor.is_admin or facts.is_owner
        return _answer(pair.resource, facts, profile, is_manager=is_manager, now=now, language=language)

    async def check(self, actor: Actor, checks: Sequence[Check]) -> list[bool]:
        """Yes or no for each question, in order; at most 100, about any kinds. What is not there is a no.

        Everybody may ask about themselves, administrators about everybody. Raises Forbidden, Invalid.
        """
        _check_batch(actor, [check.user_id for check in checks])
        now = self._clock.now()
        pairs = [self._pair(check) for check in checks]
        facts = await read_facts_of(self._table.for_tenant(actor.tenant_id), self._hierarchies, pairs)
        allowed = {pair: each.access(now).permissions for pair, each in facts.items()}
        return [check.permission in allowed[pair] for check, pair in zip(checks, pairs, strict=True)]

    def _pair(self, check: Check) -> Pair:
        user_id, asked = check_id(check.user_id, "user"), check.asked()
        return pair_of(self._kinds.named(asked.kind), asked.id, user_id)


def _answer(
    resource: Resource,
    facts: Facts,
    profile: UserProfile,
    *,
    is_manager: bool,
    now: datetime,
    language: Language,
) -> AccessAnswer:
    """What the facts come to; near misses are for who manages the resource."""
    facts = facts if is_manager else facts.without_misses(now)
    access = facts.access(now)
    return AccessAnswer(
        resource=resource,
        user_id=profile.user_id,
        permissions=in_order(access.permissions),
        access_type=access.access_type,
        next_transition=facts.next_transition(now),
        why=explain(facts, profile, now=now, with_near_miss=is_manager, language=language),
    )


def _check_batch(actor: Actor, user_ids: Sequence[str]) -> None:
    """Raises Invalid for a batch of another size, Forbidden for one about others, but from administrators."""
    if not 0 < len(user_ids) <= CHECKS_MAX:
        raise Invalid(f"a batch holds 1 to {CHECKS_MAX} checks, not {len(user_ids)}; send it in parts")
    if not actor.is_admin and any(user_id != actor.user_id for user_id in user_ids):
        raise Forbidden("checks about others are for tenant administrators")


def _check_may_ask(actor: Actor, thing: Shareable) -> None:
    """Raises Forbidden unless the caller is the owner or an administrator."""
    if not (actor.is_admin or thing.owner == actor.user_id):
        kind = thing.resource.kind
        raise Forbidden(f"what others may do with a {kind} is shown to its owner and tenant administrators")
