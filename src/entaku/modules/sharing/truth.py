"""The one function that reads the truth about a person and a library, for checks, explanations and changes.

Versions first - library, profile, directory - then the shares of the person's principals, in one snapshot with the
versions again. If one has moved it starts anew. Two plain reads would not do: a check reads that u is in group H; u
leaves H; the library is shared with H; the check reads H's share: a grant that was never true.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast

import msgspec

from entaku.core.errors import Unavailable
from entaku.core.limits import ATTEMPTS_MAX, SNAPSHOT_KEYS_MAX
from entaku.modules.accounts import Directory, Hierarchies, Hierarchy, Membership, SharingPolicy, UserProfile, UserState
from entaku.modules.sharing.evaluation import (
    NO_ACCESS,
    OWNER_ACCESS,
    Access,
    Source,
    evaluate,
    next_transition,
    reaches,
)
from entaku.modules.sharing.model import Library, LibraryState, Resource, Share, library_resource
from entaku.table import Entity, Key, Reader

VERSIONED = 3
"""Library, profile and directory: read with every batch of shares."""


class Facts(msgspec.Struct, frozen=True):
    """Everything that decides what one person may do with one library, as it was at one instant."""

    library: Library | None
    profile: UserProfile | None
    directory: Directory
    hierarchy: Hierarchy
    sources: tuple[Source, ...]
    """Every share that reaches the person, nearest level first; future and ended ones too."""

    @property
    def policy(self) -> SharingPolicy:
        return self.directory.sharing_policy

    @property
    def is_owner(self) -> bool:
        return self.library is not None and self.profile is not None and self.library.owner == self.profile.user_id

    def access(self, now: datetime) -> Access:
        """What the person may do. Nobody reaches a deleted library, and a deactivated user reaches none."""
        if self.library is None or self.library.state is not LibraryState.ACTIVE:
            return NO_ACCESS
        if self.profile is None or self.profile.state is not UserState.ACTIVE:
            return NO_ACCESS
        if self.is_owner:
            return OWNER_ACCESS
        return evaluate(self.sources, now=now, policy=self.policy)

    def next_transition(self, now: datetime) -> datetime | None:
        """When the access may next change by itself; None for who has it, or lacks it, whatever the shares say."""
        active = self.profile is not None and self.profile.state is UserState.ACTIVE
        return next_transition(self.sources, after=now) if active and not self.is_owner else None


async def read_facts(table: Reader, hierarchies: Hierarchies, library_id: str, user_id: str) -> Facts:
    """The facts about a person and a library that may both not exist. Two calls, one more for every 94 principals, and
    those for a hierarchy that this process does not know yet; one call about an owner, who needs no share. A library
    that is not there takes as many as one that is, so that the time tells nothing. Raises Unavailable when nothing
    holds still."""
    keys = (Library.at(library_id=library_id), UserProfile.at(user_id=user_id), Directory.at())
    resource = library_resource(library_id)
    for _ in range(ATTEMPTS_MAX):
        library, profile, directory = await table.find_together(*keys)
        if directory is None:
            raise Unavailable(f"tenant {table.tenant_id!r} is not complete; finish its creation")
        hierarchy = await hierarchies.at(table, directory)
        if hierarchy is None:
            continue
        if profile is None or (library is not None and library.owner == user_id):
            return Facts(library, profile, directory, hierarchy, ())
        memberships = hierarchy.memberships(profile)
        before = (0 if library is None else library.version, profile.version, directory.version)
        shares = await _shares(table, keys, before, resource, memberships)
        if shares is not None:
            return Facts(library, profile, directory, hierarchy, _sources(memberships, shares))
    raise Unavailable(f"what decides about library {library_id!r} kept changing; try again in a moment")


async def _shares(
    table: Reader,
    versioned: tuple[Key[Library], Key[UserProfile], Key[Directory]],
    before: tuple[int, ...],
    resource: Resource,
    memberships: Sequence[Membership],
) -> list[Share | None] | None:
    """The library's share with each principal; None when a version is not what it was."""
    shares: list[Share | None] = []
    size = SNAPSHOT_KEYS_MAX - VERSIONED
    for start in range(0, len(memberships), size):
        wanted = [Share.at(resource=resource, principal=m.principal) for m in memberships[start : start + size]]
        keys = cast("list[Key[Entity]]", [*versioned, *wanted])
        found = await table.find_many(keys, snapshot=True)
        if tuple(0 if e is None else e.version for e in found[:VERSIONED]) != before:
            return None
        shares += cast("list[Share | None]", found[VERSIONED:])
    return shares


def _sources(memberships: Sequence[Membership], shares: Sequence[Share | None]) -> tuple[Source, ...]:
    return tuple(
        Source(membership, share.terms)
        for membership, share in zip(memberships, shares, strict=True)
        if share is not None and reaches(membership, share.terms)
    )
