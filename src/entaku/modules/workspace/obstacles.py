"""What of the tenant would stop an import half-way, found before anything is written.

`check_workspace` has looked at the file alone; this looks at both. A pure function of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from entaku.core.errors import Flaw
from entaku.core.ids import shown
from entaku.modules.accounts import (
    DIRECT_GROUPS_MAX,
    DIRECTORY_ITEMS_MAX,
    EntryState,
    Principal,
    PrincipalKind,
    UserState,
)
from entaku.modules.sharing import SHARES_OF_LIBRARY_MAX
from entaku.modules.workspace.directory_plan import LEVELS_MAX, DirectoryPlan
from entaku.modules.workspace.flaws import FLAWS_SHOWN_MAX
from entaku.modules.workspace.model import Library, User, Workspace
from entaku.modules.workspace.present import Present


def obstacles(workspace: Workspace, present: Present, *, prune: bool) -> tuple[Flaw, ...]:
    """Each names what is in the way and the way out; at most as many as anybody reads."""
    found = islice(_obstacles(workspace, present, prune), FLAWS_SHOWN_MAX)
    return tuple(Flaw(message=message) for message in found)


def _obstacles(workspace: Workspace, present: Present, prune: bool) -> Iterator[str]:
    yield from _directory(workspace, present, prune)
    for user in workspace.users:
        yield from _user(user, present, prune)
    for taker, holder in present.holders.items():
        if holder.state is UserState.DELETING and holder.user_id not in present.users:
            whose = f"that of {shown(holder.user_id)}, who is being deleted"
            yield f"the e-mail address of user {shown(taker)} is {whose}{_finish('user', holder.user_id)}"
    named = {user.id: user for user in workspace.users}
    for library in workspace.libraries:
        yield from _library(library, named, present, prune)
    yield from _limits(workspace, present)


def _directory(workspace: Workspace, present: Present, prune: bool) -> Iterator[str]:
    hierarchy = present.hierarchy
    for kind, ids, there in (
        (PrincipalKind.DEPARTMENT, [each.id for each in workspace.departments], hierarchy.departments),
        (PrincipalKind.ROLE, [each.id for each in workspace.roles], hierarchy.roles),
        (PrincipalKind.GROUP, [each.id for each in workspace.groups], hierarchy.groups),
    ):
        for entry_id in ids:
            entry = hierarchy.entry(Principal(kind, entry_id))
            if entry is not None and entry.state is EntryState.DELETING:
                yield f"{kind.value} {shown(entry_id)} is being deleted{_finish(kind.value, entry_id)}"
        count = len(there.keys() | set(ids))
        if count > DIRECTORY_ITEMS_MAX:
            yield f"with those that are there already {count} {kind.value}s, at most {DIRECTORY_ITEMS_MAX} are allowed"
    for kind, nesting in DirectoryPlan(workspace, hierarchy, prune=prune).nestings.items():
        way_out = "take one of them out of the other, or import with --prune"
        for cycle in nesting.cycles:
            way = " in ".join(shown(each) for each in (*cycle[: LEVELS_MAX[kind]], cycle[0]))
            yield f"with what is there already, a cycle of {kind.value}s: {way}; {way_out}"
        for entry_id, level in nesting.levels.items():
            if level == LEVELS_MAX[kind] + 1:
                problem = f"{kind.value} {shown(entry_id)} lies on level {level} with what is there already"
                yield f"{problem}; {kind.value}s nest at most {LEVELS_MAX[kind]} levels deep"


def _user(user: User, present: Present, prune: bool) -> Iterator[str]:
    profile = present.users.get(user.id)
    if profile is None:
        return
    if profile.state is UserState.DELETING:
        yield f"user {shown(user.id)} is being deleted{_finish('user', user.id)}"
    if isinstance(user.is_service, bool) and user.is_service is not profile.is_service:
        there, said = ("a service", "a person") if profile.is_service else ("a person", "a service")
        yield f"user {shown(user.id)} is {there}, and cannot become {said}; leave `service` out, or take another id"
    count = len(profile.groups | set(user.groups))
    if count > DIRECT_GROUPS_MAX and not prune:
        yield (
            f"user {shown(user.id)} would be in {count} groups, with those they are in already; at most"
            f" {DIRECT_GROUPS_MAX} are allowed"
        )


def _library(library: Library, named: dict[str, User], present: Present, prune: bool) -> Iterator[str]:
    stored, owner = present.libraries.get(library.id), present.users.get(library.owner)
    if stored is not None and stored.is_in_bin:
        # To bring it back would open it again to whoever it was shared with, which no file asks for.
        way_out = f"entaku libraries restore {library.id}, or delete it with --permanently"
        yield f"library {shown(library.id)} is deleted and can be restored; decide that first: {way_out}"
    is_theirs = stored is not None and stored.is_open and stored.owner == library.owner
    is_away = owner is not None and owner.state is UserState.DEACTIVATED and named[library.owner].state != "active"
    if is_away and not is_theirs:
        way_out = "say `state: active` there, or name another owner"
        yield f"user {shown(library.owner)} is deactivated and cannot become owner of {shown(library.id)}; {way_out}"
    there = present.shared_with.get(library.id, frozenset())
    count = len(there | {share.principal for share in library.shares})
    if count > SHARES_OF_LIBRARY_MAX and not prune:
        yield (
            f"library {shown(library.id)} would have {count} shares, with those it has already; at most"
            f" {SHARES_OF_LIBRARY_MAX} are allowed; share it with a group"
        )


def _limits(workspace: Workspace, present: Present) -> Iterator[str]:
    """What is pruned goes last, so it does not make room."""
    new = {
        "users": sum(user.id not in present.users for user in workspace.users),
        "libraries": sum(
            each.id not in present.libraries or present.libraries[each.id].is_gone for each in workspace.libraries
        ),
    }
    for noun, count in new.items():
        usage, limit = present.settings.usage[noun], present.settings.limits[noun]
        if count and usage + count > limit:
            yield (
                f"the tenant has {usage} {noun} and would have {usage + count}; its limit is {limit}: delete some, or"
                " ask for a higher tier"
            )


def _finish(noun: str, entry_id: str) -> str:
    return f"; finish that first: entaku {noun}s delete {entry_id}"
