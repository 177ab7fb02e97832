"""Random histories of a tenant, played to the system and to the naive tenant side by side.

Every choice comes from one seed. After each step both must have done the same, or have refused it for the same reason.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from entaku.core.errors import EntakuError
from entaku.modules.accounts import SharingPolicy, parse_principal
from entaku.modules.sharing import Grant, NewLibrary, Permission, ShareOutcome
from tests.modules.sharing.naive import Naive, NaiveTerms
from tests.modules.sharing.naive_directory import NaiveDirectory
from tests.modules.sharing.world import ROOT, World

USERS = (ROOT, "ann", "bob", "cara", "dan", "eve")
LIBRARIES = ("l1", "l2", "l3", "l4")
NAMES = ("Atlas", "atlas", "Ａｔｌａｓ", "Book of Days", "straße", "STRASSE 2", "Zoo")
GROUPS, DEPARTMENTS, ROLES = ("g1", "g2", "g3"), ("d1", "d2", "d3"), ("r1", "r2")
HOUR = timedelta(hours=1)
MS = timedelta(milliseconds=1)
KEPT = timedelta(days=30)
"""For so long what is deleted can be restored."""


class History:
    """One history: `step` lets something happen, `log` tells what has."""

    def __init__(self, world: World, naive: Naive, seed: int) -> None:
        self.world, self.naive, self.seed = world, naive, seed
        self.dice = random.Random(seed)
        self.log: list[str] = []
        self.refused: dict[str, int] = {}
        self.refusal: str | None = None
        """The code that the latest happening was refused with."""
        self._directory = NaiveDirectory(naive)
        self._start = naive.now
        self._version_before: dict[str, int] = {}

    async def begin(self) -> None:
        """A tenant in which something can happen at once."""
        for group in GROUPS:
            await self._played("put_group", group, set[str]())
        for department, parent in zip(DEPARTMENTS, (None, *DEPARTMENTS), strict=False):
            await self._played("put_department", department, parent)
        for role in ROLES:
            await self._played("create_role", role)
        for user in USERS[1:]:
            await self._user_created(user)
        for library, owner in zip(LIBRARIES, USERS[1:], strict=False):
            await self._played("create_library", owner, library, self._of(NAMES), owner)

    async def step(self) -> None:
        """Something happens; most often to shares."""
        happenings = [self._share] * 12 + [self._time] * 3 + [self._library] * 4 + [self._person] * 5
        await self.dice.choice([*happenings, self._entries, self._entries, self._policy])()

    async def step_of_directory(self) -> None:
        """Somebody moves, or a department or group does."""
        await self.dice.choice([self._person, self._entries])()

    async def _share(self) -> None:
        library, actor = self._of(LIBRARIES), self._actor()
        chosen = self.dice.sample(self._principals(), self.dice.choice([1, 1, 1, 2, 3]))
        removed = {principal for principal in chosen if self.dice.random() < 0.25}
        add = {principal: self._terms() for principal in chosen if principal not in removed}
        seen = self._of(("current",) * 6 + ("none", "stale"))
        await self._played("change_shares", actor, library, add, sorted(removed), seen)

    async def _library(self) -> None:
        actor, library = self._actor(), self._of(LIBRARIES)
        owner = actor if self.dice.random() < 0.7 else self._of(USERS)
        happenings = ["create", "create", "change", "change", "transfer", "transfer", "delete"]
        match self.dice.choice([*happenings, "bin", "restore", "restore", "archive", "unarchive", "unarchive"]):
            case "create":
                taken = {each for each, known in self.naive.libraries.items() if not known.is_deleted}
                free = [each for n in range(1, 40) if (each := f"l{n}") not in taken]
                chosen = library if len(taken) >= len(LIBRARIES) else self._of(free[:2])
                await self._played("create_library", actor, chosen, self._of(NAMES), owner)
            case "change":
                await self._played("change_library", actor, self._known(), self._of(NAMES), self.dice.random() < 0.3)
            case "transfer":
                keep = (
                    frozenset[str]() if self.dice.random() < 0.6 else frozenset({"read", self._of(("write", "share"))})
                )
                await self._played("transfer", actor, self._known(), self._of(USERS), keep)
            case "bin":
                await self._played("bin_library", actor, self._known(), KEPT)
            case "restore":
                binned = [each for each, known in self.naive.libraries.items() if known.kept_until is not None]
                await self._played("restore_library", actor, self._of(binned or ["l1"]))
            case "archive":
                await self._played("archive_library", actor, self._known(), True)
            case "unarchive":
                archived = [each for each, known in self.naive.libraries.items() if known.is_archived]
                await self._played("archive_library", actor, self._of(archived or ["l1"]), False)
            case _:
                if self.dice.random() < 0.3:
                    await self._played("delete_library", actor, self._known())

    async def _person(self) -> None:
        user = self._of(USERS[1:])
        match self.dice.choice(["move", "move", "move", "active", "active", "delete", "create"]):
            case "move":
                await self._played("move_user", user, *self._memberships())
            case "active":
                await self._played("set_active", user, self.dice.random() < 0.7)
            case "delete":
                await self._played("delete_user", user)
            case _:
                await self._user_created(user)

    async def _entries(self) -> None:
        group, department, role = self._of(GROUPS), self._of(DEPARTMENTS), self._of(ROLES)
        match self.dice.choice(["group", "group", "department", "department", "role", "delete", "delete"]):
            case "group":
                await self._played("put_group", group, self._some(GROUPS))
            case "department":
                await self._played("put_department", department, self._maybe(DEPARTMENTS))
            case "role":
                await self._played("create_role", role)
            case _:
                kind, entry = self.dice.choice([("group", group), ("department", department), ("role", role)])
                await self._played(f"delete_{kind}", entry)

    async def _policy(self) -> None:
        self.naive.is_union = not self.naive.is_union
        policy = SharingPolicy.UNION if self.naive.is_union else SharingPolicy.PRECEDENCE
        self.log.append(f"policy {policy}")
        await self.world.accounts.tenants.change_policy(self.world.actor(), policy)

    async def _time(self) -> None:
        """Passes, most often to the very instant at which shares start and end, or to the last one before."""
        by = self.dice.choice([HOUR, HOUR, 2 * HOUR, HOUR - MS, MS])
        if self.dice.random() < 0.5:
            by = HOUR - (self.naive.now - self._start) % HOUR
        if self.dice.random() < 0.04:
            by = KEPT
        await self._pass(by)
        if self.dice.random() < 0.1:
            await self._played("purge_due")

    async def _pass(self, by: timedelta) -> None:
        self.naive.now += by
        self.world.clock.advance(by)
        self.log.append(f"{by} pass")

    async def _user_created(self, user: str) -> None:
        await self._played("create_user", user, *self._memberships())

    async def _played(self, name: str, *values: Any) -> Any:
        """Lets it happen on both sides, and answers what the system does. Raises AssertionError where they differ."""
        self.log.append(f"{name} {values}")
        side = self.naive if hasattr(self.naive, name) else self._directory
        codes: set[str] = getattr(side, name)(*values)
        actual: str | None = None
        outcome: Any = None
        try:
            outcome = await getattr(Played(self.world, self._version_before), name)(*values)
        except EntakuError as error:
            actual = error.code
        self.refusal = actual
        assert (actual in codes) if codes else actual is None, f"refused with {actual}, not {codes or None}"
        if actual is not None:
            self.refused[actual] = self.refused.get(actual, 0) + 1
        return outcome

    def _terms(self) -> NaiveTerms:
        permissions = {"read"} if self.dice.random() < 0.97 else set[str]()
        permissions |= {p for p in ("write", "delete", "share") if self.dice.random() < 0.4}
        hour = self._start + (self.naive.now - self._start) // HOUR * HOUR
        starts = hour + self.dice.randint(-1, 3) * HOUR if self.dice.random() < 0.3 else None
        ends = hour + self.dice.randint(-1, 5) * HOUR if self.dice.random() < 0.4 else None
        return NaiveTerms(frozenset(permissions), starts, ends, self.dice.random() < 0.7)

    def _principals(self) -> list[str]:
        """Most of what there is, and a little that is not."""
        return sorted({*self.naive.everything(), "individual:nobody", *(f"group:{g}" for g in GROUPS), "department:d1"})

    def _memberships(self) -> tuple[str | None, str | None, set[str]]:
        return self._maybe(DEPARTMENTS), self._maybe(ROLES), self._some(GROUPS)

    def _actor(self) -> str:
        there = [user for user in USERS if user in self.naive.people]
        return self._of([ROOT, *there, *there])

    def _known(self) -> str:
        return self._of([*self.naive.libraries, "l1"])

    def _of(self, values: Sequence[str]) -> str:
        return self.dice.choice(values)

    def _maybe(self, values: Sequence[str]) -> str | None:
        return self.dice.choice([None, *values])

    def _some(self, values: Sequence[str]) -> set[str]:
        return {value for value in values if self.dice.random() < 0.35}


class Played:
    """The same operations, done by the system."""

    def __init__(self, world: World, version_before: dict[str, int]) -> None:
        self._world, self._version_before = world, version_before
        self._sharing, self._accounts = world.sharing, world.accounts

    async def create_library(self, actor: str, library: str, name: str, owner: str) -> None:
        new = NewLibrary(name=name, library_id=library, owner=owner)
        await self._sharing.libraries.create(self._world.actor(actor), new)

    async def change_library(self, actor: str, library: str, name: str, is_discoverable: bool) -> None:
        await self._world.change_library(library, by=actor, name=name, is_discoverable=is_discoverable)

    async def transfer(self, actor: str, library: str, to: str, keep: frozenset[str]) -> None:
        kept = msgspec.convert(keep, frozenset[Permission])
        await self._sharing.libraries.transfer(self._world.actor(actor), library, to, keep=kept)

    async def bin_library(self, actor: str, library: str, kept: timedelta) -> None:
        assert kept == KEPT, "for how long the system keeps things"
        await self._sharing.libraries.delete(self._world.actor(actor), library)

    async def restore_library(self, actor: str, library: str) -> None:
        await self._sharing.libraries.restore(self._world.actor(actor), library)

    async def archive_library(self, actor: str, library: str, is_archived: bool) -> None:
        libraries = self._sharing.libraries
        move = libraries.archive if is_archived else libraries.unarchive
        await move(self._world.actor(actor), library)

    async def purge_due(self) -> None:
        table = self._world.app.table.for_tenant(self._world.tenant_id)
        await self._sharing.purging.purge_due(table, self._world.clock.now())

    async def delete_library(self, actor: str, library: str) -> None:
        await self._sharing.libraries.purge(self._world.actor(actor), library)

    async def change_shares(
        self, actor: str, library: str, add: dict[str, NaiveTerms], remove: list[str], seen: str
    ) -> ShareOutcome:
        expect = None
        if seen != "none":
            expect = (await self._version(library)) - (seen == "stale")
        return await self._sharing.shares.change(
            self._world.actor(actor),
            library,
            add=[granted(principal, terms) for principal, terms in add.items()],
            remove=[parse_principal(principal) for principal in remove],
            expect=expect,
        )

    async def _version(self, library: str) -> int:
        """Of a library that somebody may not know of, or that is not there, any number will do."""
        try:
            return await self._world.version(library)
        except EntakuError:
            return 7

    async def create_user(self, user: str, department: str | None, role: str | None, groups: set[str]) -> None:
        await self._world.user(user, groups=" ".join(groups), department=department, role=role)

    async def move_user(self, user: str, department: str | None, role: str | None, groups: set[str]) -> None:
        await self._world.change_user(user, department=department, role=role, groups=frozenset(groups))

    async def set_active(self, user: str, is_active: bool) -> None:
        await self._world.change_user(user, is_active=is_active)

    async def delete_user(self, user: str) -> None:
        await self._accounts.users.delete(self._world.actor(), user)

    async def put_group(self, group: str, parents: set[str]) -> None:
        if group in (await self._accounts.directory.hierarchy(self._world.actor())).groups:
            await self._world.nest(f"group:{group}", parents=frozenset(parents))
        else:
            await self._world.group(group, *parents)

    async def put_department(self, department: str, parent: str | None) -> None:
        if department in (await self._accounts.directory.hierarchy(self._world.actor())).departments:
            await self._world.nest(f"department:{department}", parent=parent)
        else:
            await self._world.department(department, parent)

    async def create_role(self, role: str) -> None:
        await self._world.role(role)

    def delete_group(self, group: str) -> Awaitable[None]:
        return self._accounts.directory.delete(self._world.actor(), parse_principal(f"group:{group}"))

    def delete_department(self, department: str) -> Awaitable[None]:
        return self._accounts.directory.delete(self._world.actor(), parse_principal(f"department:{department}"))

    def delete_role(self, role: str) -> Awaitable[None]:
        return self._accounts.directory.delete(self._world.actor(), parse_principal(f"role:{role}"))


def granted(principal: str, terms: NaiveTerms) -> Grant:
    return Grant(
        principal=parse_principal(principal),
        permissions=msgspec.convert(terms.permissions, frozenset[Permission]),
        starts_at=terms.starts_at,
        expires_at=terms.expires_at,
        include_children=terms.include_children,
    )
