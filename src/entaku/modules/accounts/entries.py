"""What departments, roles and groups have in common: where they are, what they are called, where they may stand."""

from __future__ import annotations

from typing import Any, TypeVar, cast

import msgspec

from entaku.core.errors import Conflict, NotFound
from entaku.core.ids import check_id
from entaku.modules.accounts.hierarchy import Entry, Hierarchy
from entaku.modules.accounts.model import Department, Directory, Group, Role
from entaku.modules.accounts.names import check_description, check_name
from entaku.modules.accounts.principals import Principal, PrincipalKind
from entaku.table import Transaction, changed

EntryT = TypeVar("EntryT", Department, Role, Group)
AnyEntryT = TypeVar("AnyEntryT", bound=Entry)

ENTRY_TYPES: dict[PrincipalKind, type[Any]] = {
    PrincipalKind.DEPARTMENT: Department,
    PrincipalKind.ROLE: Role,
    PrincipalKind.GROUP: Group,
}


def advance(tx: Transaction, directory: Directory) -> None:
    """Commits only at this directory version, and advances it: what was decided on a hierarchy is true when written."""
    tx.replace(changed(directory, revision=directory.revision + 1))


def principal_of(entry: Entry) -> Principal:
    """The principal that an entry of the directory is."""
    match entry:
        case Department():
            return Principal(PrincipalKind.DEPARTMENT, entry.department_id)
        case Role():
            return Principal(PrincipalKind.ROLE, entry.role_id)
        case Group():
            return Principal(PrincipalKind.GROUP, entry.group_id)


def key_of(principal: Principal) -> Any:
    """Where the entry is stored. Raises Invalid for what is no id, NotFound for individuals and the organisation."""
    check_id(principal.id, principal.kind.value)
    match principal.kind:
        case PrincipalKind.DEPARTMENT:
            return Department.at(department_id=principal.id)
        case PrincipalKind.ROLE:
            return Role.at(role_id=principal.id)
        case PrincipalKind.GROUP:
            return Group.at(group_id=principal.id)
        case _:
            raise NotFound(f"{principal} is not in the directory")


def check_version(version: int, expect: int | None, what: str) -> None:
    """Raises Conflict when the caller expects another version than there is."""
    if expect is not None and expect != version:
        raise Conflict(f"{what} is at version {version}, not {expect}; read it again", current_version=version)


def check_texts(entry: AnyEntryT) -> AnyEntryT:
    """The entry with its id checked and its texts as they are stored. Raises Invalid."""
    principal = principal_of(entry)
    check_id(principal.id, principal.kind.value)
    texts = {"name": check_name(entry.name, str(principal))}
    if isinstance(entry, Group):
        texts["description"] = check_description(entry.description, str(principal))
    return changed(entry, **texts)


def own_fields(entry: Entry) -> dict[str, Any]:
    """The fields of an entry without its envelope."""
    fields: dict[str, Any] = msgspec.structs.asdict(cast("Any", entry))
    return {name: value for name, value in fields.items() if name not in ("_stored", "state")}


def check_place(hierarchy: Hierarchy, entry: Entry) -> None:
    """Raises NotFound for a parent that is not there, Invalid for a cycle or too many levels."""
    match entry:
        case Department():
            if entry.parent is not None:
                hierarchy.usable(Principal(PrincipalKind.DEPARTMENT, entry.parent))
            hierarchy.check_department(entry)
        case Group():
            for parent in sorted(entry.parents):
                hierarchy.usable(Principal(PrincipalKind.GROUP, parent))
            hierarchy.check_group(entry)
        case Role():
            pass


def has_moved(before: Entry, after: Entry) -> bool:
    """Whether the entry stands elsewhere: whoever is in it is in others through it."""
    match before, after:
        case Department(), Department():
            return before.parent != after.parent
        case Group(), Group():
            return before.parents != after.parents
        case _:
            return False


def shown_entry(entry: Entry | None) -> dict[str, Any] | None:
    """The entry as the audit trail keeps it."""
    if entry is None:
        return None
    fields: dict[str, Any] = msgspec.to_builtins(changed(entry, _stored=msgspec.UNSET), order="deterministic")
    return fields
