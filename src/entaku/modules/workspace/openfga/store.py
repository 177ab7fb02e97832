"""A workspace as what OpenFGA keeps of it: relationship tuples, in the words of `model_text.py`.

What a deactivated user has stays in the store; that they are deactivated is a tuple too, so that letting them in again
is one tuple less.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from datetime import datetime

import msgspec

from entaku.modules.accounts import Principal, PrincipalKind, individual
from entaku.modules.workspace.model import Library, Policy, Share, User, Workspace
from entaku.modules.workspace.openfga.model_text import (
    BEGINNING,
    END,
    LIVE,
    PASSED_ON_LIVE,
    SUBJECTS,
    relation_of,
)

ORGANISATION_OBJECT = "organisation:organisation"


class Condition(msgspec.Struct, frozen=True):
    """What must hold for a tuple to count: the name of a condition of the model, and what it is told."""

    name: str
    context: dict[str, str]


class Relationship(msgspec.Struct, frozen=True, omit_defaults=True):
    """One tuple: somebody, or all members of something, stands in a relation to an object."""

    user: str
    relation: str
    object: str
    condition: Condition | None = None


class Store(msgspec.Struct, frozen=True, kw_only=True):
    """What a store file says, but for its tests."""

    name: str
    policy: Policy
    relationships: tuple[Relationship, ...]


def store_of(workspace: Workspace) -> Store:
    """The store that a whole workspace amounts to. Its order is that of the workspace."""
    known = {individual(user.id) for user in workspace.users}
    return Store(
        name=workspace.name or "",
        policy=workspace.policy or "precedence",
        relationships=(
            *_directory(workspace),
            *(each for library in workspace.libraries for each in _library(library, known)),
        ),
    )


def direct_principals(user: User) -> Iterator[Principal]:
    """The person, and what they are in themselves: not what that is in."""
    yield individual(user.id)
    if isinstance(user.department, str):
        yield Principal(PrincipalKind.DEPARTMENT, user.department)
    if isinstance(user.role, str):
        yield Principal(PrincipalKind.ROLE, user.role)
    for group_id in user.groups:
        yield Principal(PrincipalKind.GROUP, group_id)


def instant_text(at: datetime) -> str:
    """An instant as conditions are told it."""
    return at.isoformat().replace("+00:00", "Z")


def _directory(workspace: Workspace) -> Iterator[Relationship]:
    departments = {department.id for department in workspace.departments}
    groups = {group.id for group in workspace.groups}
    directory = {PrincipalKind.DEPARTMENT: departments, PrincipalKind.GROUP: groups}
    for department in workspace.departments:
        if isinstance(department.parent, str) and department.parent in departments:
            yield Relationship(f"department:{department.id}", "child", f"department:{department.parent}")
    for group in workspace.groups:
        for parent in group.parents:
            if parent in groups:
                yield Relationship(f"group:{group.id}#member", "member", f"group:{parent}")
    for user in workspace.users:
        name = f"user:{user.id}"
        yield Relationship(name, "member", ORGANISATION_OBJECT)
        if user.state == "deactivated":
            yield Relationship(name, "deactivated", ORGANISATION_OBJECT)
        for principal in direct_principals(user):
            known = directory.get(principal.kind)
            # A role counts by its id alone; what else is no longer in the directory gives nobody anything.
            if principal.kind is PrincipalKind.ROLE or (known is not None and principal.id in known):
                yield Relationship(name, "member", f"{principal.kind.value}:{principal.id}")


def _library(library: Library, users: Set[Principal]) -> Iterator[Relationship]:
    here = f"library:{library.id}"
    yield Relationship(ORGANISATION_OBJECT, "organisation", here)
    yield Relationship(f"user:{library.owner}", "owner", here)
    for share in library.shares:
        if share.principal.kind is PrincipalKind.INDIVIDUAL and share.principal not in users:
            continue  # Somebody who is being deleted: denied already.
        is_passed_on = share.delegated_by is not None
        for permission in share.permissions:
            relation = relation_of(share.principal.kind, permission, is_passed_on=is_passed_on)
            yield Relationship(_subject(share), relation, here, _condition(share))


def _subject(share: Share) -> str:
    """Whom a share is with, as in `group:staff#member`."""
    kind, principal_id = share.principal.kind, share.principal.id
    nearest, *wider = SUBJECTS[kind]
    type_name, hash_sign, members = (wider[0] if wider and share.include_children else nearest).partition("#")
    return f"{type_name}:{principal_id}{hash_sign}{members}"


def _condition(share: Share) -> Condition | None:
    times = {
        "starts_at": BEGINNING if share.starts_at is None else instant_text(share.starts_at),
        "expires_at": END if share.expires_at is None else instant_text(share.expires_at),
    }
    if share.delegated_by is not None:
        return Condition(PASSED_ON_LIVE, {**times, "granted_by": share.delegated_by})
    if share.starts_at is None and share.expires_at is None:
        return None
    return Condition(LIVE, times)
