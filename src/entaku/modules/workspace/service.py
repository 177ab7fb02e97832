"""Applying a workspace to a tenant, in steps that each are safe to repeat.

What is there is read first, and what would stop the import half-way refuses it before anything is written. Then every
step writes only the difference, so an import that was interrupted is finished by running it again, and a finished one
changes nothing. What the file does not name stays, but with `prune` it goes, in the opposite order.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from entaku.core.context import Actor
from entaku.core.errors import Invalid
from entaku.modules.accounts import ENTRIES_PUT_MAX, Accounts, SharingPolicy, TenantChange, principal_of
from entaku.modules.sharing import Sharing
from entaku.modules.workspace.directory_plan import DirectoryPlan
from entaku.modules.workspace.libraries import Libraries
from entaku.modules.workspace.model import Workspace
from entaku.modules.workspace.obstacles import obstacles
from entaku.modules.workspace.people import People
from entaku.modules.workspace.present import Present, read_present
from entaku.modules.workspace.pruning import Pruning
from entaku.modules.workspace.report import ENTRIES, ImportReport, Progress, silent
from entaku.table import BoundTable, Table

T = TypeVar("T")

AT_ONCE_MAX = 32
"""Users or libraries written side by side: the engine puts waiting transactions into one commit."""


class Importer:
    """Applies workspaces. Goes through the services, so their rules hold and every change is in the audit trail."""

    def __init__(self, table: Table, accounts: Accounts, sharing: Sharing) -> None:
        self._table, self._accounts, self._sharing = table, accounts, sharing

    async def check(self, actor: Actor, workspace: Workspace, *, prune: bool = False) -> None:
        """Compares the workspace, which has been checked as a whole before, with the tenant of the actor.

        Raises Invalid with a flaw for everything there that would stop the import half-way. Writes nothing.
        """
        await self._read(actor, workspace, prune)

    async def apply(
        self, actor: Actor, workspace: Workspace, *, prune: bool = False, progress: Progress = silent
    ) -> ImportReport:
        """Make the tenant of the actor what the workspace says. The workspace has been checked as a whole before.

        Raises what `check` raises, before anything is written, and what the services raise; what was done until then
        stays, and running it again goes on from there.
        """
        present = await self._read(actor, workspace, prune)
        table = self._table.for_tenant(actor.tenant_id)
        application = Application(table, self._accounts, self._sharing, actor, workspace, present, prune, progress)
        return await application.run()

    async def _read(self, actor: Actor, workspace: Workspace, prune: bool) -> Present:
        """What is there of everything that the workspace names, if nothing of it is in the way."""
        table = self._table.for_tenant(actor.tenant_id)
        present = await read_present(table, self._accounts, actor, workspace)
        found = obstacles(workspace, present, prune=prune)
        if found:
            problem = f"the file is sound, but cannot be imported into tenant {actor.tenant_id!r} as that is"
            raise Invalid(f"{problem}; nothing was changed", flaws=found)
        return present


class Application:
    """One import."""

    def __init__(
        self,
        table: BoundTable,
        accounts: Accounts,
        sharing: Sharing,
        actor: Actor,
        workspace: Workspace,
        present: Present,
        prune: bool,
        progress: Progress,
    ) -> None:
        self._accounts, self._actor = accounts, actor
        self._workspace, self._present, self._prune, self._progress = workspace, present, prune, progress
        self._report = report = ImportReport(actor.tenant_id)
        self._people = People(accounts, actor, workspace, present, report, prune=prune)
        self._libraries = Libraries(table, sharing, actor, present, report, prune=prune)
        self._pruning = Pruning(table, accounts, sharing, actor, workspace, report)

    async def run(self) -> ImportReport:
        workspace = self._workspace
        await self._organisation()
        await self._directory()
        await self._people.free_addresses()
        await self._each("users", workspace.users, self._people.bring_up)
        await self._each("libraries", workspace.libraries, self._libraries.bring_up)
        await self._each("shares", workspace.libraries, self._libraries.share)
        await self._people.dismiss()
        self._people.count()
        if self._prune:
            await self._pruning.run(self._progress)
        return self._report

    async def _organisation(self) -> None:
        """The tenant's own name and policy."""
        name, policy, before = self._workspace.name, self._workspace.policy, self._present.settings
        if name is None and policy is None:
            return
        is_renamed = name is not None and name != before.name
        is_changed = is_renamed or (policy is not None and policy != before.sharing_policy)
        if name is not None and is_renamed:
            await self._accounts.tenants.change(self._actor, self._actor.tenant_id, TenantChange(name=name))
        if policy is not None:
            await self._accounts.tenants.change_policy(self._actor, SharingPolicy(policy))
        count = self._report.of("organisation")
        count.changed, count.unchanged = int(is_changed), int(not is_changed)

    async def _directory(self) -> None:
        """Departments, roles and groups, many in one transaction."""
        directory, before = self._accounts.directory, self._present.hierarchy
        plan = DirectoryPlan(self._workspace, before, prune=self._prune)
        entries = plan.entries()
        for each in (plan.taken_out(), entries):
            for start in range(0, len(each), ENTRIES_PUT_MAX):
                if each is entries:
                    self._progress("directory", start, len(entries))
                await directory.put_many(self._actor, each[start : start + ENTRIES_PUT_MAX])
        if not entries:
            return
        self._progress("directory", len(entries), len(entries))
        after = await directory.hierarchy(self._actor)
        for principal in map(principal_of, entries):
            old, new, count = before.entry(principal), after.entry(principal), self._report.of(ENTRIES[principal.kind])
            count.created += old is None
            count.changed += old is not None and old != new
            count.unchanged += old == new

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
