"""The facts of many pairs from few calls: shares are read by keys, by principal, or by resource, whichever is less.

So a user with n libraries and p principals takes p queries, not n times p keys, and a resource with many users takes
one. Versions are read before shares. What was gathered is therefore true for whoever finds the versions unmoved later:
in the transaction that writes, or by `unmoved`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import msgspec

from entaku.core.errors import Unavailable
from entaku.modules.accounts import Directory, Hierarchies, Membership, Principal, UserProfile
from entaku.modules.sharing.access.evaluation import Source, reaches
from entaku.modules.sharing.access.truth import Facts, Pair
from entaku.modules.sharing.model import REACHED_MAX, SHARES_OF_LIBRARY_MAX, PrincipalShare, Share, Terms
from entaku.modules.sharing.shareable import Resource, Shareable
from entaku.table import Entity, Key, Query, Reader

KEYS_A_QUERY = 4
"""A query costs about as much as so many keys, its items left out."""
ITEMS_A_KEY = 4
"""So many items that come from a query cost about as much as one key."""

SharesByPlace = Mapping[tuple[Resource, Principal], Terms]


class Gathered(msgspec.Struct, frozen=True):
    """Facts, and the versions at which they are true."""

    directory: Directory
    facts: Mapping[Pair, Facts]
    """Empty where the directory had moved on before its hierarchy was read."""
    items: Mapping[Key[Any], Entity | None]
    """Directory, profiles and resources as they were read, before the shares."""


async def gather(table: Reader, hierarchies: Hierarchies, pairs: Sequence[Pair]) -> Gathered:
    """The facts of all these pairs. Raises Unavailable for a tenant that is not complete."""
    profiles = {pair.user_id: UserProfile.at(user_id=pair.user_id) for pair in pairs}
    things = {pair.resource: pair.at for pair in pairs}
    at = Directory.at()
    keys: list[Key[Any]] = [at, *profiles.values(), *things.values()]
    items: dict[Key[Any], Any] = dict(zip(keys, await table.find_many(keys), strict=True))
    directory: Directory | None = items[at]
    if directory is None:
        raise Unavailable(f"tenant {table.tenant_id!r} is not complete; finish its creation")
    hierarchy = await hierarchies.at(table, directory)
    if hierarchy is None:
        return Gathered(directory, {}, items)
    people: dict[str, UserProfile | None] = {user_id: items[key] for user_id, key in profiles.items()}
    known: dict[Resource, Shareable | None] = {resource: items[key] for resource, key in things.items()}
    ways = {u: () if p is None else hierarchy.memberships(p) for u, p in people.items()}
    begun = [Facts(known[pair.resource], people[pair.user_id], directory, hierarchy, ()) for pair in pairs]
    asking = [pair for pair, facts in zip(pairs, begun, strict=True) if facts.profile and not facts.is_owner]
    shares = await _shares(table, asking, ways, known)
    return Gathered(
        directory,
        {
            pair: facts if facts.is_owner else _with_shares(facts, pair.resource, ways[pair.user_id], shares)
            for pair, facts in zip(pairs, begun, strict=True)
        },
        items,
    )


async def unmoved(table: Reader, gathered: Gathered, pairs: Iterable[Pair]) -> set[Pair]:
    """Those of the pairs of which nothing has moved since: what was gathered of them was true at one instant."""
    wanted: dict[Pair, tuple[Key[Any], ...]] = {
        pair: (Directory.at(), UserProfile.at(user_id=pair.user_id), pair.at) for pair in pairs
    }
    keys = list(dict.fromkeys(key for each in wanted.values() for key in each))
    found = await table.find_many(keys)
    moved = {key for key, item in zip(keys, found, strict=True) if _version(item) != _version(gathered.items[key])}
    return {pair for pair, each in wanted.items() if moved.isdisjoint(each)}


def _with_shares(facts: Facts, resource: Resource, ways: Sequence[Membership], shares: SharesByPlace) -> Facts:
    sources = tuple(
        Source(membership, terms)
        for membership in ways
        if (terms := shares.get((resource, membership.principal))) is not None and reaches(membership, terms)
    )
    return msgspec.structs.replace(facts, sources=sources) if sources else facts


async def _shares(
    table: Reader,
    pairs: Sequence[Pair],
    ways: Mapping[str, Sequence[Membership]],
    things: Mapping[Resource, Shareable | None],
) -> SharesByPlace:
    """The terms of every share of these resources with a principal of these users, wherever they are read."""
    if not pairs:
        return {}
    resources = list(dict.fromkeys(pair.resource for pair in pairs))
    users = dict.fromkeys(pair.user_id for pair in pairs)
    principals = list(dict.fromkeys(membership.principal for user in users for membership in ways[user]))
    key_count = sum(len(ways[pair.user_id]) for pair in pairs)
    share_count = sum(sum(thing.share_counts.values()) for each in resources if (thing := things[each]) is not None)
    by_resource = KEYS_A_QUERY * len(resources) + share_count // ITEMS_A_KEY
    by_principal = KEYS_A_QUERY * len(principals)
    if key_count <= min(by_resource, by_principal):
        return await _by_key(table, pairs, ways)
    if by_resource <= by_principal:
        queries = [Share.of_resource(resource=resource) for resource in resources]
        at_most = 2 * SHARES_OF_LIBRARY_MAX
    else:
        queries = [PrincipalShare.of_principal(principal=principal) for principal in principals]
        at_most = REACHED_MAX
    found = await table.list_all(*cast("list[Query[Share]]", queries), at_most=at_most)
    return {(share.resource, share.principal): share.terms for each in found for share in each}


async def _by_key(table: Reader, pairs: Sequence[Pair], ways: Mapping[str, Sequence[Membership]]) -> SharesByPlace:
    wanted = list(dict.fromkeys((pair.resource, m.principal) for pair in pairs for m in ways[pair.user_id]))
    found = await table.find_many([Share.at(resource=resource, principal=principal) for resource, principal in wanted])
    return {place: share.terms for place, share in zip(wanted, found, strict=True) if share is not None}


def _version(item: Entity | None) -> int:
    return 0 if item is None else item.version
