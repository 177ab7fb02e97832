"""A tenant to share libraries in, in few words: people, groups, departments and roles by id, principals as `kind:id`.

`root` administers the tenant and is who acts where nobody is named; instants are times of the day the clock shows.
"""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from entaku.core.context import AccessLevel, Actor
from entaku.main import App
from entaku.modules.accounts import (
    Department,
    EntryChange,
    Group,
    NewTenant,
    NewUser,
    Role,
    SharingPolicy,
    UserChange,
    parse_principal,
)
from entaku.modules.audit import AuditRecord
from entaku.modules.sharing import (
    AccessAnswer,
    Check,
    Grant,
    Library,
    LibraryChange,
    ListRequest,
    NewLibrary,
    Permission,
    ReachedLibrary,
    ShareOutcome,
)
from entaku.testing import ManualClock

ROOT = "root"


class World:
    """One tenant of an app."""

    def __init__(self, app: App, clock: ManualClock, tenant_id: str) -> None:
        self.app, self.clock, self.tenant_id = app, clock, tenant_id
        self.sharing, self.accounts = app.sharing, app.accounts

    async def create(self, policy: SharingPolicy = SharingPolicy.PRECEDENCE, tier: str = "enterprise") -> World:
        tenant = NewTenant(tenant_id=self.tenant_id, name=self.tenant_id, tier=tier, sharing_policy=policy)
        await self.accounts.tenants.create(self.app.operator(), tenant)
        root = NewUser(user_id=ROOT, name="Root", level=AccessLevel.TENANT_ADMIN)
        await self.accounts.users.create(self.app.operator(self.tenant_id), root)
        return self

    def actor(self, user_id: str = ROOT) -> Actor:
        level = AccessLevel.TENANT_ADMIN if user_id == ROOT else AccessLevel.MEMBER
        return Actor(tenant_id=self.tenant_id, user_id=user_id, level=level, request_id="a-request")

    def at(self, clock_time: str) -> datetime:
        """An instant of the day, as in `12:00` or `11:59:59.999`."""
        return datetime.combine(self.clock.now(), time.fromisoformat(clock_time), self.clock.now().tzinfo)

    def wait_until(self, clock_time: str) -> None:
        self.clock.set(self.at(clock_time))

    async def department(self, department_id: str, parent: str | None = None) -> None:
        name = department_id.title()
        entry = Department(department_id=department_id, name=name, parent=parent)
        await self.accounts.directory.create(self.actor(), entry)

    async def role(self, role_id: str) -> None:
        await self.accounts.directory.create(self.actor(), Role(role_id=role_id, name=role_id.title()))

    async def group(self, group_id: str, *parents: str) -> None:
        entry = Group(group_id=group_id, name=group_id.title(), parents=frozenset(parents))
        await self.accounts.directory.create(self.actor(), entry)

    async def nest(self, principal: str, **change: Any) -> None:
        """Change where a department or group stands."""
        await self.accounts.directory.change(self.actor(), parse_principal(principal), EntryChange(**change))

    async def user(self, *user_ids: str, groups: str = "", **fields: Any) -> None:
        for user_id in user_ids:
            new = NewUser(user_id=user_id, name=user_id.title(), groups=frozenset(groups.split()), **fields)
            await self.accounts.users.create(self.actor(), new)

    async def change_user(self, user_id: str, **change: Any) -> None:
        await self.accounts.users.change(self.actor(), user_id, UserChange(**change))

    async def library(self, library_id: str, owner: str = "ann", **fields: Any) -> Library:
        new = NewLibrary(name=fields.pop("name", library_id.title()), library_id=library_id, owner=owner, **fields)
        return await self.sharing.libraries.create(self.actor(), new)

    async def change_library(self, library_id: str, *, by: str = ROOT, **change: Any) -> Library:
        return await self.sharing.libraries.change(self.actor(by), library_id, LibraryChange(**change))

    async def version(self, library_id: str) -> int:
        return (await self.sharing.libraries.get(self.actor(), library_id)).thing.version

    async def share(
        self, library_id: str, principal: str, permissions: str = "read", *, by: str = ROOT, **terms: Any
    ) -> ShareOutcome:
        """Share, or share on other terms: what `terms` names as `until` and `since` are times of the day."""
        for name, field in (("since", "starts_at"), ("until", "expires_at")):
            if name in terms:
                terms[field] = self.at(terms.pop(name))
        return await self.sharing.shares.change(
            self.actor(by),
            library_id,
            add=[grant(principal, permissions, **terms)],
            expect=await self.version(library_id),
        )

    async def unshare(self, library_id: str, principal: str, *, by: str = ROOT) -> ShareOutcome:
        return await self.sharing.shares.change(self.actor(by), library_id, remove=[parse_principal(principal)])

    async def may(self, user_id: str, library_id: str) -> str:
        """What a user may do with a library, as words in order; empty for nothing."""
        checks = [Check(user_id=user_id, library_id=library_id, permission=each) for each in Permission]
        answers = await self.sharing.checks.check(self.actor(), checks)
        return " ".join(each for each, answer in zip(Permission, answers, strict=True) if answer)

    async def access(self, user_id: str, library_id: str, *, by: str = ROOT) -> AccessAnswer:
        return await self.sharing.checks.access(self.actor(by), library_id, user_id)

    async def why(self, user_id: str, library_id: str, *, by: str = ROOT) -> str:
        return (await self.access(user_id, library_id, by=by)).why.sentence

    async def listed(self, user_id: str, **request: Any) -> dict[str, ReachedLibrary]:
        """A user's whole list by library id, from pages of 100."""
        rows: list[ReachedLibrary] = []
        cursor = None
        while True:
            page = await self.sharing.lists.of_user(
                self.actor(), user_id, ListRequest(**{"limit": 100, **request, "cursor": cursor})
            )
            rows += page.libraries
            cursor = page.next_cursor
            if cursor is None:
                assert len({row.library_id for row in rows}) == len(rows) == page.total
                return {row.library_id: row for row in rows}

    async def audited(self, library_id: str) -> list[str]:
        """What was done to a library in the order of its versions, from pages of 100."""
        records: list[AuditRecord] = []
        cursor = None
        while True:
            page = await self.sharing.libraries.audit(self.actor(), library_id, limit=100, after=cursor)
            records += page.items
            cursor = page.cursor
            if cursor is None:
                return [record.action for record in sorted(records, key=lambda each: each.target_version)]


def grant(principal: str, permissions: str = "read", **terms: Any) -> Grant:
    """A share to add: `grant("group:a", "read write", expires_at=…)`."""
    words = frozenset(Permission(word) for word in permissions.split())
    return Grant(principal=parse_principal(principal), permissions=words, **terms)
