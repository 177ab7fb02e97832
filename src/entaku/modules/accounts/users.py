"""The people of a tenant: created, changed, moved between departments, roles and groups, deactivated, deleted.

Profile and memberships are one transaction, checked against the directory version: no moment in which one is lost and
the other not yet gained, and nobody joins a group that is just being deleted.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from entaku.core.context import Actor
from entaku.core.errors import Conflict, NotFound, Unauthenticated
from entaku.core.ids import check_id
from entaku.modules.accounts.acting import Reads, run_acting
from entaku.modules.accounts.directory import Releaser
from entaku.modules.accounts.entries import check_version
from entaku.modules.accounts.hierarchies import Hierarchies
from entaku.modules.accounts.limits import Limits
from entaku.modules.accounts.model import (
    GROUP_CHANGES_MAX,
    Directory,
    EmailGuard,
    FormerUser,
    Member,
    UserProfile,
    UserState,
)
from entaku.modules.accounts.names import email_key
from entaku.modules.accounts.principals import Principal, individual
from entaku.modules.accounts.profiles import (
    NewUser,
    UserChange,
    applied,
    check_entries,
    check_leaving,
    check_may_set,
    check_may_touch,
    check_there,
    create_members,
    entries_of,
    former_user,
    profile_of,
    shown_profile,
)
from entaku.modules.accounts.roll import enroll, strike
from entaku.modules.accounts.service_register import create_register, delete_register
from entaku.modules.accounts.watching import MembershipWatcher
from entaku.modules.audit import Audit, Target
from entaku.table import BoundTable, IdempotencyKey, Page, Table, Transaction, changed


class OwnedThings(Protocol):
    """Who knows what a user owns. Joined in the composition root."""

    async def find_owned(self, actor: Actor, user_id: str) -> str | None:
        """A sentence that names what the user owns and what to do about it; None when it is nothing."""
        ...


class Users:
    """People. Everybody of the tenant may look them up; tenant administrators may change them."""

    def __init__(
        self,
        table: Table,
        hierarchies: Hierarchies,
        limits: Limits,
        audit: Audit,
        releaser: Callable[[], Releaser],
        owned: Callable[[], OwnedThings],
        watcher: Callable[[], MembershipWatcher],
    ) -> None:
        self._table, self._hierarchies, self._limits, self._audit = table, hierarchies, limits, audit
        self._releaser, self._owned, self._watcher = releaser, owned, watcher

    async def get(self, actor: Actor, user_id: str) -> UserProfile:
        """One user, also one who is being deleted: the state tells. Raises NotFound."""
        table = self._table.for_tenant(actor.tenant_id)
        profile = await table.find(UserProfile.at(user_id=check_id(user_id, "user")))
        if profile is None:
            raise NotFound(f"there is no user {user_id!r}")
        return profile

    async def list(
        self, actor: Actor, *, limit: int, after: str | None = None, q: str | None = None
    ) -> Page[UserProfile]:
        """The users by name. With `q` those whose name, id or e-mail contains it, compared casefolded."""
        table = self._table.for_tenant(actor.tenant_id)
        return await table.search(UserProfile.by_name(), q or "", texts=_searched, limit=limit, after=after)

    async def list_members(
        self, actor: Actor, principal: Principal, *, limit: int, after: str | None = None
    ) -> Page[UserProfile]:
        """Who is directly in a department, role or group, by user id. Raises NotFound."""
        check_id(principal.id, principal.kind.value)
        table = self._table.for_tenant(actor.tenant_id)
        hierarchy = await self._hierarchies.current(table)
        if hierarchy.entry(principal) is None:
            raise NotFound(f"there is no {principal.kind.value} {principal.id!r}")
        page = await table.list(Member.of_principal(principal=principal), limit=limit, after=after)
        profiles = await table.find_many([UserProfile.at(user_id=member.user_id) for member in page.items])
        return Page(tuple(profile for profile in profiles if profile is not None), page.cursor)

    async def find_by_emails(self, actor: Actor, emails: Sequence[str]) -> dict[str, UserProfile]:
        """Who has each of the addresses, whatever its case; those that nobody has are left out. Two calls for 100."""
        table = self._table.for_tenant(actor.tenant_id)
        guards = await table.find_many([EmailGuard.at(email=email_key(email)) for email in emails])
        held = [(email, guard.user_id) for email, guard in zip(emails, guards, strict=True) if guard is not None]
        holders = await table.find_many([UserProfile.at(user_id=user_id) for _, user_id in held])
        return {email: holder for (email, _), holder in zip(held, holders, strict=True) if holder is not None}

    async def create(self, actor: Actor, new: NewUser, *, idempotency: IdempotencyKey | None = None) -> UserProfile:
        """Raises Forbidden, Invalid, NotFound for an unknown department, role or group, Conflict for an id or e-mail
        address that is taken, Limited when the tenant may have no more users."""
        check_may_set(actor, new.level)
        return await self._create(actor, profile_of(new), idempotency=idempotency)

    async def provision(self, actor: Actor, new: NewUser, *, issued_at: datetime, reason: str) -> UserProfile:
        """As `create`, for whom a token names that was issued then: older ones are not theirs. Raises Unauthenticated
        where a user of that id was deleted since."""
        check_may_set(actor, new.level)
        former = FormerUser.of_user(user_id=check_id(new.user_id, "user"))

        async def check() -> None:
            last = await self._table.for_tenant(actor.tenant_id).list(former, limit=1, reverse=True)
            if any(issued_at <= each.ended_at for each in last.items):
                raise Unauthenticated(
                    f"user {new.user_id!r} was deleted since the access token was issued; sign in again"
                )

        profile = changed(profile_of(new), known_since=issued_at)
        return await self._create(actor, profile, reason=reason, check=check)

    async def _create(
        self,
        actor: Actor,
        profile: UserProfile,
        *,
        idempotency: IdempotencyKey | None = None,
        reason: str | None = None,
        check: Callable[[], Awaitable[None]] | None = None,
    ) -> UserProfile:
        table = self._table.for_tenant(actor.tenant_id)
        here = UserProfile.at(user_id=profile.user_id)

        async def work(tx: Transaction, reads: Reads) -> UserProfile:
            directory, hierarchy = await self._hierarchies.with_version(table, reads.find(Directory.at()))
            existing = reads.find(here)
            if existing is not None:
                raise Conflict(f"there is a user {profile.user_id!r} already", current_version=existing.version)
            if check is not None:
                await check()
            check_entries(hierarchy, set(), entries_of(profile))
            tx.check(directory)
            await self._change_guards(tx, table, None, profile)
            await self._limits.count(tx, table, users=1)
            create_members(tx, None, profile)
            create_register(tx, profile)
            enroll(tx, profile.user_id)
            stored = tx.create(profile)
            self._watcher().user_changed(tx, None, stored)
            self._note(tx, actor, "user_created", None, stored, reason)
            return stored

        return await run_acting(
            self._table,
            actor,
            work,
            reading=(Directory.at(), here),
            answer=UserProfile,
            idempotency=idempotency,
        )

    async def change(
        self,
        actor: Actor,
        user_id: str,
        change: UserChange,
        *,
        expect: int | None = None,
        idempotency: IdempotencyKey | None = None,
    ) -> UserProfile:
        """Change a profile and its memberships together. Changing nothing writes nothing. Safe to repeat.

        Raises Forbidden, NotFound, Invalid, Conflict when the version moved or an e-mail address is taken.
        """
        check_may_set(actor, None if change.level is msgspec.UNSET else change.level)
        table = self._table.for_tenant(actor.tenant_id)
        here = UserProfile.at(user_id=check_id(user_id, "user"))

        async def work(tx: Transaction, reads: Reads) -> UserProfile:
            directory, hierarchy = await self._hierarchies.with_version(table, reads.find(Directory.at()))
            before = check_there(reads.find(here), user_id)
            check_version(before.version, expect, f"user {user_id!r}")
            check_may_touch(actor, before)
            after = applied(before, change, tx.now)
            check_leaving(hierarchy, before, change)
            if after == before:
                return before
            check_entries(hierarchy, entries_of(before), entries_of(after))
            tx.check(directory)
            await self._change_guards(tx, table, before, after)
            create_members(tx, before, after)
            stored = tx.replace(after)
            await self._remove_members(tx, table, before, after)
            self._watcher().user_changed(tx, before, stored)
            self._note(tx, actor, "user_changed", before, stored)
            return stored

        return await run_acting(
            self._table,
            actor,
            work,
            reading=(Directory.at(), here),
            answer=UserProfile,
            idempotency=idempotency,
        )

    async def delete(self, actor: Actor, user_id: str, *, expect: int | None = None) -> None:
        """Delete a user who owns nothing. The user is denied from the first step on; shares with the user go too.

        Raises Forbidden, NotFound, Conflict while the user owns libraries. An interrupted deletion is finished by
        repeating it.
        """
        check_may_set(actor, None)
        here = UserProfile.at(user_id=check_id(user_id, "user"))
        table = self._table.for_tenant(actor.tenant_id)

        def deletable(profile: UserProfile | None) -> UserProfile:
            if profile is None:
                raise NotFound(f"there is no user {user_id!r}")
            check_may_touch(actor, profile)
            if profile.state is not UserState.DELETING:
                # One that is being deleted has moved on from the version that its deletion expected.
                check_version(profile.version, expect, f"user {user_id!r}")
            return profile

        deletable(await table.find(here))
        owned = await self._owned().find_owned(actor, user_id)
        if owned is not None:
            raise Conflict(owned)

        async def deny(tx: Transaction, reads: Reads) -> UserProfile:
            before = deletable(reads.find(here))
            if before.state is UserState.DELETING:
                return before
            after = tx.replace(changed(before, state=UserState.DELETING))
            self._watcher().user_changed(tx, before, after)
            self._note(tx, actor, "user_deletion_begun", before, after)
            return after

        denied = await run_acting(self._table, actor, deny, reading=(here,))

        async def still() -> UserProfile | None:
            """The user as long as this deletion has something to do. Somebody else may have finished it, and then a new
            user of the same id may have come, who must be left alone."""
            profile = await table.find(here)
            if profile is None or profile.state is not UserState.DELETING:
                return None
            return profile if profile.created_at == denied.created_at else None

        await self._leave_everything(actor, table, still)
        await self._releaser().release(actor, individual(user_id), still)
        # Asked again: a library may have been created between the first answer and the denial.
        owned = await self._owned().find_owned(actor, user_id)
        if owned is not None:
            raise Conflict(owned)

        async def remove(tx: Transaction) -> None:
            before = await still()
            if before is None:
                return
            await self._change_guards(tx, table, before, None)
            await self._limits.count(tx, table, users=-1)
            await delete_register(tx, table, before)
            await strike(tx, table, user_id)
            tx.delete(before)
            tx.create(former_user(before, tx.now))
            self._watcher().user_changed(tx, before, None)
            self._note(tx, actor, "user_deleted", before, None)

        await table.run(remove)

    async def _leave_everything(
        self, actor: Actor, table: BoundTable, still: Callable[[], Awaitable[UserProfile | None]]
    ) -> None:
        """Take a user who is being deleted out of department, role and groups, a bounded number at a time."""

        async def work(tx: Transaction) -> bool:
            before = await still()
            if before is None:
                return False
            staying = frozenset(sorted(before.groups)[GROUP_CHANGES_MAX:])
            after = changed(before, department=None, role=None, groups=staying)
            if after != before:
                stored = tx.replace(after)
                await self._remove_members(tx, table, before, after)
                self._watcher().user_changed(tx, before, stored)
                self._note(tx, actor, "user_changed", before, stored, reason="the user is being deleted")
            return bool(staying)

        while await table.run(work):
            pass

    async def _change_guards(
        self, tx: Transaction, table: BoundTable, before: UserProfile | None, after: UserProfile | None
    ) -> None:
        """Moves the guard that makes an e-mail address belong to one user."""
        old = email_key(before.email) if before is not None and before.email else None
        new = email_key(after.email) if after is not None and after.email else None
        if old == new:
            return
        if new is not None:
            guard = await table.find(EmailGuard.at(email=new))
            if guard is not None:
                raise Conflict(f"the e-mail address {new} belongs to user {guard.user_id!r}")
            assert after is not None
            tx.create(EmailGuard(email=new, user_id=after.user_id))
        if old is not None:
            guard = await table.find(EmailGuard.at(email=old))
            if guard is not None:
                tx.delete(guard)

    async def _remove_members(
        self, tx: Transaction, table: BoundTable, before: UserProfile, after: UserProfile
    ) -> None:
        """Deletes the member items of what the user leaves."""
        left = sorted(entries_of(before) - entries_of(after))
        found = await table.find_many([Member.at(principal=p, user_id=before.user_id) for p in left])
        for member in found:
            if member is not None:
                tx.delete(member)

    def _note(
        self,
        tx: Transaction,
        actor: Actor,
        action: str,
        before: UserProfile | None,
        after: UserProfile | None,
        reason: str | None = None,
    ) -> None:
        profile = after or before
        assert profile is not None
        self._audit.record(
            tx,
            actor,
            action,
            Target("user", profile.user_id),
            before=shown_profile(before),
            after=shown_profile(after),
            reason=reason,
            # Of who is gone the one that would follow: the record comes after all others, also in their millisecond.
            target_version=profile.version + (after is None),
        )


def _searched(profile: UserProfile) -> tuple[str, ...]:
    """What a search of users looks through."""
    return profile.name, profile.user_id, profile.email or ""
