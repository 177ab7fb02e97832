"""An organisation by its number of shares, the same on every machine: a tenth as many people, 3 libraries to 10 shares.

The policy is `union` and no share ends, since that is what every contender can be told.
"""

from __future__ import annotations

import random

from entaku.modules.accounts import ORGANISATION, Principal, PrincipalKind, individual
from entaku.modules.sharing import Permission
from entaku.modules.workspace import Department, Group, Library, Role, Share, User, Workspace

SEED = 29
OF_EVERYBODY_MAX = 20
"""Libraries shared with the whole organisation."""
PERMISSIONS = (
    (Permission.READ,),
    (Permission.READ,),
    (Permission.READ, Permission.WRITE),
    (Permission.READ, Permission.WRITE, Permission.DELETE),
    tuple(Permission),
)


def organisation(shares: int) -> Workspace:
    """So many shares, nearly: a library is shared with nobody twice."""
    chance = random.Random(SEED)
    people = [f"user-{n:05d}" for n in range(max(10, shares // 10))]
    departments = [f"department-{n:03d}" for n in range(max(3, len(people) // 25))]
    groups = [f"group-{n:04d}" for n in range(max(3, len(people) // 10))]
    roles = [f"role-{n:02d}" for n in range(12)]
    principals = [
        *(individual(each) for each in people),
        *(Principal(PrincipalKind.GROUP, each) for each in groups * 5),
        *(Principal(PrincipalKind.ROLE, each) for each in roles),
        *(Principal(PrincipalKind.DEPARTMENT, each) for each in departments * 3),
    ]
    libraries = [f"library-{n:05d}" for n in range(max(10, shares * 3 // 10))]
    wanted: dict[str, set[Principal]] = {each: set() for each in libraries}
    for each in libraries[:OF_EVERYBODY_MAX]:
        wanted[each].add(ORGANISATION)
    for _ in range(shares - OF_EVERYBODY_MAX):
        wanted[chance.choice(libraries)].add(chance.choice(principals))
    return Workspace(
        name="Benchmark",
        policy="union",
        departments=tuple(
            Department(id=each, name=each, parent=None if n < 3 else departments[(n - 1) // 3])
            for n, each in enumerate(departments)
        ),
        roles=tuple(Role(id=each, name=each) for each in roles),
        groups=tuple(
            Group(id=each, name=each, parents=(groups[n // 4],) if n and chance.random() < 0.5 else ())
            for n, each in enumerate(groups)
        ),
        users=tuple(
            User(
                id=each,
                name=each,
                department=chance.choice(departments),
                role=chance.choice(roles),
                groups=tuple(chance.sample(groups, 3)),
            )
            for each in people
        ),
        libraries=tuple(_library(each, chance.choice(people), wanted[each], chance) for each in libraries),
    )


def _library(library_id: str, owner: str, principals: set[Principal], chance: random.Random) -> Library:
    return Library(
        id=library_id,
        name=library_id,
        owner=owner,
        shares=tuple(
            Share(principal=each, permissions=chance.choice(PERMISSIONS))
            for each in sorted(principals - {individual(owner)})
        ),
    )
