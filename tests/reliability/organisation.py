"""An organisation made up from a number: the same number makes the same one, at any size.

It has what an import finds hard: nested groups and departments, people in more groups than one change holds, people who
are deactivated in a second step, and libraries with more shares than one change holds.
"""

from __future__ import annotations

import random
from typing import Any

from entaku.modules.accounts import GROUP_CHANGES_MAX, ORGANISATION, Principal, PrincipalKind, individual
from entaku.modules.sharing import SHARES_CHANGED_MAX
from entaku.modules.workspace import PERMISSIONS, Department, Group, Library, Role, Share, User, Workspace

GROUPS = GROUP_CHANGES_MAX + 20
DEPARTMENTS, ROLES = 20, 8
EXAMPLE = "example.com"


def organisation(seed: int, *, users: int = 300, libraries: int = 60) -> Workspace:
    """A workspace without flaws."""
    chance = random.Random(seed)
    people = [_user(chance, number) for number in range(users)]
    return Workspace(
        policy=chance.choice(("precedence", "union")),
        departments=tuple(
            Department(
                id=f"d{number}",
                name=f"Department {number}",
                parent=f"d{chance.randrange(number)}" if number % 5 else None,
            )
            for number in range(DEPARTMENTS)
        ),
        roles=tuple(Role(id=f"r{number}", name=f"Role {number}") for number in range(ROLES)),
        groups=tuple(
            Group(
                id=f"g{number}",
                name=f"Group {number}",
                parents=tuple(sorted({f"g{chance.randrange(number // 3)}" for _ in range(2)})) if number > 5 else (),
            )
            for number in range(GROUPS)
        ),
        users=tuple(people),
        libraries=tuple(_library(chance, number, people) for number in range(libraries)),
    )


def _user(chance: random.Random, number: int) -> User:
    is_busy = number % 100 == 7
    groups = GROUP_CHANGES_MAX + 10 if is_busy else chance.randrange(5)
    return User(
        id=f"u{number}",
        name=f"Person {number}",
        email=f"u{number}@{EXAMPLE}" if number % 3 else None,
        level="tenant_admin" if number == 0 else "member",
        state="deactivated" if number % 17 == 16 else "active",
        department=f"d{chance.randrange(DEPARTMENTS)}",
        role=f"r{chance.randrange(ROLES)}" if chance.random() < 0.7 else None,
        groups=tuple(sorted(chance.sample([f"g{group}" for group in range(GROUPS)], groups))),
    )


def _library(chance: random.Random, number: int, people: list[User]) -> Library:
    owner = chance.choice([user for user in people if user.state == "active"])
    is_wide = number % 10 == 3
    count = 2 * SHARES_CHANGED_MAX + 5 if is_wide else chance.randrange(6)
    principals = {_principal(chance, people) for _ in range(count)} - {individual(owner.id)}
    return Library(
        id=f"l{number}",
        name=f"Library {number}",
        owner=owner.id,
        description="What belongs to it. " * chance.randrange(20),
        discoverable=chance.random() < 0.2,
        shares=tuple(_share(chance, principal) for principal in sorted(principals)),
    )


def _principal(chance: random.Random, people: list[User]) -> Principal:
    kind = chance.choice(tuple(PrincipalKind))
    ids: dict[PrincipalKind, Any] = {
        PrincipalKind.INDIVIDUAL: chance.choice(people).id,
        PrincipalKind.GROUP: f"g{chance.randrange(GROUPS)}",
        PrincipalKind.ROLE: f"r{chance.randrange(ROLES)}",
        PrincipalKind.DEPARTMENT: f"d{chance.randrange(DEPARTMENTS)}",
    }
    return Principal(kind, ids[kind]) if kind in ids else ORGANISATION


def _share(chance: random.Random, principal: Principal) -> Share:
    more = {permission for permission in PERMISSIONS[1:] if chance.random() < 0.3}
    return Share(
        principal=principal,
        permissions=tuple(permission for permission in PERMISSIONS if permission == "read" or permission in more),
        include_children=principal.kind is not PrincipalKind.DEPARTMENT or chance.random() < 0.5,
    )
