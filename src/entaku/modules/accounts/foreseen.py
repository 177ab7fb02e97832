"""What a change would make of profiles and of the directory, without making it. Each refuses what the change refuses,
in the same words."""

from __future__ import annotations

from datetime import datetime

from entaku.core.context import Actor
from entaku.core.errors import Conflict, Forbidden, Invalid, NotFound
from entaku.core.ids import check_id, shown
from entaku.modules.accounts.directory import EntryChange
from entaku.modules.accounts.entries import ENTRY_TYPES, check_place
from entaku.modules.accounts.hierarchy import Hierarchy
from entaku.modules.accounts.model import UserProfile
from entaku.modules.accounts.principals import Principal, PrincipalKind
from entaku.modules.accounts.profiles import (
    UserChange,
    applied,
    check_entries,
    check_leaving,
    check_may_set,
    check_may_touch,
    check_there,
    entries_of,
)
from entaku.table import changed


def foreseen_profile(
    actor: Actor, hierarchy: Hierarchy, before: UserProfile, change: UserChange, now: datetime
) -> UserProfile:
    """The profile as `Users.change` would leave it. Raises Forbidden, NotFound, Invalid."""
    check_may_set(actor, None)
    check_there(before, before.user_id)
    check_may_touch(actor, before)
    after = applied(before, change, now)
    check_leaving(hierarchy, before, change)
    check_entries(hierarchy, entries_of(before), entries_of(after))
    return after


def check_deletable(actor: Actor, before: UserProfile) -> None:
    """Raises Forbidden where `Users.delete` would."""
    check_may_set(actor, None)
    check_may_touch(actor, before)


def foreseen_hierarchy(actor: Actor, hierarchy: Hierarchy, principal: Principal, change: EntryChange) -> Hierarchy:
    """The directory as `DirectoryService.change` would leave it. Raises Forbidden, NotFound, Invalid for a cycle."""
    _check_admin(actor)
    check_id(principal.id, principal.kind.value)
    entry, fields = hierarchy.usable(principal), change.fields()
    unknown = sorted(set(fields) - set(ENTRY_TYPES[principal.kind].__struct_fields__))
    if unknown:
        raise Invalid(f"a {principal.kind.value} has no {unknown[0]}")
    following = changed(entry, **fields)
    check_place(hierarchy, following)
    return hierarchy.including(following)


def foreseen_without(actor: Actor, hierarchy: Hierarchy, principal: Principal) -> Hierarchy:
    """The directory as `DirectoryService.delete` would leave it. Raises Forbidden, NotFound, and Conflict for an entry
    with others below it; that nobody is in it is the caller's to know."""
    _check_admin(actor)
    if hierarchy.entry(principal) is None:
        raise NotFound(f"there is no {principal.kind.value} {shown(principal.id)}")
    below = hierarchy.children_of(principal)
    if below:
        raise Conflict(f"{principal} has others below it: {', '.join(below[:5])}")
    return Hierarchy(
        hierarchy.version,
        [each for key, each in hierarchy.departments.items() if principal != Principal(PrincipalKind.DEPARTMENT, key)],
        [each for key, each in hierarchy.roles.items() if principal != Principal(PrincipalKind.ROLE, key)],
        [each for key, each in hierarchy.groups.items() if principal != Principal(PrincipalKind.GROUP, key)],
    )


def _check_admin(actor: Actor) -> None:
    if not actor.is_admin:
        raise Forbidden("the directory is changed by tenant administrators")
