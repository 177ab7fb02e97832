"""Removing what a workspace does not name: shares, then libraries, users, and the directory from the inside out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import TypeVar

from entaku.core.context import Actor
from entaku.core.limits import PAGE_SIZE_MAX
from entaku.modules.accounts import Accounts, Principal, PrincipalKind, UserProfile, UserState
from entaku.modules.sharing import SHARES_CHANGED_MAX, SHARES_OF_LIBRARY_MAX, Library, LibraryState, Share, Sharing
from entaku.modules.workspace.model import Workspace
from entaku.modules.workspace.report import ImportReport, Progress
from entaku.table import BoundTable, Entity, Query

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
        for n, step in enumerate((self._shares, self._libraries, self._users, self._directory)):
            progress("pruning", n, 4)
            await step()
        progress("pruning", 4, 4)

    async def _shares(self) -> None:
        for library in self._workspace.libraries:
            stored = await self._table.get(Library.at(library_id=library.id))
            found = await self._table.list_all(
                Share.of_resource(resource=stored.resource), at_most=SHARES_OF_LIBRARY_MAX
            )
            named = {share.principal for share in library.shares}
            extra = [share.principal for share in found[0] if share.principal not in named]
            for start in range(0, len(extra), SHARES_CHANGED_MAX):
                part = extra[start : start + SHARES_CHANGED_MAX]
                await self._sharing.shares.change(self._actor, library.id, remove=part, reason="import --prune")
            self._report.of("shares").removed += len(extra)

    async def _libraries(self) -> None:
        named = {library.id for library in self._workspace.libraries}
        async for library in self._all(Library.by_name()):
            if library.library_id not in named and library.state is LibraryState.ACTIVE:
                await self._sharing.libraries.delete(self._actor, library.library_id, reason="import --prune")
                self._report.of("libraries").removed += 1

    async def _users(self) -> None:
        named = {user.id for user in self._workspace.users}
        async for user in self._all(UserProfile.by_name()):
            if user.user_id not in named or user.state is UserState.DELETING:
                await self._accounts.users.delete(self._actor, user.user_id)
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
                count = self._report.of(f"{kind.value}s")  # pyright: ignore[reportArgumentType]
                count.removed += 1
            left = [entry for entry in left if entry not in ready]

    async def _all(self, query: Query[E]) -> AsyncIterator[E]:
        """Everything that a listing finds, page by page."""
        cursor: str | None = None
        while True:
            page = await self._table.list(query, limit=PAGE_SIZE_MAX, after=cursor)
            for item in page.items:
                yield item
            cursor = page.cursor
            if cursor is None:
                return
