"""The organisation that tuples amount to, put together one by one, with the place in the file of everything in it."""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType

from entaku.modules.accounts import Principal, PrincipalKind
from entaku.modules.sharing import Permission
from entaku.modules.workspace.model import Department, Group, Library, Policy, Role, Share, State, User, Workspace
from entaku.modules.workspace.places import at_index, at_key


class Terms(msgspec.Struct, frozen=True):
    """What the tuples of one share have in common."""

    starts_at: datetime | None = None
    expires_at: datetime | None = None
    include_children: bool = True
    delegated_by: str | None = None


class Person:
    def __init__(self, place: str) -> None:
        self.place = place
        self.state: State | UnsetType = UNSET
        self.department: str | UnsetType | None = UNSET
        self.role: str | UnsetType | None = UNSET
        self.groups: dict[str, None] = {}
        self.is_member = False
        """Whether a tuple makes them one of the organisation."""


class Entry:
    """A department, role or group."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.parents: dict[str, None] = {}


class Shared:
    """A share, whose permissions come one by one."""

    def __init__(self, place: str, terms: Terms) -> None:
        self.place, self.terms = place, terms
        self.permissions: set[Permission] = set()


class Thing:
    """What becomes a library."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.owner, self.owner_place = "", place
        self.is_in_organisation = False
        self.shares: dict[Principal, Shared] = {}


class Collected:
    """Everything by id, in the order in which the file names it first."""

    def __init__(self) -> None:
        self.people: dict[str, Person] = {}
        self.departments: dict[str, Entry] = {}
        self.roles: dict[str, Entry] = {}
        self.groups: dict[str, Entry] = {}
        self.things: dict[str, Thing] = {}

    def person(self, user_id: str, place: str) -> Person:
        return self.people.setdefault(user_id, Person(place))

    def thing(self, thing_id: str, place: str) -> Thing:
        return self.things.setdefault(thing_id, Thing(place))

    def entry(self, principal: Principal, place: str) -> None:
        """Notes that there is the user, department, role or group."""
        match principal.kind:
            case PrincipalKind.INDIVIDUAL:
                self.person(principal.id, place)
            case PrincipalKind.DEPARTMENT:
                self.departments.setdefault(principal.id, Entry(place))
            case PrincipalKind.ROLE:
                self.roles.setdefault(principal.id, Entry(place))
            case PrincipalKind.GROUP:
                self.groups.setdefault(principal.id, Entry(place))
            case PrincipalKind.ORGANISATION:
                pass

    def workspace(self, name: str | None, policy: Policy) -> Workspace:
        """A store has no names, so everything is called by its id."""
        return Workspace(
            name=name,
            policy=policy,
            departments=tuple(
                Department(id=each, name=each, parent=next(iter(entry.parents), None))
                for each, entry in self.departments.items()
            ),
            roles=tuple(Role(id=each, name=each) for each in self.roles),
            groups=tuple(
                Group(id=each, name=each, parents=tuple(entry.parents)) for each, entry in self.groups.items()
            ),
            users=tuple(
                User(
                    id=each,
                    name=each,
                    state=person.state,
                    department=person.department,
                    role=person.role,
                    groups=tuple(person.groups),
                )
                for each, person in self.people.items()
            ),
            libraries=tuple(_library(each, thing) for each, thing in self.things.items()),
        )

    def places(self) -> dict[str, str]:
        """Where each part of the workspace stands in the file."""
        places: dict[str, str] = {}
        for part, entries in (
            ("departments", self.departments),
            ("roles", self.roles),
            ("groups", self.groups),
            ("users", self.people),
        ):
            places |= {at_index(part, index): entry.place for index, entry in enumerate(entries.values())}
        for index, thing in enumerate(self.things.values()):
            library = at_index("libraries", index)
            places |= {library: thing.place, at_key(library, "owner"): thing.owner_place}
            for position, share in enumerate(thing.shares.values()):
                places[at_index(at_key(library, "shares"), position)] = share.place
        return places


def _library(thing_id: str, thing: Thing) -> Library:
    return Library(
        id=thing_id,
        name=thing_id,
        owner=thing.owner,
        shares=tuple(
            Share(
                principal=principal,
                permissions=tuple(each for each in Permission if each in share.permissions),
                starts_at=share.terms.starts_at,
                expires_at=share.terms.expires_at,
                include_children=share.terms.include_children,
                delegated_by=share.terms.delegated_by,
            )
            for principal, share in thing.shares.items()
        ),
    )
