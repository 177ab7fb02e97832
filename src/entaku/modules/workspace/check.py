"""What makes a workspace whole: ids and e-mails are unique, references lead somewhere, nothing contains itself.

Every flaw is found, not only the first. Paths use the words of the workspace file: `libraries[2].shares[0].with`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import TypeAlias

import msgspec
from msgspec import UnsetType

from entaku.core.clock import to_ms
from entaku.core.errors import Flaw, Invalid
from entaku.core.ids import check_id, shown
from entaku.modules.accounts import (
    DEPARTMENT_LEVELS_MAX,
    DIRECT_GROUPS_MAX,
    DIRECTORY_ITEMS_MAX,
    GROUP_LEVELS_MAX,
    PrincipalKind,
    check_description,
    check_email,
    check_name,
    email_key,
    individual,
)
from entaku.modules.sharing import SHARES_OF_LIBRARY_MAX, Permission
from entaku.modules.workspace.flaws import FLAWS_MAX
from entaku.modules.workspace.model import (
    Department,
    Group,
    Library,
    Role,
    Share,
    User,
    Workspace,
)
from entaku.modules.workspace.nesting import nesting
from entaku.modules.workspace.suggest import did_you_mean

Entry: TypeAlias = Department | Role | Group | User | Library


class _Known(msgspec.Struct, frozen=True):
    """The ids that may be referred to."""

    departments: frozenset[str]
    roles: frozenset[str]
    groups: frozenset[str]
    users: frozenset[str]


def check_workspace(workspace: Workspace) -> tuple[Flaw, ...]:
    """What is wrong with a workspace, in the order of its parts; the search stops at `FLAWS_MAX`.

    Names are taken as they are kept: composed, and without space around them.
    """
    known = _Known(
        frozenset(department.id for department in workspace.departments),
        frozenset(role.id for role in workspace.roles),
        frozenset(group.id for group in workspace.groups),
        frozenset(user.id for user in workspace.users),
    )
    return tuple(islice(_flaws(workspace, known), FLAWS_MAX))


def _flaws(workspace: Workspace, known: _Known) -> Iterator[Flaw]:
    if workspace.name is not None:
        yield from _name(workspace.name, "name", "the organisation")
    for part, entries in (
        ("departments", workspace.departments),
        ("roles", workspace.roles),
        ("groups", workspace.groups),
    ):
        yield from _few_enough(part, part, len(entries), DIRECTORY_ITEMS_MAX)
    yield from _departments(workspace.departments, known)
    yield from _entries("roles", "role", workspace.roles)
    yield from _groups(workspace.groups, known)
    yield from _users(workspace.users, known)
    yield from _entries("libraries", "library", workspace.libraries)
    for index, library in enumerate(workspace.libraries):
        place = f"libraries[{index}]"
        yield from _description(library.description, place, "a library")
        yield from _reference(f"{place}.owner", "user", library.owner, known.users)
        yield from _shares(library, place, known)


def _departments(departments: tuple[Department, ...], known: _Known) -> Iterator[Flaw]:
    yield from _entries("departments", "department", departments)
    parents: dict[str, tuple[str, ...]] = {}
    for index, department in enumerate(departments):
        above = (department.parent,) if isinstance(department.parent, str) else ()
        for parent in above:
            yield from _reference(f"departments[{index}].parent", "department", parent, known.departments)
        parents.setdefault(department.id, above)
    yield from _nesting("departments", "parent", [d.id for d in departments], parents, DEPARTMENT_LEVELS_MAX)


def _groups(groups: tuple[Group, ...], known: _Known) -> Iterator[Flaw]:
    yield from _entries("groups", "group", groups)
    parents: dict[str, tuple[str, ...]] = {}
    for index, group in enumerate(groups):
        yield from _description(group.description, f"groups[{index}]", "a group")
        yield from _references(f"groups[{index}].parents", group.parents, known.groups)
        parents.setdefault(group.id, group.parents)
    yield from _nesting("groups", "parents", [group.id for group in groups], parents, GROUP_LEVELS_MAX)


def _users(users: tuple[User, ...], known: _Known) -> Iterator[Flaw]:
    yield from _entries("users", "user", users)
    emails: dict[str, str] = {}
    for index, user in enumerate(users):
        place = f"users[{index}]"
        if isinstance(user.email, str):
            yield from _email(f"{place}.email", user.email)
            holder = emails.setdefault(email_key(user.email), user.id)
            if holder != user.id:
                yield _flaw(f"{place}.email", f"e-mail {shown(user.email)} is that of user {shown(holder)} already")
        if isinstance(user.department, str):
            yield from _reference(f"{place}.department", "department", user.department, known.departments)
        if isinstance(user.role, str):
            yield from _reference(f"{place}.role", "role", user.role, known.roles)
        yield from _references(f"{place}.groups", user.groups, known.groups)
        yield from _few_enough(f"{place}.groups", "groups of one user", len(user.groups), DIRECT_GROUPS_MAX)


def _shares(library: Library, library_place: str, known: _Known) -> Iterator[Flaw]:
    place, count = f"{library_place}.shares", len(library.shares)
    yield from _few_enough(place, "shares of one library", count, SHARES_OF_LIBRARY_MAX)
    owner = individual(library.owner)
    seen: set[str] = set()
    for index, share in enumerate(library.shares):
        place = f"{library_place}.shares[{index}]"
        principal = str(share.principal)
        if principal in seen:
            yield _flaw(f"{place}.with", f"the library is shared with {shown(principal)} above already; join the two")
        elif share.principal == owner:
            yield _flaw(f"{place}.with", f"{shown(library.owner)} owns the library and has all of it; remove the share")
        else:
            yield from _principal(share, place, known)
        seen.add(principal)
        yield from _terms(share, place)


def _principal(share: Share, place: str, known: _Known) -> Iterator[Flaw]:
    ids = {
        PrincipalKind.INDIVIDUAL: known.users,
        PrincipalKind.GROUP: known.groups,
        PrincipalKind.ROLE: known.roles,
        PrincipalKind.DEPARTMENT: known.departments,
    }.get(share.principal.kind)
    if ids is not None:
        kind = "user" if share.principal.kind is PrincipalKind.INDIVIDUAL else share.principal.kind.value
        yield from _reference(f"{place}.with", kind, share.principal.id, ids)


def _terms(share: Share, place: str) -> Iterator[Flaw]:
    if Permission.READ not in share.permissions:
        yield _flaw(f"{place}.permissions", "every share includes read; add it")
    begin, end = share.starts_at, share.expires_at
    if begin is not None and end is not None and to_ms(end) <= to_ms(begin):
        problem = f"the share ends at {end.isoformat()}, not after it starts at {begin.isoformat()}"
        yield _flaw(f"{place}.until", f"{problem}; it would never count")
    if not share.include_children and share.principal.kind is not PrincipalKind.DEPARTMENT:
        problem = f"{shown(str(share.principal))} has nothing below it; only a share with a department may say false"
        yield _flaw(f"{place}.include_children", problem)
    if share.delegated_by is not None:
        # Whoever passed it on may be gone, so this is an id and no reference.
        yield from _id(share.delegated_by, f"{place}.granted_by", "user")


def _entries(part: str, kind: str, entries: Iterable[Entry]) -> Iterator[Flaw]:
    """What holds for entries of every kind: a unique id that is one, and a name."""
    seen: set[str] = set()
    for index, entry in enumerate(entries):
        place = f"{part}[{index}]"
        if entry.id in seen:
            yield _flaw(f"{place}.id", f"{shown(entry.id)} is the id of an earlier {kind} already; ids are unique")
        seen.add(entry.id)
        yield from _id(entry.id, f"{place}.id", kind)
        yield from _name(entry.name, f"{place}.name", f"a {kind}")


def _id(value: str, place: str, kind: str) -> Iterator[Flaw]:
    try:
        check_id(value, kind)
    except Invalid as error:
        yield _flaw(place, error.message)


def _name(name: str, place: str, what: str) -> Iterator[Flaw]:
    try:
        check_name(name, what)
    except Invalid as error:
        yield _flaw(place, error.message)


def _description(description: str | UnsetType, place: str, what: str) -> Iterator[Flaw]:
    if isinstance(description, UnsetType):
        return
    try:
        check_description(description, what)
    except Invalid as error:
        yield _flaw(f"{place}.description", error.message)


def _email(place: str, email: str) -> Iterator[Flaw]:
    try:
        check_email(email)
    except Invalid as error:
        yield _flaw(place, f"{error.message}; write it like keiko@example.com")


def _few_enough(place: str, what: str, count: int, at_most: int) -> Iterator[Flaw]:
    if count > at_most:
        yield _flaw(place, f"{count} {what}, at most {at_most} are allowed")


def _references(place: str, ids: tuple[str, ...], known: frozenset[str]) -> Iterator[Flaw]:
    seen: set[str] = set()
    for index, group_id in enumerate(ids):
        if group_id in seen:
            yield _flaw(f"{place}[{index}]", f"group {shown(group_id)} is named twice here; keep one")
        else:
            yield from _reference(f"{place}[{index}]", "group", group_id, known)
        seen.add(group_id)


def _reference(place: str, kind: str, value: str, known: Collection[str]) -> Iterator[Flaw]:
    if value not in known:
        way_out = did_you_mean(value, known) or "; add it, or correct the reference"
        yield _flaw(place, f"there is no {kind} {shown(value)}{way_out}")


def _nesting(
    part: str, key: str, ids: list[str], parents: dict[str, tuple[str, ...]], levels_max: int
) -> Iterator[Flaw]:
    """One flaw for each cycle, and one for each entry that is the first below the deepest level."""
    found = nesting(parents)
    positions = {entry_id: index for index, entry_id in reversed(list(enumerate(ids)))}
    for cycle in found.cycles:
        way = " in ".join(shown(entry_id) for entry_id in (*cycle[:levels_max], cycle[0]))
        yield _flaw(f"{part}[{positions[cycle[0]]}].{key}", f"a cycle: {way}; take one of them out of the other")
    for entry_id, level in found.levels.items():
        if level == levels_max + 1:
            problem = f"{shown(entry_id)} lies on level {level}; {part} nest at most {levels_max} levels deep"
            yield _flaw(f"{part}[{positions[entry_id]}].{key}", problem)


def _flaw(path: str, message: str) -> Flaw:
    return Flaw(message=message, path=path)
