"""Who acts, asked again where it counts: in the transaction that writes.

An actor is made when the headers of a request arrive, and its body may be minutes behind. By then the caller may have
been deactivated or lowered, or deleted and followed by another user of the same id. So every change reads the caller's
profile itself, and commits only if that is still as it was read; and who calls with an API key, only while there is
that key: a revocation is meant for whoever is at it just now.

What only follows from a decision asks nobody again: the later steps of a deletion rest on the mark that began it, and
must reach their end whatever has become of the caller.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar, cast

import msgspec

from entaku.core.context import Actor, Scope
from entaku.core.errors import Forbidden, Unauthenticated
from entaku.modules.accounts.model import ApiKey, UserProfile, UserState
from entaku.table import Entity, IdempotencyKey, Key, Table, Transaction

E = TypeVar("E", bound=Entity)
T = TypeVar("T")


class Reads(msgspec.Struct, frozen=True):
    """What was read together with the caller's profile. To write the caller's own profile, write the one in here."""

    entities: dict[Key[Any], Entity | None]

    def find(self, key: Key[E]) -> E | None:
        """The entity, or None. The key is one of those that were to be read."""
        return cast("E | None", self.entities[key])


async def run_acting(
    table: Table,
    actor: Actor,
    work: Callable[[Transaction, Reads], Awaitable[T]],
    *,
    reading: Sequence[Key[Any]] = (),
    answer: type[T] | Any = None,
    idempotency: IdempotencyKey | None = None,
) -> T:
    """`run` in the tenant of the actor, for a change that rests on who calls: by a user of the tenant it commits only
    while they may act. `reading` is read with their profile in one call, and given to the work.

    Raises what `check_acting` raises, before the work begins, and Forbidden for an API key that is not for writing.
    """
    actor.check_scope(Scope.WRITE)
    bound = table.for_tenant(actor.tenant_id)
    own = UserProfile.at(user_id=actor.user_id)
    is_at_home = actor.is_user and actor.home_tenant_id in (None, actor.tenant_id)

    async def attempt(tx: Transaction) -> T:
        keys = list(dict.fromkeys([*reading, own, *_key_of(actor)] if is_at_home else reading))
        reads = Reads(dict(zip(keys, await bound.find_many(keys), strict=True)))
        caller = reads.find(own) if is_at_home else None
        if is_at_home:
            check_acting(actor, caller)
            _check_key(actor, [reads.find(key) for key in _key_of(actor)])
        else:
            await check_from_afar(table, actor)
        result = await work(tx, reads)
        if caller is not None and tx.action_count:
            guard_key(tx, actor)
            if not tx.has(own):
                tx.check(caller)
        return result

    return await bound.run(attempt, answer=answer, idempotency=idempotency)


async def check_from_afar(table: Table, actor: Actor) -> None:
    """`check_acting` for a change that is not written in the caller's own tenant: no transaction reaches both, so this
    is the nearest there is. One call; none for the operator of the local machine."""
    actor.check_scope(Scope.WRITE)
    if not actor.is_user:
        return
    home = table.for_tenant(actor.home_tenant_id or actor.tenant_id)
    keys: list[Key[Any]] = [UserProfile.at(user_id=actor.user_id), *_key_of(actor)]
    profile, *sent = await home.find_many(keys)
    check_acting(actor, cast("UserProfile | None", profile))
    _check_key(actor, sent)


def guard_key(tx: Transaction, actor: Actor) -> None:
    """Lets a change in the caller's own tenant commit only while the API key that was sent is there; otherwise the
    commit is a Conflict. One action for each key. Raises Forbidden for a key that is not for writing."""
    actor.check_scope(Scope.WRITE)
    for key in _key_of(actor):
        if not tx.has(key):
            tx.check_present(key)


def _check_key(actor: Actor, sent: Sequence[Entity | None]) -> None:
    if None in sent:
        raise Unauthenticated(f"the API key {actor.api_key!r} was revoked since the request began; take another")


def _key_of(actor: Actor) -> list[Key[ApiKey]]:
    return [] if actor.api_key is None else [ApiKey.at(user_id=actor.user_id, key_id=actor.api_key)]


def check_acting(actor: Actor, profile: UserProfile | None) -> None:
    """Raises Unauthenticated unless the caller, whose profile this is, is still an active user, and Forbidden for one
    with a lower access level than the request began with."""
    if not actor.is_user:
        return
    if profile is None or profile.state is not UserState.ACTIVE or _is_another(actor, profile):
        raise Unauthenticated(
            f"user {actor.user_id!r} may not act: no such user is active; ask an administrator of the tenant"
        )
    if not profile.level.includes(actor.level):
        raise Forbidden(
            f"user {actor.user_id!r} has become {profile.level} since the request began; repeat it to act as that"
        )


def _is_another(actor: Actor, profile: UserProfile) -> bool:
    """Whether the user who called was deleted, and the id is another's now."""
    return actor.user_since is not None and actor.user_since != profile.created_at
