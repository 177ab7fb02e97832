"""The people of a tenant: created, changed, moved between departments, roles and groups, deactivated, deleted.

Profile and memberships are one transaction, checked against the directory version: no moment in which one is lost and
the other not yet gained, and nobody joins a group that is just being deleted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from entaku.core.context import AccessLevel, Actor
from entaku.core.errors import Conflict, Forbidden, Invalid, NotFound
from entaku.core.ids import check_id
from entaku.modules.accounts.directory import Releaser, check_version
from entaku.modules.accounts.hierarchies import Hierarchies
from entaku.modules.accounts.hierarchy import Hierarchy
from entaku.modules.accounts.limits import Limits
from entaku.modules.accounts.model import (
    DIRECT_GROUPS_MAX,
    GROUP_CHANGES_MAX,
    EmailGuard,
    Member,
    UserProfile,
    UserState,
)
from entaku.modules.accounts.names import check_email, check_name, email_key
from entaku.modules.accounts.principals import Principal, PrincipalKind, individual
from entaku.modules.audit import Audit, Target
from entaku.table import BoundTable, IdempotencyKey, Page, Table, Transaction, changed, fold

SEARCHED_MAX = 1_000
"""Users looked at for one page of a search; a page may be short, its cursor goes on."""


class OwnedThings(Protocol):
    """Who knows what a user owns. Joined in the composition root."""

    async def find_owned(self, actor: Actor, user_id: str) -> str | None:
        """A sentence that names what the user owns and what to do about it; None when it is nothing."""
        ...


class NewUser(msgspec.Struct, frozen=True, kw_only=True):
    """A user to create."""

    user_id: str
    name: str
    email: str | None = None
    level: AccessLevel = AccessLevel.MEMBER
    is_service: bool = False
    department: str | None = None
    role: str | None = None
    groups: frozenset[str] = frozenset()


class UserChange(msgspec.Struct, frozen=True, kw_only=True):
    """What to change of a user; what is unset stays."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    email: str | None | msgspec.UnsetType = msgspec.UNSET
    level: AccessLevel | msgspec.UnsetType = msgspec.UNSET
    is_active: bool | msgspec.UnsetType = msgspec.UNSET
    department: str | None | msgspec.UnsetType = msgspec.UNSET
    role: str | None | msgspec.UnsetType = msgspec.UNSET
    groups: frozenset[str] | msgspec.UnsetType = msgspec.UNSET
    join: frozenset[str] = frozenset()
    """Groups to add to those the user is in."""
    leave: frozenset[str] = frozenset()


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
    ) -> None:
        self._table, self._hierarchies, self._limits, self._audit = table, hierarchies, limits, audit
        self._releaser, self._owned = releaser, owned

    async def get(self, actor: Actor, user_id: str) -> UserProfile:
        """One user. Raises NotFound."""
        return await self._get(self._table.for_tenant(actor.tenant_id), user_id)

    async def list(
        self, actor: Actor, *, limit: int, after: str | None = None, q: str | None = None
    ) -> Page[UserProfile]:
        """The users by name. With `q` those whose name, id or e-mail contains it, compared casefolded."""
        table = self._table.for_tenant(actor.tenant_id)
        if not q:
            return await table.list(UserProfile.by_name(), limit=limit, after=after)
        wanted, found, cursor = fold(q), list[UserProfile](), after
        for _ in range(0, SEARCHED_MAX, limit):
            page = await table.list(UserProfile.by_name(), limit=limit, after=cursor)
            found += [user for user in page.items if _matches(user, wanted)]
            cursor = page.cursor
            if cursor is None or found:
                break
        return Page(tuple(found), cursor)

    async def create(self, actor: Actor, new: NewUser, *, idempotency: IdempotencyKey | None = None) -> UserProfile:
        """Raises Forbidden, Invalid, NotFound for an unknown department, role or group, Conflict for an id or e-mail
        address that is taken, Limited when the tenant may have no more users."""
        _check_may_set(actor, new.level)
        profile = UserProfile(
            user_id=check_id(new.user_id, "user"),
            name=check_name(new.name, f"user {new.user_id}"),
            email=None if new.email is None else check_email(new.email),
            level=new.level,
            is_service=new.is_service,
            department=new.department,
            role=new.role,
            groups=new.groups,
        )
        table = self._table.for_tenant(actor.tenant_id)

        async def work(tx: Transaction) -> UserProfile:
            directory, hierarchy = await self._hierarchies.with_version(table)
            existing = await table.find(UserProfile.at(user_id=profile.user_id))
            if existing is not None:
                raise Conflict(f"there is a user {profile.user_id!r} already", current_version=existing.version)
            _check_entries(hierarchy, set(), _entries(profile))
            tx.check(directory)
            await self._change_guards(tx, table, None, profile)
            await self._limits.count(tx, table, users=1)
            _change_members(tx, None, profile)
            stored = tx.create(profile)
            self._note(tx, actor, "user_created", None, stored)
            return stored

        return await table.run(work, answer=UserProfile, idempotency=idempotency)

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
        _check_may_set(actor, None if change.level is msgspec.UNSET else change.level)
        table = self._table.for_tenant(actor.tenant_id)

        async def work(tx: Transaction) -> UserProfile:
            directory, hierarchy = await self._hierarchies.with_version(table)
            before = await self._get(table, user_id)
            check_version(before.version, expect, f"user {user_id!r}")
            _check_may_touch(actor, before)
            after = _applied(before, change)
            if after == before:
                return before
            _check_entries(hierarchy, _entries(before), _entries(after))
            tx.check(directory)
            await self._change_guards(tx, table, before, after)
            _change_members(tx, before, after)
            stored = tx.replace(after)
            await self._remove_members(tx, table, before, after)
            self._note(tx, actor, "user_changed", before, stored)
            return stored

        return await table.run(work, answer=UserProfile, idempotency=idempotency)

    async def delete(self, actor: Actor, user_id: str, *, expect: int | None = None) -> None:
        """Delete a user who owns nothing. The user is denied from the first step on; shares with the user go too.

        Raises Forbidden, NotFound, Conflict while the user owns libraries. An interrupted deletion is finished by
        repeating it.
        """
        _check_may_set(actor, None)
        table = self._table.for_tenant(actor.tenant_id)
        owned = await self._owned().find_owned(actor, user_id)
        if owned is not None:
            raise Conflict(owned)

        async def deny(tx: Transaction) -> None:
            before = await table.get(UserProfile.at(user_id=user_id))
            check_version(before.version, expect, f"user {user_id!r}")
            _check_may_touch(actor, before)
            if before.state is not UserState.DELETING:
                after = changed(before, state=UserState.DELETING)
                tx.replace(after)
                self._note(tx, actor, "user_deletion_begun", before, after)

        await table.run(deny)
        await self._leave_everything(table, user_id)
        await self._releaser().release(actor, individual(user_id))
        # Asked again: a library may have been created between the first answer and the denial.
        owned = await self._owned().find_owned(actor, user_id)
        if owned is not None:
            raise Conflict(owned)

        async def remove(tx: Transaction) -> None:
            before = await table.get(UserProfile.at(user_id=user_id))
            await self._change_guards(tx, table, before, None)
            await self._limits.count(tx, table, users=-1)
            tx.delete(before)
            self._note(tx, actor, "user_deleted", before, None)

        await table.run(remove)

    async def _leave_everything(self, table: BoundTable, user_id: str) -> None:
        """Take a user who is being deleted out of department, role and groups, as many at a time as one change holds."""

        async def work(tx: Transaction) -> bool:
            before = await table.get(UserProfile.at(user_id=user_id))
            staying = frozenset(sorted(before.groups)[GROUP_CHANGES_MAX:])
            after = changed(before, department=None, role=None, groups=staying)
            if after != before:
                tx.replace(after)
                await self._remove_members(tx, table, before, after)
            return bool(staying)

        while await table.run(work):
            pass

    async def _get(self, table: BoundTable, user_id: str) -> UserProfile:
        profile = await table.find(UserProfile.at(user_id=check_id(user_id, "user")))
        if profile is None or profile.state is UserState.DELETING:
            raise NotFound(f"there is no user {user_id!r}")
        return profile

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
        left = sorted(_entries(before) - _entries(after))
        found = await table.find_many([Member.at(principal=p, user_id=before.user_id) for p in left])
        for member in found:
            if member is not None:
                tx.delete(member)

    def _note(
        self, tx: Transaction, actor: Actor, action: str, before: UserProfile | None, after: UserProfile | None
    ) -> None:
        profile = after or before
        assert profile is not None
        self._audit.record(
            tx,
            actor,
            action,
            Target("user", profile.user_id),
            before=_shown(before),
            after=_shown(after),
            target_version=profile.version,
        )


def _applied(before: UserProfile, change: UserChange) -> UserProfile:
    """The profile with the change. Raises Invalid for values that no profile can have."""
    fields: dict[str, Any] = {}
    for name in ("level", "department", "role", "groups"):
        if (value := getattr(change, name)) is not msgspec.UNSET:
            fields[name] = value
    if change.name is not msgspec.UNSET:
        fields["name"] = check_name(change.name, f"user {before.user_id}")
    if change.email is not msgspec.UNSET:
        fields["email"] = None if change.email is None else check_email(change.email)
    if change.is_active is not msgspec.UNSET:
        fields["state"] = UserState.ACTIVE if change.is_active else UserState.DEACTIVATED
    groups: frozenset[str] = (fields.get("groups", before.groups) | change.join) - change.leave
    if len(groups) > DIRECT_GROUPS_MAX:
        raise Invalid(f"a user can be in {DIRECT_GROUPS_MAX} groups directly; this would be {len(groups)}")
    return changed(before, **{**fields, "groups": groups})


def _entries(profile: UserProfile) -> set[Principal]:
    """The entries of the directory that the user is directly in."""
    found = {Principal(PrincipalKind.GROUP, g) for g in profile.groups}
    if profile.department is not None:
        found.add(Principal(PrincipalKind.DEPARTMENT, profile.department))
    if profile.role is not None:
        found.add(Principal(PrincipalKind.ROLE, profile.role))
    return found


def _check_entries(hierarchy: Hierarchy, before: set[Principal], after: set[Principal]) -> None:
    """Raises NotFound for an entry to join that is not there, Invalid for too many changes at once."""
    for principal in sorted(after - before):
        hierarchy.usable(principal)
    count = len(before ^ after)
    if count > GROUP_CHANGES_MAX:
        raise Invalid(f"{count} memberships change at once; a change holds {GROUP_CHANGES_MAX}, send it in parts")


def _change_members(tx: Transaction, before: UserProfile | None, after: UserProfile) -> None:
    """Creates the member items of what the user joins."""
    old = set[Principal]() if before is None else _entries(before)
    for principal in sorted(_entries(after) - old):
        tx.create(Member(principal=principal, user_id=after.user_id))


def _check_may_set(actor: Actor, level: AccessLevel | None) -> None:
    if not actor.is_admin:
        raise Forbidden("users are changed by tenant administrators")
    if level is AccessLevel.OPERATOR and not actor.is_operator:
        raise Forbidden("only an operator makes another user an operator")


def _check_may_touch(actor: Actor, profile: UserProfile) -> None:
    if profile.level is AccessLevel.OPERATOR and not actor.is_operator:
        raise Forbidden("an operator is changed only by operators")


def _matches(user: UserProfile, wanted: str) -> bool:
    return any(wanted in fold(text) for text in (user.name, user.user_id, user.email or ""))


def _shown(profile: UserProfile | None) -> dict[str, Any] | None:
    """The profile as the audit trail keeps it."""
    if profile is None:
        return None
    fields: dict[str, Any] = msgspec.to_builtins(changed(profile, _stored=msgspec.UNSET), order="deterministic")
    return fields
