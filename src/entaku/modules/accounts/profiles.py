"""Profiles as values: what a change makes of one, which entries of the directory it names, and who may touch it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from entaku.core.context import AccessLevel, Actor
from entaku.core.errors import Forbidden, Invalid, NotFound
from entaku.core.ids import ID_LENGTH_MAX, check_id, shown
from entaku.modules.accounts.hierarchy import Hierarchy
from entaku.modules.accounts.model import (
    DIRECT_GROUPS_MAX,
    GROUP_CHANGES_MAX,
    FormerUser,
    Member,
    UserProfile,
    UserState,
)
from entaku.modules.accounts.names import check_email, check_name
from entaku.modules.accounts.principals import Principal, PrincipalKind
from entaku.modules.accounts.sign_in.foreign_tokens import AGE_MAX, LEEWAY
from entaku.table import Transaction, changed


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
    email: str | msgspec.UnsetType | None = msgspec.UNSET
    level: AccessLevel | msgspec.UnsetType = msgspec.UNSET
    is_active: bool | msgspec.UnsetType = msgspec.UNSET
    department: str | msgspec.UnsetType | None = msgspec.UNSET
    role: str | msgspec.UnsetType | None = msgspec.UNSET
    groups: frozenset[str] | msgspec.UnsetType = msgspec.UNSET
    join: frozenset[str] = frozenset()
    """Groups to add to those the user is in."""
    leave: frozenset[str] = frozenset()


def profile_of(new: NewUser) -> UserProfile:
    """The profile of a new user. Raises Invalid for values that no profile can have."""
    return UserProfile(
        user_id=check_id(new.user_id, "user"),
        name=check_name(new.name, f"user {new.user_id}"),
        email=None if new.email is None else check_email(new.email),
        level=new.level,
        is_service=new.is_service,
        department=new.department,
        role=new.role,
        groups=new.groups,
    )


def former_user(profile: UserProfile, now: datetime) -> FormerUser:
    """What is remembered of a user who is deleted now."""
    return FormerUser(
        user_id=profile.user_id,
        last_version=profile.version,
        ended_at=now,
        expires_at=now + AGE_MAX + LEEWAY,
    )


def applied(before: UserProfile, change: UserChange, now: datetime) -> UserProfile:
    """The profile with the change, made now. Raises Invalid for values that no profile can have."""
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
        if not change.is_active and before.state is UserState.ACTIVE:
            fields["tokens_valid_from"] = now
    both = sorted(change.join & change.leave)
    if both:
        raise Invalid(f"group {shown(both[0])} is both joined and left in one change; name it once")
    groups: frozenset[str] = (fields.get("groups", before.groups) | change.join) - change.leave
    if len(groups) > DIRECT_GROUPS_MAX:
        raise Invalid(f"a user can be in {DIRECT_GROUPS_MAX} groups directly; this would be {len(groups)}")
    return changed(before, **{**fields, "groups": groups})


def entries_of(profile: UserProfile) -> set[Principal]:
    """The entries of the directory that the user is directly in."""
    found = {Principal(PrincipalKind.GROUP, g) for g in profile.groups}
    if profile.department is not None:
        found.add(Principal(PrincipalKind.DEPARTMENT, profile.department))
    if profile.role is not None:
        found.add(Principal(PrincipalKind.ROLE, profile.role))
    return found


def check_entries(hierarchy: Hierarchy, before: set[Principal], after: set[Principal]) -> None:
    """Raises NotFound for an entry to join that is not there, Invalid for too many changes at once."""
    for principal in sorted(after - before):
        hierarchy.usable(principal)
    count = len(before ^ after)
    if count > GROUP_CHANGES_MAX:
        raise Invalid(f"{count} memberships change at once; a change holds {GROUP_CHANGES_MAX}, send it in parts")


def check_leaving(hierarchy: Hierarchy, before: UserProfile, change: UserChange) -> None:
    """Raises NotFound for a group to leave that is not there. One that the user is not in is left already."""
    unknown = sorted(g for g in change.leave - before.groups if g not in hierarchy.groups)
    if unknown:
        raise NotFound(f"there is no group {shown(unknown[0])}")


def check_there(profile: UserProfile | None, user_id: str) -> UserProfile:
    """The profile. Raises NotFound, in the same words for who is being deleted as for who never was."""
    if profile is None or profile.state is UserState.DELETING:
        raise NotFound(f"there is no user {shown(user_id, ID_LENGTH_MAX)}")
    return profile


def create_members(tx: Transaction, before: UserProfile | None, after: UserProfile) -> None:
    """Creates the member items of what the user joins."""
    old = set[Principal]() if before is None else entries_of(before)
    for principal in sorted(entries_of(after) - old):
        tx.create(Member(principal=principal, user_id=after.user_id))


def check_may_set(actor: Actor, level: AccessLevel | None) -> None:
    if not actor.is_admin:
        raise Forbidden("users are changed by tenant administrators")
    if level is AccessLevel.OPERATOR and not actor.is_operator:
        raise Forbidden("only an operator makes another user an operator")


def check_may_touch(actor: Actor, profile: UserProfile) -> None:
    if profile.level is AccessLevel.OPERATOR and not actor.is_operator:
        raise Forbidden("an operator is changed only by operators")


def shown_profile(profile: UserProfile | None) -> dict[str, Any] | None:
    """The profile as the audit trail keeps it."""
    if profile is None:
        return None
    fields: dict[str, Any] = msgspec.to_builtins(changed(profile, _stored=msgspec.UNSET), order="deterministic")
    return fields
