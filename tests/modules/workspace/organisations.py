"""Organisations by number, full of shares that overlap: nested groups, trees of departments, times around an instant.

The same number is always the same organisation. Everybody reaches most libraries in several ways at once, which is what
the rules of sharing are about.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import TypeVar

from entaku.modules.accounts import ORGANISATION, Principal, PrincipalKind, individual
from entaku.modules.sharing import Permission
from entaku.modules.workspace import Department, Group, Library, Policy, Role, Share, User, Workspace

T = TypeVar("T")

PEOPLE, GROUPS, DEPARTMENTS, ROLES, LIBRARIES, SHARES = 12, 6, 7, 3, 6, 7
DEPUTY = "p0"
"""Who may do everything with most libraries but owns none, and passes them on."""
NEAR = [timedelta(milliseconds=ms) for ms in (-86_400_000, -1, 0, 1, 86_400_000)]
"""How far from the instant shares start and end."""


def organisation(number: int, policy: Policy, around: datetime) -> Workspace:
    """Shares start and end just before, at and just after the instant, or not at all."""
    random = Random(number)
    departments, roles, groups = (
        [f"{letter}{n}" for n in range(count)] for letter, count in (("d", DEPARTMENTS), ("r", ROLES), ("g", GROUPS))
    )
    people = [f"p{n}" for n in range(PEOPLE)]
    principals = [
        ORGANISATION,
        *(Principal(PrincipalKind.DEPARTMENT, each) for each in departments),
        *(Principal(PrincipalKind.ROLE, each) for each in roles),
        *(Principal(PrincipalKind.GROUP, each) for each in groups),
        *(individual(each) for each in people[1:]),
    ]
    return Workspace(
        name=f"Organisation {number}",
        policy=policy,
        departments=tuple(
            Department(id=each, name=each, parent=random.choice([*departments[:n], None]))
            for n, each in enumerate(departments)
        ),
        roles=tuple(Role(id=each, name=each) for each in roles),
        groups=tuple(
            Group(id=each, name=each, parents=tuple(_some(random, groups[:n], 2))) for n, each in enumerate(groups)
        ),
        users=tuple(
            User(
                id=each,
                name=each,
                state="deactivated" if each != DEPUTY and random.random() < 0.15 else "active",
                department=random.choice([*departments, None]),
                role=random.choice([*roles, None]),
                groups=tuple(_some(random, groups, 2)),
            )
            for each in people
        ),
        libraries=tuple(_library(random, f"l{n}", people, principals, around) for n in range(LIBRARIES)),
    )


def _library(
    random: Random, library_id: str, people: list[str], principals: list[Principal], around: datetime
) -> Library:
    owner = random.choice(people[1:])
    with_whom = random.sample([each for each in principals if each != individual(owner)], SHARES)
    deputy = Share(principal=individual(DEPUTY), permissions=tuple(Permission))
    shares = [_share(random, each, around) for each in with_whom]
    return Library(id=library_id, name=library_id, owner=owner, shares=(deputy, *shares))


def _share(random: Random, principal: Principal, around: datetime) -> Share:
    starts_at, expires_at = (around + random.choice(NEAR) if random.random() < 0.4 else None for _ in range(2))
    if starts_at is not None and expires_at is not None and expires_at <= starts_at:
        expires_at = None
    more = _some(random, [Permission.WRITE, Permission.DELETE, Permission.SHARE], 3)
    return Share(
        principal=principal,
        permissions=tuple(each for each in Permission if each is Permission.READ or each in more),
        starts_at=starts_at,
        expires_at=expires_at,
        include_children=principal.kind is not PrincipalKind.DEPARTMENT or random.random() < 0.6,
        delegated_by=DEPUTY if random.random() < 0.25 else None,
    )


def _some(random: Random, things: list[T], at_most: int) -> list[T]:
    return random.sample(things, min(len(things), random.randint(0, at_most)))
