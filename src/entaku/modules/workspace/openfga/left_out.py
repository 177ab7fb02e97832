"""What a store does not say of a workspace, or OpenFGA does not answer by default: told beside every export."""

from __future__ import annotations

from collections.abc import Iterator

from entaku.core.ids import shown
from entaku.modules.accounts import Principal, PrincipalKind
from entaku.modules.workspace.model import Workspace
from entaku.modules.workspace.nesting import nesting
from entaku.modules.workspace.openfga.store import direct_principals

NAMED_MAX = 5
RESOLVED_LEVELS = 25
"""How deep OpenFGA looks by default, its setting `OPENFGA_RESOLVE_NODE_LIMIT`; beyond it answers with an error."""


def left_out(workspace: Workspace) -> Iterator[str]:
    """One sentence for each thing, with the way out. None when everything that decides about access is in the store."""
    yield from _too_deep(workspace)
    yield from _unmentioned(workspace)


def _too_deep(workspace: Workspace) -> Iterator[str]:
    groups = {group.id: group.parents for group in workspace.groups}
    departments = {
        department.id: (department.parent,) if isinstance(department.parent, str) else ()
        for department in workspace.departments
    }
    for noun, places in (("groups", groups), ("departments", departments)):
        levels = max(nesting(places).levels.values(), default=0)
        if levels > RESOLVED_LEVELS:
            yield (
                f"{noun} nest {levels} levels deep, and OpenFGA gives up after {RESOLVED_LEVELS}; set its"
                f" OPENFGA_RESOLVE_NODE_LIMIT to {levels} or more"
            )


def _unmentioned(workspace: Workspace) -> Iterator[str]:
    """A store knows of things by their tuples alone."""
    known = {share.principal for library in workspace.libraries for share in library.shares}
    known.update(principal for user in workspace.users for principal in direct_principals(user))
    for department in workspace.departments:
        if isinstance(department.parent, str):
            known |= {Principal(PrincipalKind.DEPARTMENT, each) for each in (department.id, department.parent)}
    for group in workspace.groups:
        if group.parents:
            known |= {Principal(PrincipalKind.GROUP, each) for each in (group.id, *group.parents)}
    for kind, entries in (
        (PrincipalKind.DEPARTMENT, workspace.departments),
        (PrincipalKind.ROLE, workspace.roles),
        (PrincipalKind.GROUP, workspace.groups),
    ):
        missing = [entry.id for entry in entries if Principal(kind, entry.id) not in known]
        if missing:
            more = f" and {len(missing) - NAMED_MAX} more" if len(missing) > NAMED_MAX else ""
            named = ", ".join(map(shown, missing[:NAMED_MAX]))
            yield f"the store does not know of {kind.value}s without members and shares: {named}{more}"
