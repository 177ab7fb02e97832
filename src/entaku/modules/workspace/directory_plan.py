"""What departments, roles and groups become, in an order in which every step is possible.

Parents come before what they contain. Where old and new places together would make a cycle or nest too deep, what moves
is taken out first: then everything in between is a part of what is wanted in the end, and as sound.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from msgspec import UnsetType

from entaku.modules import accounts
from entaku.modules.accounts import DEPARTMENT_LEVELS_MAX, GROUP_LEVELS_MAX, EntryState, Hierarchy, PrincipalKind
from entaku.modules.workspace.model import Department, Group, Workspace
from entaku.modules.workspace.nesting import Nesting, nesting
from entaku.table import changed

Nested: TypeAlias = accounts.Department | accounts.Group
Entry: TypeAlias = Nested | accounts.Role
Places: TypeAlias = Mapping[str, tuple[str, ...]]
"""What directly contains each entry."""

LEVELS_MAX = {PrincipalKind.DEPARTMENT: DEPARTMENT_LEVELS_MAX, PrincipalKind.GROUP: GROUP_LEVELS_MAX}


class DirectoryPlan:
    """The entries of a workspace as they are to be. With `prune` an entry stands only where the workspace says."""

    def __init__(self, workspace: Workspace, present: Hierarchy, *, prune: bool) -> None:
        self._present, self._prune = present, prune
        self._departments = {each.id: self._department(each) for each in workspace.departments}
        self._roles = [accounts.Role(role_id=role.id, name=role.name) for role in workspace.roles]
        self._groups = {each.id: self._group(each) for each in workspace.groups}
        self._kinds: dict[PrincipalKind, tuple[Places, Places]] = {
            PrincipalKind.DEPARTMENT: self._places(present.departments, self._departments),
            PrincipalKind.GROUP: self._places(present.groups, self._groups),
        }
        self.nestings: Mapping[PrincipalKind, Nesting] = {kind: nesting(new) for kind, (_, new) in self._kinds.items()}
        """Of all entries there will be, those included that the workspace does not name."""

    def entries(self) -> list[Entry]:
        """Everything that the workspace names, parents first. For a plan without cycles."""
        departments = sorted(self._departments, key=self.nestings[PrincipalKind.DEPARTMENT].levels.__getitem__)
        groups = sorted(self._groups, key=self.nestings[PrincipalKind.GROUP].levels.__getitem__)
        return [*(self._departments[each] for each in departments), *self._roles, *(self._groups[g] for g in groups)]

    def taken_out(self) -> list[Entry]:
        """Entries that are there, without the places that they leave, if that has to come first."""
        taken: list[Entry] = []
        for kind, (old, new) in self._kinds.items():
            both = nesting({entry: (*old.get(entry, ()), *above) for entry, above in new.items()})
            if not both.cycles and max(both.levels.values(), default=0) <= LEVELS_MAX[kind]:
                continue
            there = self._present.departments if kind is PrincipalKind.DEPARTMENT else self._present.groups
            for entry_id, entry in there.items():
                kept = frozenset(old[entry_id]) & frozenset(new[entry_id])
                if len(kept) < len(old[entry_id]) and entry.state is EntryState.ACTIVE:
                    taken.append(_standing(entry, kept))
        return taken

    def _places(self, present: Mapping[str, Nested], named: Mapping[str, Nested]) -> tuple[Places, Places]:
        """Where the entries stand, and where they are to stand."""
        old = _places_of(present.values())
        unnamed = {entry: () if self._prune else above for entry, above in old.items()}
        return old, {**unnamed, **_places_of(named.values())}

    def _department(self, department: Department) -> accounts.Department:
        before = self._present.departments.get(department.id)
        unsaid = None if before is None or self._prune else before.parent
        parent = unsaid if isinstance(department.parent, UnsetType) else department.parent
        return accounts.Department(department_id=department.id, name=department.name, parent=parent)

    def _group(self, group: Group) -> accounts.Group:
        before = self._present.groups.get(group.id)
        unsaid = "" if before is None else before.description
        kept = frozenset[str]() if before is None or self._prune else before.parents
        return accounts.Group(
            group_id=group.id,
            name=group.name,
            description=unsaid if isinstance(group.description, UnsetType) else group.description,
            parents=frozenset(group.parents) | kept,
        )


def _places_of(entries: Iterable[Nested]) -> dict[str, tuple[str, ...]]:
    places: dict[str, tuple[str, ...]] = {}
    for entry in entries:
        if isinstance(entry, accounts.Department):
            places[entry.department_id] = () if entry.parent is None else (entry.parent,)
        else:
            places[entry.group_id] = tuple(entry.parents)
    return places


def _standing(entry: Nested, above: frozenset[str]) -> Nested:
    """The entry in these places."""
    if isinstance(entry, accounts.Department):
        return changed(entry, parent=next(iter(above), None))
    return changed(entry, parents=above)
