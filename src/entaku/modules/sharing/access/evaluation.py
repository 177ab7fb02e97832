"""What a person may do with a library, from everything that grants it to them. Pure functions of values.

Order: the owner has everything; then individual, group, role, department, organisation. Under `precedence` the nearest
level that grants anything live decides, and within a level shares unite, however deep they are nested. Under `union`
all levels unite. Delegated shares are added to the result under either: they never lower anyone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from entaku.modules.accounts import Membership, Principal, PrincipalKind, SharingPolicy
from entaku.modules.sharing.lifecycle import LEFT
from entaku.modules.sharing.model import ALL_PERMISSIONS, Permission, Terms
from entaku.modules.sharing.shareable import ResourceState

AccessType = Literal["owner", "individual", "group", "role", "department", "organisation"]

LEVELS: dict[PrincipalKind, int] = {kind: level for level, kind in enumerate(PrincipalKind)}
"""0 is the nearest."""


class Source(msgspec.Struct, frozen=True):
    """One share that reaches a person, live or not, and how it does."""

    membership: Membership
    terms: Terms

    @property
    def principal(self) -> Principal:
        return self.membership.principal

    @property
    def level(self) -> int:
        return LEVELS[self.principal.kind]


class Access(msgspec.Struct, frozen=True):
    """What a person may do at an instant, and which sources it rests on."""

    permissions: frozenset[Permission]
    access_type: AccessType | None
    """The nearest level that counts; None without access."""
    winning: tuple[Source, ...] = ()
    """The sources that make up the permissions, nearest first; none for an owner."""

    @property
    def is_any(self) -> bool:
        return bool(self.permissions)


NO_ACCESS = Access(frozenset(), None)
OWNER_ACCESS = Access(ALL_PERMISSIONS, "owner")


def reaches(membership: Membership, terms: Terms) -> bool:
    """Whether a share with this principal is meant for somebody who is it in this way."""
    if membership.principal.kind is PrincipalKind.DEPARTMENT and not membership.is_direct:
        return terms.include_children
    return True


def evaluate(sources: Iterable[Source], *, now: datetime, policy: SharingPolicy) -> Access:
    """The access that shares give at an instant; ownership and deactivation are the caller's to know."""
    live = sorted((s for s in sources if s.terms.is_live(now)), key=lambda s: (s.level, s.principal.id))
    if not live:
        return NO_ACCESS
    deciding = [s for s in live if not s.terms.is_delegated]
    if deciding and policy is SharingPolicy.PRECEDENCE:
        nearest = deciding[0].level
        deciding = [s for s in deciding if s.level == nearest]
    farthest = max((s.level for s in deciding), default=-1)
    winning = tuple(s for s in live if s.terms.is_delegated or s.level <= farthest)
    permissions = frozenset[Permission]().union(*(s.terms.permissions for s in winning))
    return Access(permissions, winning[0].principal.kind.value, winning)


def left_of(access: Access, state: ResourceState) -> Access:
    """What the state of the resource leaves of what shares or ownership give."""
    at_most = LEFT[state]
    if access.permissions <= at_most:
        return access
    permissions = access.permissions & at_most
    return msgspec.structs.replace(access, permissions=permissions) if permissions else NO_ACCESS


def next_transition(sources: Iterable[Source], *, after: datetime) -> datetime | None:
    """The first later instant at which a source starts or ends; None when nothing changes any more."""
    instants = [
        instant
        for source in sources
        for instant in (source.terms.starts_at, source.terms.expires_at)
        if instant is not None and instant > after
    ]
    return min(instants, default=None)


def first_lack(
    sources: Sequence[Source], wanted: frozenset[Permission], *, now: datetime, policy: SharingPolicy
) -> datetime | None:
    """The first instant, now included, at which one of the wanted permissions is lacking; None when none ever is."""
    instant: datetime | None = now
    while instant is not None:
        if not wanted <= evaluate(sources, now=instant, policy=policy).permissions:
            return instant
        instant = next_transition(sources, after=instant)
    return None
