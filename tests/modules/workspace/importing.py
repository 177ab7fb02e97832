"""A tenant to import files into, and to look at afterwards."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from entaku.core.errors import Invalid
from entaku.main import App
from entaku.modules.accounts import Hierarchy, NewTenant, UserChange, UserProfile
from entaku.modules.sharing import Library, LibraryChange, Share
from entaku.modules.workspace import Count, ImportReport, Workspace
from tests.modules.workspace.reading import read

UNCHANGED = Count(unchanged=1)
CHANGED = Count(changed=1)
CREATED = Count(created=1)


class Imports:
    """One tenant. `await acme("users: […]")` imports that file, read like any other."""

    def __init__(self, app: App, tenant_id: str, settled: Callable[[], Awaitable[None]]) -> None:
        self.app, self.tenant_id, self.settled = app, tenant_id, settled
        self.actor = app.operator(tenant_id)
        self.table = app.table.for_tenant(tenant_id)

    async def create(self, **fields: Any) -> Imports:
        await self.app.accounts.tenants.create(
            self.app.operator(), NewTenant(tenant_id=self.tenant_id, name=self.tenant_id.title(), **fields)
        )
        return self

    async def __call__(self, file: str | Workspace, *, prune: bool = False) -> ImportReport:
        await self.settled()
        workspace = read(file) if isinstance(file, str) else file
        return await self.app.importer.apply(self.actor, workspace, prune=prune)

    async def flaws(self, file: str | Workspace, *, prune: bool = False) -> list[str]:
        """What is told of a file that is sound by itself and yet cannot be imported here."""
        await self.settled()
        try:
            await self.app.importer.check(self.actor, read(file) if isinstance(file, str) else file, prune=prune)
        except Invalid as error:
            return [flaw.message for flaw in error.flaws]
        return []

    async def user(self, user_id: str) -> UserProfile:
        return await self.app.accounts.users.get(self.actor, user_id)

    async def change_user(self, user_id: str, **change: Any) -> None:
        await self.app.accounts.users.change(self.actor, user_id, UserChange(**change))

    async def library(self, library_id: str) -> Library:
        return (await self.app.sharing.libraries.get(self.actor, library_id)).thing

    async def change_library(self, library_id: str, **change: Any) -> None:
        await self.app.sharing.libraries.change(self.actor, library_id, LibraryChange(**change))

    async def shares(self, library_id: str) -> dict[str, Share]:
        """The shares of a library by principal."""
        listed = await self.app.sharing.shares.list(self.actor, library_id, limit=100)
        return {str(share.principal): share for share in listed.shares.items}

    async def directory(self) -> Hierarchy:
        return await self.app.accounts.directory.hierarchy(self.actor)

    async def emails(self) -> dict[str, str | None]:
        await self.settled()
        page = await self.app.accounts.users.list(self.actor, limit=100)
        return {profile.user_id: profile.email for profile in page.items}

    async def ids(self) -> dict[str, set[str]]:
        """What there is of each kind."""
        await self.settled()
        directory, accounts = await self.directory(), self.app.accounts
        users = await accounts.users.list(self.actor, limit=100)
        libraries = await self.app.sharing.libraries.list(self.actor, limit=100)
        return {
            "departments": set(directory.departments),
            "roles": set(directory.roles),
            "groups": set(directory.groups),
            "users": {user.user_id for user in users.items},
            "libraries": {library.library_id for library in libraries.items},
        }
