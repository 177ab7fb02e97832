"""Comparing previews with what then happens: random changes, and access as checks measure it, now and later.

Access at a later instant is measured by setting the clock forward, asking, and setting it back: asking writes nothing.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, NamedTuple

from entaku.core.errors import EntakuError
from entaku.modules.accounts import EntryChange, SharingPolicy, UserChange, parse_principal
from entaku.modules.sharing import (
    Check,
    EntryDeletion,
    EntryMove,
    MembersChange,
    Permission,
    PolicyChange,
    PreviewPage,
    Previews,
    Resource,
    ResourceMove,
    SharesChange,
    UserDeletion,
    UserMove,
)
from entaku.modules.sharing.lifecycle import Move
from tests.modules.sharing.histories import DEPARTMENTS, GROUPS, HOUR, LIBRARIES, ROLES, USERS, History, granted
from tests.modules.sharing.naive import NaiveTerms
from tests.modules.sharing.world import World

CHECKS_AT_ONCE = 100
Held = frozenset[str]
Pair = tuple[str, str]
Difference = dict[Pair, tuple[Held, Held]]


class Asked(NamedTuple):
    """A change, as it is previewed and as it is made."""

    change: Any
    make: Callable[[], Awaitable[Any]]


class Changes:
    """Random changes of a world that a history has made."""

    def __init__(self, history: History, dice: random.Random) -> None:
        self._naive, self._dice, self._world = history.naive, dice, history.world

    async def any(self) -> Asked:
        kinds = [self._shares, self._shares, self._shares, self._move, self._user, self._user, self._user_deletion]
        kinds += [self._entry, self._entry, self._entry_deletion, self._members, self._policy]
        return await self._dice.choice(kinds)()

    async def _shares(self) -> Asked:
        library = self._dice.choice(LIBRARIES)
        chosen = self._dice.sample(sorted(self._naive.everything()), self._dice.choice([1, 1, 2, 4]))
        removed = [each for each in chosen if self._dice.random() < 0.35]
        add = [granted(each, self._terms()) for each in chosen if each not in removed]
        remove = [parse_principal(each) for each in removed]
        change = SharesChange(resource=resource_of(library), add=tuple(add), remove=tuple(remove))
        act = self._world.sharing.shares.change
        return Asked(change, lambda: act(self._world.actor(), library, add=add, remove=remove, expect="*"))

    async def _move(self) -> Asked:
        library, actor, libraries = self._dice.choice(LIBRARIES), self._world.actor(), self._world.sharing.libraries
        move: Any = self._dice.choice([Move.TRANSFER, Move.TRANSFER, Move.ARCHIVE, Move.UNARCHIVE, Move.DELETE])
        if move is not Move.TRANSFER:
            act = {Move.ARCHIVE: libraries.archive, Move.UNARCHIVE: libraries.unarchive, Move.DELETE: libraries.delete}
            return Asked(ResourceMove(resource=resource_of(library), move=move), lambda: act[move](actor, library))
        to, keep = self._dice.choice(USERS), frozenset[Permission]()
        if self._dice.random() < 0.5:
            keep = frozenset({Permission.READ, Permission.WRITE})
        change = ResourceMove(resource=resource_of(library), move="transfer", owner=to, keep=keep)
        return Asked(change, lambda: libraries.transfer(actor, library, to, keep=keep))

    async def _user(self) -> Asked:
        user = self._dice.choice(USERS[1:])
        match self._dice.choice(["move", "move", "group", "active"]):
            case "move":
                change = UserChange(
                    department=self._dice.choice([None, *DEPARTMENTS]),
                    role=self._dice.choice([None, *ROLES]),
                    groups=frozenset(each for each in GROUPS if self._dice.random() < 0.4),
                )
            case "group":
                group = frozenset({self._dice.choice(GROUPS)})
                change = UserChange(join=group) if self._dice.random() < 0.5 else UserChange(leave=group)
            case _:
                change = UserChange(is_active=self._dice.random() < 0.5)
        act = self._world.accounts.users.change
        return Asked(UserMove(user_id=user, change=change), lambda: act(self._world.actor(), user, change))

    async def _user_deletion(self) -> Asked:
        user = self._dice.choice(USERS[1:])
        act = self._world.accounts.users.delete
        return Asked(UserDeletion(user_id=user), lambda: act(self._world.actor(), user))

    async def _entry(self) -> Asked:
        if self._dice.random() < 0.5:
            principal = parse_principal(f"group:{self._dice.choice(GROUPS)}")
            parents = frozenset(each for each in GROUPS if self._dice.random() < 0.4)
            change = EntryChange(parents=parents)
        else:
            principal = parse_principal(f"department:{self._dice.choice(DEPARTMENTS)}")
            change = EntryChange(parent=self._dice.choice([None, *DEPARTMENTS]))
        act = self._world.accounts.directory.change
        return Asked(EntryMove(principal=principal, change=change), lambda: act(self._world.actor(), principal, change))

    async def _entry_deletion(self) -> Asked:
        kind, ids = self._dice.choice([("group", GROUPS), ("department", DEPARTMENTS), ("role", ROLES)])
        principal = parse_principal(f"{kind}:{self._dice.choice(ids)}")
        act = self._world.accounts.directory.delete
        return Asked(EntryDeletion(principal=principal), lambda: act(self._world.actor(), principal))

    async def _members(self) -> Asked:
        group, users = self._dice.choice(GROUPS), self._dice.sample(USERS[1:], 3)
        join, leave = tuple(users[:2]), tuple(users[2:])

        async def make() -> None:
            hierarchy = await self._world.accounts.directory.hierarchy(self._world.actor())
            hierarchy.usable(parse_principal(f"group:{group}"))
            for user in users:  # So that nothing is done where one of them is not there.
                await self._world.accounts.users.get(self._world.actor(), user)
            for user in join:
                await self._world.change_user(user, join=frozenset({group}))
            for user in leave:
                await self._world.change_user(user, leave=frozenset({group}))

        return Asked(MembersChange(group_id=group, join=join, leave=leave), make)

    def _terms(self) -> NaiveTerms:
        permissions = frozenset({"read"} | {p for p in ("write", "delete", "share") if self._dice.random() < 0.4})
        hour = self._naive.now.replace(minute=30)
        starts = hour + self._dice.randint(-1, 3) * HOUR if self._dice.random() < 0.4 else None
        ends = hour + self._dice.randint(4, 6) * HOUR if self._dice.random() < 0.5 else None
        return NaiveTerms(permissions, starts, ends, self._dice.random() < 0.7)

    async def _policy(self) -> Asked:
        policy = self._dice.choice([*SharingPolicy])
        act = self._world.accounts.tenants.change_policy
        return Asked(PolicyChange(policy=policy), lambda: act(self._world.actor(), policy))


class Measured:
    """Access of all users to all libraries at some instants."""

    def __init__(self, world: World, instants: list[datetime]) -> None:
        self._world, self.instants = world, instants

    async def all(self) -> dict[datetime, dict[Pair, Held]]:
        now = self._world.clock.now()
        try:
            found: dict[datetime, dict[Pair, Held]] = {}
            for instant in self.instants:
                self._world.clock.set(instant)
                found[instant] = await self._one()
            return found
        finally:
            self._world.clock.set(now)

    async def _one(self) -> dict[Pair, Held]:
        asked = [
            Check(user_id=user, library_id=library, permission=permission)
            for user in USERS
            for library in LIBRARIES
            for permission in Permission
        ]
        may: dict[Pair, set[str]] = {(user, library): set() for user in USERS for library in LIBRARIES}
        for start in range(0, len(asked), CHECKS_AT_ONCE):
            part = asked[start : start + CHECKS_AT_ONCE]
            answers = await self._world.sharing.checks.check(self._world.actor(), part)
            for check, answer in zip(part, answers, strict=True):
                if answer:
                    may[check.user_id, check.asked().id].add(check.permission.value)
        return {pair: frozenset(permissions) for pair, permissions in may.items()}

    async def access_types(self) -> dict[Pair, str | None]:
        """Of all pairs, now; None also for what is not there."""
        return {(user, library): await self._access_type(user, library) for user in USERS for library in LIBRARIES}

    async def _access_type(self, user: str, library: str) -> str | None:
        try:
            return (await self._world.access(user, library)).access_type
        except EntakuError:
            return None


def differences(before: dict[Pair, Held], after: dict[Pair, Held]) -> Difference:
    return {pair: (before[pair], after[pair]) for pair in before if before[pair] != after[pair]}


def previewed(page: PreviewPage, instant: datetime) -> Difference:
    """What a preview says that is different at an instant, in permissions: of each pair the latest that it says."""
    found: Difference = {}
    for effect in page.pairs.effects:
        steps = [step for step in effect.steps if step.at <= instant]
        if steps and steps[-1].before.permissions != steps[-1].after.permissions:
            held = (frozenset(map(str, steps[-1].before.permissions)), frozenset(map(str, steps[-1].after.permissions)))
            found[effect.user_id, effect.resource.id] = held
    return found


def resource_of(library_id: str) -> Resource:
    return Resource("library", library_id)


def previews_of_few(world: World, *, pairs_at_once: int) -> Previews:
    """Previews of the same tenant that compare so few pairs in one call."""
    app = world.app
    return Previews(
        *(app.table, app.accounts.hierarchies, app.sharing.kinds, app.audit, app.sharing.rows.pendings),
        owned=app.sharing.libraries,
        clock=world.clock,
        randomness=secrets.token_bytes,
        pairs_at_once=pairs_at_once,
    )
