"""What the tuples of a store mean that was written by an export of ours: the way back of `store.py`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from entaku.core.ids import shown
from entaku.modules.accounts import ORGANISATION, Principal, PrincipalKind
from entaku.modules.sharing import Permission
from entaku.modules.workspace.model import Policy
from entaku.modules.workspace.openfga.collected import Collected, Entry, Shared, Terms
from entaku.modules.workspace.openfga.model_text import BEGINNING, END, LIVE, PASSED_ON_LIVE, SUBJECTS, relation_of
from entaku.modules.workspace.openfga.names import Name, parse_name
from entaku.modules.workspace.openfga.store import ORGANISATION_OBJECT
from entaku.modules.workspace.openfga.store_entries import TupleEntry

_SHARES: dict[tuple[str, str], tuple[PrincipalKind, Permission, bool]] = {
    (relation_of(kind, permission, is_passed_on=is_passed_on), subject): (kind, permission, is_passed_on)
    for kind, subjects in SUBJECTS.items()
    for subject in subjects
    for permission in Permission
    for is_passed_on in (False, True)
}
"""What a share's tuple says, by its relation and the form of its subject."""
_NEVER = {datetime.fromisoformat(BEGINNING), datetime.fromisoformat(END)}


class OwnStore:
    """Such a store says everything about access, so it says as well who is not deactivated."""

    def __init__(self, policy: Policy) -> None:
        self.policy: Policy = policy

    def problems(self) -> Iterator[str]:
        return iter(())

    def take(self, entry: TupleEntry, place: str, into: Collected) -> str | None:
        user, thing = parse_name(entry.user), parse_name(entry.object)
        if user is None or thing is None or thing.relation:
            return f"{shown(entry.user)} and {shown(entry.object)} are not both names, as in user:ann and library:menu"
        if thing.type == "library" and (user.restriction, entry.relation) != ("user", "owner"):
            return self._of_library(entry, user, thing, place, into)
        if entry.condition is not None:
            return "only shares start and end; take the condition away"
        match (thing.type, entry.relation, user.restriction):
            case ("library", _, _):
                return _owner(into, user, thing, place)
            case ("organisation", "member" | "deactivated", "user"):
                return _of_organisation(into, user, entry, place)
            case ("department", "member", "user"):
                return _works_in(into, user, thing, place)
            case ("role", "member", "user"):
                return _has_role(into, user, thing, place)
            case ("group", "member", "user"):
                into.groups.setdefault(thing.id, Entry(place))
                into.person(user.id, place).groups[thing.id] = None
            case ("group", "member", "group#member"):
                into.groups.setdefault(thing.id, Entry(place))
                into.groups.setdefault(user.id, Entry(place)).parents[thing.id] = None
            case ("department", "child", "department"):
                return _child(into, user, thing, place)
            case _:
                return _meaningless(entry)
        return None

    def missing(self, collected: Collected) -> Iterator[tuple[str, str]]:
        for user_id, person in collected.people.items():
            if not person.is_member:
                problem = f"user:{user_id} is denied everything in the store, as they are no member of the organisation"
                yield person.place, f"{problem}; make them one: relation member of {ORGANISATION_OBJECT}"
        for thing_id, thing in collected.things.items():
            if not thing.is_in_organisation:
                problem = f"everybody is denied library:{thing_id} in the store, as it belongs to no organisation"
                yield thing.place, f"{problem}; let {ORGANISATION_OBJECT} be its organisation"
            if not thing.owner:
                yield thing.place, f"nobody owns library:{thing_id}; add a tuple with relation owner"

    def _of_library(self, entry: TupleEntry, user: Name, thing: Name, place: str, into: Collected) -> str | None:
        library = into.thing(thing.id, place)
        if entry.relation == "organisation" and entry.user == ORGANISATION_OBJECT and entry.condition is None:
            library.is_in_organisation = True
            return None
        said = _SHARES.get((entry.relation, user.restriction))
        if said is None or (said[0] is PrincipalKind.ORGANISATION and f"organisation:{user.id}" != ORGANISATION_OBJECT):
            return _meaningless(entry)
        kind, permission, is_passed_on = said
        terms = _terms(entry, user, is_passed_on=is_passed_on)
        if isinstance(terms, str):
            return terms
        principal = ORGANISATION if kind is PrincipalKind.ORGANISATION else Principal(kind, user.id)
        into.entry(principal, place)
        share = library.shares.setdefault(principal, Shared(place, terms))
        if share.terms != terms:
            return (
                f"an earlier tuple shares {entry.object} with {principal} on other terms; a share has one time for all"
            )
        share.permissions.add(permission)
        return None


def _terms(entry: TupleEntry, user: Name, *, is_passed_on: bool) -> Terms | str:
    """When a share counts and on whose word, or what is wrong with that."""
    include_children = user.restriction != "department#member"
    condition = entry.condition
    if condition is None:
        problem = f"who passed it on is missing; give the tuple the condition {PASSED_ON_LIVE}"
        return problem if is_passed_on else Terms(include_children=include_children)
    wanted = PASSED_ON_LIVE if is_passed_on else LIVE
    context = condition.context
    if condition.name != wanted or context is None or None in (context.starts_at, context.expires_at):
        return f"the condition of {entry.relation} is {wanted}, with starts_at and expires_at"
    if (context.granted_by is not None) is not is_passed_on:
        return "granted_by belongs to what was passed on, and only to that"
    return Terms(
        starts_at=None if context.starts_at in _NEVER else context.starts_at,
        expires_at=None if context.expires_at in _NEVER else context.expires_at,
        include_children=include_children,
        delegated_by=context.granted_by,
    )


def _owner(into: Collected, user: Name, thing: Name, place: str) -> str | None:
    library = into.thing(thing.id, place)
    into.person(user.id, place)
    if library.owner and library.owner != user.id:
        return f"user:{library.owner} owns library:{thing.id} already; one user does"
    library.owner, library.owner_place = user.id, place
    return None


def _of_organisation(into: Collected, user: Name, entry: TupleEntry, place: str) -> str | None:
    if entry.object != ORGANISATION_OBJECT:
        return f"{shown(entry.object)} is another organisation; a tenant has one, {ORGANISATION_OBJECT}"
    person = into.person(user.id, place)
    if entry.relation == "member":
        person.is_member = True
        person.state = "active" if person.state != "deactivated" else person.state
    else:
        person.state = "deactivated"
    return None


def _works_in(into: Collected, user: Name, thing: Name, place: str) -> str | None:
    into.departments.setdefault(thing.id, Entry(place))
    person = into.person(user.id, place)
    problem = _second(person.department, thing, user)
    person.department = thing.id
    return problem


def _has_role(into: Collected, user: Name, thing: Name, place: str) -> str | None:
    into.roles.setdefault(thing.id, Entry(place))
    person = into.person(user.id, place)
    problem = _second(person.role, thing, user)
    person.role = thing.id
    return problem


def _second(before: object, thing: Name, user: Name) -> str | None:
    if isinstance(before, str) and before != thing.id:
        return f"user:{user.id} is in {thing.type}:{before} already; a user has one {thing.type}"
    return None


def _child(into: Collected, below: Name, above: Name, place: str) -> str | None:
    into.departments.setdefault(above.id, Entry(place))
    parents = into.departments.setdefault(below.id, Entry(place)).parents
    parents[above.id] = None
    if len(parents) > 1:
        return f"department:{below.id} is below department:{next(iter(parents))} already; departments are a tree"
    return None


def _meaningless(entry: TupleEntry) -> str:
    return f"{shown(entry.user)} as {shown(entry.relation)} of {shown(entry.object)} is nothing that an export writes"
