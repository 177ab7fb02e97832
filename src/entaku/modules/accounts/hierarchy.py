"""The directory as a graph: which principals a person is, through which path, and what may not be nested in what.

Pure values and functions. A process keeps one Hierarchy for each tenant and directory version.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

import msgspec

from entaku.core.errors import Invalid, Limited, NotFound
from entaku.core.ids import ID_LENGTH_MAX, shown
from entaku.modules.accounts.model import (
    DEPARTMENT_LEVELS_MAX,
    DIRECTORY_ITEMS_MAX,
    GROUP_LEVELS_MAX,
    Department,
    EntryState,
    Group,
    Role,
    UserProfile,
)
from entaku.modules.accounts.principals import ORGANISATION, Principal, PrincipalKind, individual

Entry = Department | Role | Group


class Membership(msgspec.Struct, frozen=True):
    """A principal that a person is, and how."""

    principal: Principal
    path: tuple[str, ...] = ()
    """Ids from what the person is directly in to the principal itself, for groups and departments; one id is direct."""

    @property
    def is_direct(self) -> bool:
        return len(self.path) <= 1


class Hierarchy:
    """The departments, roles and groups of a tenant at one directory version."""

    def __init__(
        self, version: int, departments: Iterable[Department], roles: Iterable[Role], groups: Iterable[Group]
    ) -> None:
        self.version = version
        self.departments: Mapping[str, Department] = {d.department_id: d for d in departments}
        self.roles: Mapping[str, Role] = {r.role_id: r for r in roles}
        self.groups: Mapping[str, Group] = {g.group_id: g for g in groups}

    def including(self, entry: Entry) -> Hierarchy:
        """The hierarchy as it would be with this entry, new or changed."""
        match entry:
            case Department():
                departments = {**self.departments, entry.department_id: entry}
                return Hierarchy(self.version, departments.values(), self.roles.values(), self.groups.values())
            case Role():
                roles = {**self.roles, entry.role_id: entry}
                return Hierarchy(self.version, self.departments.values(), roles.values(), self.groups.values())
            case Group():
                groups = {**self.groups, entry.group_id: entry}
                return Hierarchy(self.version, self.departments.values(), self.roles.values(), groups.values())

    def entry(self, principal: Principal) -> Entry | None:
        """The department, role or group, or None; also for individuals and the organisation."""
        return self._entries(principal.kind).get(principal.id)

    def _entries(self, kind: PrincipalKind) -> Mapping[str, Entry]:
        """Everything of one kind by id; nothing for individuals and the organisation."""
        match kind:
            case PrincipalKind.DEPARTMENT:
                return self.departments
            case PrincipalKind.ROLE:
                return self.roles
            case PrincipalKind.GROUP:
                return self.groups
            case _:
                return {}

    def check_room(self, principal: Principal) -> None:
        """Raises Limited when the tenant may have no more departments, roles or groups, whichever it would be."""
        count = len(self._entries(principal.kind))
        if count >= DIRECTORY_ITEMS_MAX:
            raise Limited(
                f"the tenant has {count} {principal.kind.value}s, as many as there may be; delete some to add"
                f" {principal.id!r}"
            )

    def usable(self, principal: Principal) -> Entry:
        """The entry if new things may refer to it. Raises NotFound for one that is not there or is being deleted."""
        entry = self.entry(principal)
        if entry is None or entry.state is not EntryState.ACTIVE:
            raise NotFound(f"there is no {principal.kind.value} {shown(principal.id, ID_LENGTH_MAX)}")
        return entry

    def name_of(self, principal: Principal) -> str:
        """What people call it; its id where it is not in the directory."""
        entry = self.entry(principal)
        return principal.id if entry is None else entry.name

    def memberships(self, profile: UserProfile) -> tuple[Membership, ...]:
        """Every principal that the person is, nearest level first, each with one shortest path.

        The individual, the groups with all groups around them, the role, the department with all above it, the
        organisation. Bounded by the levels that nesting may have.
        """
        found = [Membership(individual(profile.user_id))]
        paths = self._around({g: (g,) for g in sorted(profile.groups) if g in self.groups})
        found += [Membership(Principal(PrincipalKind.GROUP, g), path) for g, path in paths.items()]
        if profile.role is not None:
            found.append(Membership(Principal(PrincipalKind.ROLE, profile.role), (profile.role,)))
        path: tuple[str, ...] = ()
        for department_id in self._upwards(profile.department):
            path = (*path, department_id)
            found.append(Membership(Principal(PrincipalKind.DEPARTMENT, department_id), path))
        found.append(Membership(ORGANISATION))
        return tuple(found)

    def _around(self, paths: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        """The groups given and all that contain them, each with a shortest path, in order of distance."""
        frontier = list(paths)
        while frontier:
            following: list[str] = []
            for group_id in frontier:
                for parent in sorted(self.groups[group_id].parents):
                    if parent in self.groups and parent not in paths:
                        paths[parent] = (*paths[group_id], parent)
                        following.append(parent)
            frontier = following
        return paths

    def _upwards(self, department_id: str | None) -> list[str]:
        """The department and all above it, from the bottom."""
        found: list[str] = []
        while department_id is not None and department_id in self.departments and department_id not in found:
            found.append(department_id)
            department_id = self.departments[department_id].parent
        return found

    def children_of_department(self, department_id: str) -> list[str]:
        return [*self._departments_below.get(department_id, ())]

    def children_of_group(self, group_id: str) -> list[str]:
        return [*self._groups_inside.get(group_id, ())]

    @cached_property
    def _departments_below(self) -> Mapping[str, list[str]]:
        """By the department directly above. Made once: whoever walks down the tree asks at every step."""
        below: dict[str, list[str]] = {}
        for department in self.departments.values():
            if department.parent is not None:
                below.setdefault(department.parent, []).append(department.department_id)
        return below

    @cached_property
    def _groups_inside(self) -> Mapping[str, list[str]]:
        """By the group directly around."""
        inside: dict[str, list[str]] = {}
        for group in self.groups.values():
            for parent in group.parents:
                inside.setdefault(parent, []).append(group.group_id)
        return inside

    def children_of(self, principal: Principal) -> list[str]:
        """The ids directly below a department or inside a group."""
        match principal.kind:
            case PrincipalKind.DEPARTMENT:
                return self.children_of_department(principal.id)
            case PrincipalKind.GROUP:
                return self.children_of_group(principal.id)
            case _:
                return []

    def check_department(self, department: Department) -> None:
        """Raises Invalid when the department as given would stand below itself or make the tree too high."""
        above = self._upwards(department.parent)
        if department.department_id in above or department.parent == department.department_id:
            raise Invalid(f"department {department.department_id!r} cannot stand below itself ({' > '.join(above)})")
        below = self._department_height(department.department_id)
        if len(above) + below > DEPARTMENT_LEVELS_MAX:
            raise Invalid(f"departments may have {DEPARTMENT_LEVELS_MAX} levels; this would make {len(above) + below}")

    def _department_height(self, department_id: str) -> int:
        """Levels from the department down, itself included."""
        levels, row = 0, [department_id]
        while row and levels <= DEPARTMENT_LEVELS_MAX:
            levels += 1
            row = [child for parent in row for child in self.children_of_department(parent)]
        return levels

    def check_group(self, group: Group) -> None:
        """Raises Invalid when the group as given would contain itself or make the nesting too deep."""
        for parent in sorted(group.parents):
            around = self._around({parent: (parent,)}) if parent in self.groups else {}
            if parent == group.group_id or group.group_id in around:
                path = around.get(group.group_id, (parent,))
                raise Invalid(f"group {group.group_id!r} cannot contain itself ({' < '.join((group.group_id, *path))})")
        groups = {**self.groups, group.group_id: group}
        children: dict[str, list[str]] = {}
        for each in groups.values():
            for parent in each.parents:
                children.setdefault(parent, []).append(each.group_id)
        above = _longest(group.group_id, {g.group_id: sorted(g.parents) for g in groups.values()})
        below = _longest(group.group_id, children)
        if above + below - 1 > GROUP_LEVELS_MAX:
            raise Invalid(f"groups may be nested {GROUP_LEVELS_MAX} levels deep; this would make {above + below - 1}")


def _longest(start: str, edges: Mapping[str, Iterable[str]]) -> int:
    """Levels on the longest way along the edges, the start included. The edges hold no cycle."""
    levels, row = 0, {start}
    while row and levels <= GROUP_LEVELS_MAX:
        levels += 1
        row = {following for node in row for following in edges.get(node, ())}
    return levels
