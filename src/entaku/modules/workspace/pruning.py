"""Removing what a workspace does not name: libraries, then users, and the directory from the inside out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import TypeVar

from entaku.core.context import Actor
from entaku.modules.accounts import Accounts, Principal, PrincipalKind, UserProfile
from entaku.modules.sharing import Library, Sharing
from entaku.modules.workspace.model import Workspace
from entaku.modules.workspace.report import ENTRIES, ImportReport, Progress
from entaku.table import BoundTable, Entity, Query, pages_of

E = TypeVar("E", bound=Entity)


class Pruning:
    """The last part of an import with `prune`. Safe to repeat."""

    def __init__(
        self,
        table: BoundTable,
        accounts: Accounts,
        sharing: Sharing,
        actor: Actor,
        workspace: Workspace,
        report: ImportReport,
    ) -> None:
        self._table, self._accounts, self._sharing = table, accounts, sharing
        self._actor, self._workspace, self._report = actor, workspace, report

    async def run(self, progress: Progress) -> None:
        for n, step in enumerate((self._libraries, self._users, self._directory)):
            progress("pruning", n, 3)
            await step()
        progress("pruning", 3, 3)

    async def _libraries(self) -> None:
        named = {library.id for library in self._workspace.libraries}
        async for listed in self._all(Library.by_name()):
            if listed.library_id in named:
                continue
            # Listings may be late: what is deleted already is passed over.
            library = await self._table.find(Library.at(library_id=listed.library_id))
            if library is not None and not library.is_gone:
                # For good: what is in the bin would keep its owner, who may have to go, too.
                await self._sharing.libraries.purge(self._actor, library.library_id, reason="import --prune")
                self._report.of("libraries").removed += 1

    async def _users(self) -> None:
        named = {user.id for user in self._workspace.users}
        async for listed in self._all(UserProfile.by_name()):
            if listed.user_id in named:
                continue
            if await self._table.find(UserProfile.at(user_id=listed.user_id)) is not None:
                await self._accounts.users.delete(self._actor, listed.user_id)
                self._report.of("users").removed += 1

    async def _directory(self) -> None:
        workspace = self._workspace
        hierarchy = await self._accounts.directory.hierarchy(self._actor)
        groups = hierarchy.groups.keys() - {g.id for g in workspace.groups}
        await self._remove(PrincipalKind.GROUP, sorted(groups), {g: hierarchy.children_of_group(g) for g in groups})
        roles = hierarchy.roles.keys() - {r.id for r in workspace.roles}
        await self._remove(PrincipalKind.ROLE, sorted(roles), {})
        departments = hierarchy.departments.keys() - {d.id for d in workspace.departments}
        below = {d: hierarchy.children_of_department(d) for d in departments}
        await self._remove(PrincipalKind.DEPARTMENT, sorted(departments), below)

    async def _remove(self, kind: PrincipalKind, ids: Sequence[str], below: dict[str, list[str]]) -> None:
        """Deletes the entries, each after those below it that go too."""
        left = list(ids)
        while left:
            ready = [entry for entry in left if not set(below.get(entry, ())) & set(left)]
            for entry in ready:
                await self._accounts.directory.delete(self._actor, Principal(kind, entry))
                self._report.of(ENTRIES[kind]).removed += 1
            left = [entry for entry in left if entry not in ready]

    async def _all(self, query: Query[E]) -> AsyncIterator[E]:
        """Everything that a listing finds, page by page."""
        async for page in pages_of(self._table, query):
            for item in page.items:
                yield item
