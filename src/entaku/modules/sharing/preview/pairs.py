"""The pairs of users and resources that a change concerns, each with the facts without the change and with it.

A change of one resource concerns it and the users that were found for it. A change of people or of the directory
concerns whatever is shared with something that a user comes to be, or ceases to be; one that lets a user in or out,
everything that the user reaches; another policy, what reaches the user on several levels.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from entaku.modules.accounts import Membership, Principal, PrincipalKind, UserProfile
from entaku.modules.sharing.access.truth import Facts
from entaku.modules.sharing.model import REACHED_MAX, SHARES_OF_LIBRARY_MAX, Ownership, PrincipalShare, Share, Terms
from entaku.modules.sharing.preview.comparing import facts_of
from entaku.modules.sharing.preview.foreseen import Foreseen, Shared
from entaku.modules.sharing.shareable import Resource, ResourceKinds, Shareable
from entaku.table import Reader

QUERIES_AT_ONCE = 100
"""Principals, owners or resources of which everything is read together."""


class Concerned(msgspec.Struct, frozen=True):
    """A user without the change, and with it."""

    profile: UserProfile
    memberships: Sequence[Membership]
    profile_after: UserProfile | None
    memberships_after: Sequence[Membership]

    @property
    def principals(self) -> set[Principal]:
        """Everything that the user is or comes to be."""
        return {membership.principal for membership in (*self.memberships, *self.memberships_after)}

    @property
    def moved(self) -> set[Principal]:
        """What the user comes to be or ceases to be, or is in another way: what is not for those below may follow."""
        before = {(membership.principal, membership.is_direct) for membership in self.memberships}
        after = {(membership.principal, membership.is_direct) for membership in self.memberships_after}
        return {principal for principal, _ in before ^ after}

    @property
    def is_let_in_or_out(self) -> bool:
        return self.profile_after is None or self.profile_after.state is not self.profile.state


class PairFacts(msgspec.Struct, frozen=True):
    """One user and one resource."""

    profile: UserProfile
    thing: Shareable
    before: Facts
    after: Facts


def concerned_by(foreseen: Foreseen, profile: UserProfile) -> Concerned:
    after = foreseen.profile_after(profile)
    return Concerned(
        profile,
        foreseen.hierarchy.memberships(profile),
        after,
        () if after is None else foreseen.hierarchy_after.memberships(after),
    )


def pair_of_subject(foreseen: Foreseen, user: Concerned) -> PairFacts:
    """The user and the one resource that the change is about."""
    subject = foreseen.subject
    assert subject is not None, "the change is about one resource"
    return _pair(foreseen, user, subject.thing, subject.shares, subject.thing_after, subject.shares_after)


class Reaching:
    """What users reach, read for as many of them together as one page holds. One object serves one walk.

    Where few resources are concerned and many people, all shares of the resources are read; where it is the other way
    round, everything that is shared with what the people are. What was read once is not read again.
    """

    def __init__(self, reader: Reader, kinds: ResourceKinds, foreseen: Foreseen) -> None:
        self._reader, self._kinds, self._foreseen = reader, kinds, foreseen
        self._of_principal: dict[Principal, Mapping[Resource, Terms]] = {}
        self._of_resource: dict[Resource, Shared] = {}
        self._owned: dict[str, list[Resource]] = {}
        self._things: dict[Resource, Shareable] = {}

    async def read(self, users: Sequence[Concerned]) -> None:
        """Reads what `pairs` needs: shares, then the resources that are concerned."""
        wide = [user for user in users if self._is_wide(user)]
        narrow = [user for user in users if user.moved and not self._is_wide(user)]
        await self._read_principals([user.principals for user in wide] + [user.moved for user in narrow])
        unread = set[Resource]().union(*(self._resources(user) for user in narrow)) - self._of_resource.keys()
        principals = set[Principal]().union(*(user.principals for user in narrow)) - self._of_principal.keys()
        if len(unread) <= len(principals):
            await self._read_shares(sorted(unread))
        else:
            await self._read_principals([principals])
        await self._read_owned([user.profile.user_id for user in wide if user.is_let_in_or_out])
        missing = set[Resource]().union(*(self._resources(user) for user in users)) - self._things.keys()
        keys = [kind.at(each.id) for each in sorted(missing) if (kind := self._kinds.find(each.kind)) is not None]
        for thing in await self._reader.find_many(keys):
            if thing is not None:
                self._things[thing.resource] = thing

    def pairs(self, user: Concerned) -> Iterator[PairFacts]:
        """The pairs of a user who was read, by resource."""
        for resource in sorted(self._resources(user), key=str):
            thing, shares = self._things.get(resource), self._of_resource.get(resource)
            if thing is None:
                continue
            if shares is None:
                shares = {p: terms for p in user.principals if (terms := self._of_principal[p].get(resource))}
            yield _pair(self._foreseen, user, thing, shares, thing, shares)

    async def _read_principals(self, wanted: Iterable[set[Principal]]) -> None:
        """Everything that is shared with the principals."""
        principals = sorted(set[Principal]().union(*wanted) - self._of_principal.keys())
        for start in range(0, len(principals), QUERIES_AT_ONCE):
            part = principals[start : start + QUERIES_AT_ONCE]
            queries = (PrincipalShare.of_principal(principal=principal) for principal in part)
            for principal, twins in zip(part, await self._reader.list_all(*queries, at_most=REACHED_MAX), strict=True):
                self._of_principal[principal] = {twin.resource: twin.terms for twin in twins}

    async def _read_shares(self, resources: Sequence[Resource]) -> None:
        """All shares of the resources."""
        for start in range(0, len(resources), QUERIES_AT_ONCE):
            part = resources[start : start + QUERIES_AT_ONCE]
            queries = (Share.of_resource(resource=resource) for resource in part)
            found = await self._reader.list_all(*queries, at_most=2 * SHARES_OF_LIBRARY_MAX)
            for resource, shares in zip(part, found, strict=True):
                self._of_resource[resource] = {share.principal: share.terms for share in shares}

    async def _read_owned(self, owners: Sequence[str]) -> None:
        for start in range(0, len(owners), QUERIES_AT_ONCE):
            part = owners[start : start + QUERIES_AT_ONCE]
            queries = (Ownership.of_owner(owner=each) for each in part)
            for owner, found in zip(part, await self._reader.list_all(*queries, at_most=REACHED_MAX), strict=True):
                self._owned[owner] = [each.resource for each in found]

    def _resources(self, user: Concerned) -> set[Resource]:
        """Those that the change may make another to the user."""
        if self._is_whole(user):
            found = {resource for principal in user.principals for resource in self._of_principal[principal]}
            return found.union(self._owned.get(user.profile.user_id, ()))
        found = {resource for principal in user.moved for resource in self._of_principal[principal]}
        if is_other_policy(self._foreseen):
            # Shares of one level add up in the same way under every policy.
            levels: dict[Resource, set[PrincipalKind]] = {}
            for principal in user.principals:
                for resource in self._of_principal[principal]:
                    levels.setdefault(resource, set()).add(principal.kind)
            found |= {resource for resource, kinds in levels.items() if len(kinds) > 1}
        return found

    def _is_wide(self, user: Concerned) -> bool:
        """Whether everything is read that is shared with what the user is."""
        return self._is_whole(user) or is_other_policy(self._foreseen)

    def _is_whole(self, user: Concerned) -> bool:
        """Whether everything is concerned that the user reaches."""
        return user.is_let_in_or_out or self._foreseen.is_by_itself


def is_other_policy(foreseen: Foreseen) -> bool:
    """Whether shares of several levels would add up in another way."""
    return foreseen.directory.sharing_policy is not foreseen.directory_after.sharing_policy


def _pair(
    foreseen: Foreseen, user: Concerned, thing: Shareable, shares: Shared, thing_after: Shareable, shares_after: Shared
) -> PairFacts:
    directory, directory_after = foreseen.directory, foreseen.directory_after
    before = facts_of(thing, user.profile, directory, foreseen.hierarchy, user.memberships, shares)
    after = facts_of(
        thing_after, user.profile_after, directory_after, foreseen.hierarchy_after, user.memberships_after, shares_after
    )
    return PairFacts(user.profile, thing, before, after)
