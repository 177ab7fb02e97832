"""Reads the truth about pairs of people and resources, for checks, explanations and changes: one function for all.

Versions first - resource, profile, directory - then the shares of the person's principals, in one snapshot with the
versions again. If one has moved it starts anew. Two plain reads would not do: a check reads that u is in group H; u
leaves H; the library is shared with H; the check reads H's share: a grant that was never true.

Lists, which begin with a person and end with resources, read for themselves: `lists.facts`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

import msgspec

from entaku.core.errors import Unavailable
from entaku.core.limits import ATTEMPTS_MAX
from entaku.modules.accounts import Directory, Hierarchies, Hierarchy, Membership, SharingPolicy, UserProfile, UserState
from entaku.modules.sharing.access.evaluation import (
    NO_ACCESS,
    OWNER_ACCESS,
    Access,
    Source,
    evaluate,
    left_of,
    next_transition,
    reaches,
)
from entaku.modules.sharing.model import Share
from entaku.modules.sharing.shareable import Resource, ResourceKind, Shareable
from entaku.table import Key, Reader

Versioned: TypeAlias = tuple[Key[Any], Key[UserProfile], Key[Directory]]
"""Where everything about a pair has its versions: each change of a share is one of its resource, too."""


class Pair(msgspec.Struct, frozen=True):
    """A person and a resource between which access is asked for. Either may not exist."""

    user_id: str
    resource: Resource
    at: Key[Any]
    """Where the resource is."""


def pair_of(kind: ResourceKind[Any], thing_id: str, user_id: str) -> Pair:
    """Raises Invalid for what is no id of a resource."""
    return Pair(user_id, kind.resource(kind.check_id(thing_id)), kind.at(thing_id))


class Facts(msgspec.Struct, frozen=True):
    """Everything that decides what one person may do with one resource, as it was at one instant."""

    thing: Shareable | None
    """The resource itself."""
    profile: UserProfile | None
    directory: Directory
    hierarchy: Hierarchy
    sources: tuple[Source, ...]
    """Every share that reaches the person, nearest level first; future and ended ones too."""
    stopping_above: tuple[Source, ...] = ()
    """Shares with departments above the person that are not for those below them."""

    @property
    def policy(self) -> SharingPolicy:
        return self.directory.sharing_policy

    @property
    def is_owner(self) -> bool:
        return self.thing is not None and self.profile is not None and self.thing.owner == self.profile.user_id

    def access(self, now: datetime) -> Access:
        """What the person may do. Nobody reaches what is deleted, what is archived is read, and a deactivated user
        reaches none."""
        if self.thing is None or self.profile is None or self.profile.state is not UserState.ACTIVE:
            return NO_ACCESS
        granted = OWNER_ACCESS if self.is_owner else evaluate(self.sources, now=now, policy=self.policy)
        return left_of(granted, self.thing.state)

    def next_transition(self, now: datetime) -> datetime | None:
        """When the access may next change by itself; None for who has it, or lacks it, whatever the shares say."""
        is_active = self.profile is not None and self.profile.state is UserState.ACTIVE
        is_open = self.thing is not None and self.thing.is_open
        return next_transition(self.sources, after=now) if is_active and is_open and not self.is_owner else None

    def without_misses(self, now: datetime) -> Facts:
        """What may be told to somebody who does not manage the resource: of the shares only those that are live."""
        live = tuple(source for source in self.sources if source.terms.is_live(now))
        return msgspec.structs.replace(self, sources=live, stopping_above=())


async def read_facts(table: Reader, hierarchies: Hierarchies, pair: Pair) -> Facts:
    """The facts about one pair. Two calls, one more for every 94 principals of the person; one call about an owner."""
    return (await read_facts_of(table, hierarchies, [pair]))[pair]


async def read_facts_of(table: Reader, hierarchies: Hierarchies, pairs: Iterable[Pair]) -> dict[Pair, Facts]:
    """The facts about each pair, as they were at one instant; another instant for another pair, perhaps.

    All together take as few calls as hold what must be read: versions, and then, for those who are not the owner, the
    shares of their principals; and those for a hierarchy that this process does not know yet. A resource that is not
    there takes as many as one that is, so that the time tells nothing. Pairs of which something moved meanwhile are
    read again, without the others. Raises Unavailable when nothing holds still.
    """
    found: dict[Pair, Facts] = {}
    in_order = sorted(set(pairs), key=lambda pair: (pair.user_id, pair.resource))
    missing = {pair: _versioned(pair) for pair in in_order}
    for _ in range(ATTEMPTS_MAX):
        begun = await _without_shares(table, hierarchies, missing)
        found |= await _with_shares(table, begun, missing)
        missing = {pair: keys for pair, keys in missing.items() if pair not in found}
        if not missing:
            return found
    resource = next(iter(missing)).resource
    raise Unavailable(f"what decides about {resource} kept changing; try again in a moment")


async def _without_shares(table: Reader, hierarchies: Hierarchies, keys: Mapping[Pair, Versioned]) -> dict[Pair, Facts]:
    """The facts but for the shares. Pairs whose directory has moved on already are left out."""
    known: dict[int, Hierarchy | None] = {}
    begun: dict[Pair, Facts] = {}
    for pair, found in zip(keys, await table.find_bundles(keys.values()), strict=True):
        thing, profile, directory = found
        if directory is None:
            raise Unavailable(f"tenant {table.tenant_id!r} is not complete; finish its creation")
        if directory.version not in known:
            known[directory.version] = await hierarchies.at(table, directory)
        hierarchy = known[directory.version]
        if hierarchy is not None:
            begun[pair] = Facts(thing, profile, directory, hierarchy, ())
    return begun


async def _with_shares(table: Reader, begun: Mapping[Pair, Facts], keys: Mapping[Pair, Versioned]) -> dict[Pair, Facts]:
    """The facts with the shares, for those pairs of which no version had moved by the time the shares were read."""
    wanted = [(pair, membership) for pair, facts in begun.items() for membership in _memberships(facts)]
    shares = (Share.at(resource=pair.resource, principal=m.principal) for pair, m in wanted)
    read = await table.find_bundles((*keys[pair], share) for (pair, _), share in zip(wanted, shares, strict=True))
    before = {pair: _versions_of(facts.thing, facts.profile, facts.directory) for pair, facts in begun.items()}
    sources: dict[Pair, list[Source]] = {pair: [] for pair in begun}
    stopping: dict[Pair, list[Source]] = {pair: [] for pair in begun}
    moved = set[Pair]()
    for (pair, membership), (thing, profile, directory, share) in zip(wanted, read, strict=True):
        if _versions_of(thing, profile, directory) != before[pair]:
            moved.add(pair)
        elif share is not None:
            found = sources if reaches(membership, share.terms) else stopping
            found[pair].append(Source(membership, share.terms))
    return {
        pair: msgspec.structs.replace(facts, sources=tuple(sources[pair]), stopping_above=tuple(stopping[pair]))
        for pair, facts in begun.items()
        if pair not in moved
    }


def _memberships(facts: Facts) -> tuple[Membership, ...]:
    """The principals whose shares count. An owner needs none, and who is not there is nobody."""
    if facts.profile is None or facts.is_owner:
        return ()
    return facts.hierarchy.memberships(facts.profile)


def _versioned(pair: Pair) -> Versioned:
    return pair.at, UserProfile.at(user_id=pair.user_id), Directory.at()


def _versions_of(thing: Shareable | None, profile: UserProfile | None, directory: Directory | None) -> tuple[int, ...]:
    """0 for what is not there."""
    return (
        0 if thing is None else thing.version,
        0 if profile is None else profile.version,
        0 if directory is None else directory.version,
    )
