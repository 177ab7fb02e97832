"""Applying a workspace to a tenant, in steps that each are safe to repeat.

Every step compares what is there with what the file says and writes only the difference, so an import that was
interrupted is finished by running it again, and a finished one changes nothing. What the file does not name stays, but
with `prune` it goes, in the opposite order.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from entaku.core.context import AccessLevel, Actor
from entaku.modules import accounts as accounts_module
from entaku.modules.accounts import (
    ENTRIES_PUT_MAX,
    GROUP_CHANGES_MAX,
    Accounts,
    NewUser,
    SharingPolicy,
    UserChange,
    UserProfile,
    principal_of,
)
from entaku.modules.sharing import (
    SHARES_CHANGED_MAX,
    SHARES_OF_LIBRARY_MAX,
    Grant,
    LibraryChange,
    LibraryState,
    NewLibrary,
    Permission,
    Sharing,
)
from entaku.modules.sharing import Library as StoredLibrary
from entaku.modules.sharing import Share as StoredShare
from entaku.modules.workspace.model import Department, Group, Library, Share, User, Workspace
from entaku.modules.workspace.nesting import nesting
from entaku.modules.workspace.pruning import Pruning
from entaku.modules.workspace.report import ImportReport, Progress, silent
from entaku.table import BoundTable, Table

T = TypeVar("T")
Nested = TypeVar("Nested", Department, Group)

AT_ONCE_MAX = 32
"""Users or libraries written side by side: the engine puts waiting transactions into one commit."""
GROUPS_AT_ONCE = GROUP_CHANGES_MAX - 2
"""Department and role may change in the same step."""


class Importer:
    """Applies workspaces. Goes through the services, so their rules hold and every change is in the audit trail."""

    def __init__(self, table: Table, accounts: Accounts, sharing: Sharing) -> None:
        self._table, self._accounts, self._sharing = table, accounts, sharing

    async def apply(
        self, actor: Actor, workspace: Workspace, *, prune: bool = False, progress: Progress = silent
    ) -> ImportReport:
        """Make the tenant of the actor what the workspace says. The workspace has been checked as a whole before.

        Raises what the services raise; what was done until then stays, and running it again goes on from there.
        """
        return await Application(self._table, self._accounts, self._sharing, actor, workspace, prune, progress).run()


class Application:
    """One import."""

    def __init__(
        self,
        table: Table,
        accounts: Accounts,
        sharing: Sharing,
        actor: Actor,
        workspace: Workspace,
        prune: bool,
        progress: Progress,
    ) -> None:
        self._table: BoundTable = table.for_tenant(actor.tenant_id)
        self._accounts, self._sharing = accounts, sharing
        self._actor, self._workspace, self._prune, self._progress = actor, workspace, prune, progress
        self._report = ImportReport(actor.tenant_id)

    async def run(self) -> ImportReport:
        workspace = self._workspace
        if workspace.policy is not None:
            await self._accounts.tenants.change_policy(self._actor, SharingPolicy(workspace.policy))
        await self._directory()
        await self._each("users", workspace.users, self._user)
        await self._each("libraries", workspace.libraries, self._library)
        await self._each("shares", workspace.libraries, self._shares)
        if self._prune:
            pruning = Pruning(self._table, self._accounts, self._sharing, self._actor, workspace, self._report)
            await pruning.run(self._progress)
        return self._report

    async def _directory(self) -> None:
        """Departments, roles and groups, each after what contains it, many in one transaction."""
        hierarchy = await self._accounts.directory.hierarchy(self._actor)
        kept = {} if self._prune else {g.group_id: g.parents for g in hierarchy.groups.values()}
        workspace = self._workspace
        entries = [
            *(
                accounts_module.Department(department_id=d.id, name=d.name, parent=d.parent)
                for d in _parents_first(workspace.departments, lambda d: () if d.parent is None else (d.parent,))
            ),
            *(accounts_module.Role(role_id=r.id, name=r.name) for r in workspace.roles),
            *(
                accounts_module.Group(
                    group_id=g.id,
                    name=g.name,
                    description=g.description,
                    parents=frozenset(g.parents) | kept.get(g.id, frozenset()),
                )
                for g in _parents_first(workspace.groups, lambda g: g.parents)
            ),
        ]
        for start in range(0, len(entries), ENTRIES_PUT_MAX):
            part = entries[start : start + ENTRIES_PUT_MAX]
            self._progress("directory", start, len(entries))
            before = await self._accounts.directory.hierarchy(self._actor)
            await self._accounts.directory.put_many(self._actor, part)
            after = await self._accounts.directory.hierarchy(self._actor)
            for entry in part:
                principal = principal_of(entry)
                count = self._report.of(f"{principal.kind.value}s")  # pyright: ignore[reportArgumentType]
                old, new = before.entry(principal), after.entry(principal)
                count.created += old is None
                count.changed += old is not None and old != new
                count.unchanged += old == new
        if entries:
            self._progress("directory", len(entries), len(entries))

    async def _user(self, user: User) -> None:
        count = self._report.of("users")
        before = await self._table.find(UserProfile.at(user_id=user.id))
        if before is None:
            groups = sorted(user.groups)
            new = NewUser(
                user_id=user.id,
                name=user.name,
                email=user.email,
                level=AccessLevel(user.level),
                is_service=user.is_service,
                department=user.department,
                role=user.role,
                groups=frozenset(groups[:GROUPS_AT_ONCE]),
            )
            before = await self._accounts.users.create(self._actor, new)
            count.created += 1
            await self._bring_up(before, user)
        elif await self._bring_up(before, user):
            count.changed += 1
        else:
            count.unchanged += 1

    async def _bring_up(self, before: UserProfile, user: User) -> bool:
        """Changes a user to what the file says, some groups at a time; whether anything had to be changed."""
        first = before
        while True:
            joining = sorted(set(user.groups) - before.groups)
            leaving = sorted(before.groups - set(user.groups)) if self._prune else []
            moves = [*((g, True) for g in joining), *((g, False) for g in leaving)][:GROUPS_AT_ONCE]
            after = await self._accounts.users.change(
                self._actor,
                user.id,
                UserChange(
                    name=user.name,
                    email=user.email if user.email is not None or self._prune else before.email,
                    level=_level(before, user),
                    is_active=user.state == "active",
                    department=user.department if user.department is not None or self._prune else before.department,
                    role=user.role if user.role is not None or self._prune else before.role,
                    join=frozenset(g for g, joins in moves if joins),
                    leave=frozenset(g for g, joins in moves if not joins),
                ),
            )
            if len(moves) < GROUPS_AT_ONCE:
                return after.version != first.version
            before = after

    async def _library(self, library: Library) -> None:
        count = self._report.of("libraries")
        before = await self._table.find(StoredLibrary.at(library_id=library.id))
        if before is None or before.state is LibraryState.DELETED:
            new = NewLibrary(
                library_id=library.id,
                name=library.name,
                owner=library.owner,
                description=library.description,
                is_discoverable=library.discoverable,
            )
            await self._sharing.libraries.create(self._actor, new)
            count.created += 1
            return
        change = LibraryChange(
            name=library.name,
            owner=library.owner,
            description=library.description,
            is_discoverable=library.discoverable,
        )
        after = await self._sharing.libraries.change(self._actor, library.id, change, reason="import")
        count.changed += after.version != before.version
        count.unchanged += after.version == before.version

    async def _shares(self, library: Library) -> None:
        """The shares of one library: those that are new or on other terms, as many at a time as one change holds."""
        count = self._report.of("shares")
        stored = await self._table.get(StoredLibrary.at(library_id=library.id))
        found = await self._table.list_all(
            StoredShare.of_resource(resource=stored.resource), at_most=SHARES_OF_LIBRARY_MAX
        )
        present = {share.principal: share for share in found[0]}
        wanted = [grant_of(share) for share in library.shares]
        differing = [g for g in wanted if g.principal not in present or not _same(g, present[g.principal])]
        count.unchanged += len(wanted) - len(differing)
        version = stored.version
        for start in range(0, len(differing), SHARES_CHANGED_MAX):
            part = differing[start : start + SHARES_CHANGED_MAX]
            outcome = await self._sharing.shares.change(
                self._actor, library.id, add=part, expect=version, reason="import"
            )
            version = outcome.version
            count.created += len(outcome.added)
            count.changed += len(outcome.changed)
            self._report.warnings += [f"library {library.id}: {warning}" for warning in outcome.warnings]

    async def _each(self, phase: str, things: Sequence[T], step: Callable[[T], Awaitable[None]]) -> None:
        """Runs the step for everything, some side by side. An error ends it, after those under way have ended."""
        self._progress(phase, 0, len(things))
        for start in range(0, len(things), AT_ONCE_MAX):
            part = things[start : start + AT_ONCE_MAX]
            results = await asyncio.gather(*(step(thing) for thing in part), return_exceptions=True)
            for error in results:
                if error is not None:
                    raise error
            self._progress(phase, start + len(part), len(things))


def grant_of(share: Share) -> Grant:
    """A share of the file, as the sharing service takes it."""
    return Grant(
        principal=share.principal,
        permissions=frozenset(Permission(permission) for permission in share.permissions),
        starts_at=share.starts_at,
        expires_at=share.expires_at,
        include_children=share.include_children,
    )


def _same(grant: Grant, share: StoredShare) -> bool:
    terms = share.terms
    return (grant.permissions, grant.starts_at, grant.expires_at, grant.include_children) == (
        terms.permissions,
        terms.starts_at,
        terms.expires_at,
        terms.include_children,
    )


def _level(before: UserProfile, user: User) -> AccessLevel:
    """A file knows members and administrators; it neither makes nor unmakes an operator."""
    return before.level if before.level is AccessLevel.OPERATOR else AccessLevel(user.level)


def _parents_first(things: Sequence[Nested], parents_of: Callable[[Nested], tuple[str, ...]]) -> list[Nested]:
    """The things, each after everything that contains it."""
    levels = nesting({thing.id: parents_of(thing) for thing in things}).levels
    return sorted(things, key=lambda thing: levels[thing.id])
