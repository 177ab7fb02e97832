"""What is stored of a tenant's truth, and the same as the naive tenant has it on paper: two values to compare.

Both are plain dictionaries, so a difference shows what differs. Shares are compared with their twins, libraries with
the counts of their shares and the number of records in their trail.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, cast

from entaku.core.errors import NotFound
from entaku.modules.accounts import Directory, UserProfile, UserState, parse_principal
from entaku.modules.sharing import Library, Share
from entaku.modules.sharing.model import Ownership, PrincipalShare, Terms, library_resource
from entaku.modules.sharing.shareable import ResourceState
from entaku.table import BoundTable, Key
from tests.modules.sharing.histories import LIBRARIES, USERS
from tests.modules.sharing.naive import LEVELS, Naive, NaiveLibrary, NaiveShare, NaiveTerms
from tests.modules.sharing.world import World

Truth = dict[str, Any]
SHARES_MAX = 1_000


def truth_on_paper(naive: Naive) -> Truth:
    return {
        "people": {
            user: (person.is_active, person.department, person.role, frozenset(person.groups))
            for user, person in naive.people.items()
        },
        "departments": dict(naive.departments),
        "groups": {group: frozenset(parents) for group, parents in naive.groups.items()},
        "roles": frozenset(naive.roles),
        "is_union": naive.is_union,
        "libraries": {
            library: (known.name, known.owner, known.is_discoverable, _state(known), _counts(known))
            for library, known in naive.libraries.items()
            if not known.is_deleted
        },
        "shares": {library: dict(known.shares) for library, known in naive.libraries.items() if known.shares},
        "records": {library: known.records for library, known in naive.libraries.items() if known.records},
    }


async def truth_stored(world: World, naive: Naive) -> Truth:
    """Read item by item, from base items alone. Raises AssertionError where a share and its twin differ, or an owner
    and the item that says so."""
    table = world.app.table.for_tenant(world.tenant_id)
    hierarchy = await world.accounts.directory.hierarchy(world.actor())
    directory = await table.get(Directory.at())
    profiles = await table.find_many([UserProfile.at(user_id=user) for user in USERS])
    ids = sorted({*LIBRARIES, *naive.libraries})
    libraries = dict(zip(ids, await table.find_many([Library.at(library_id=each) for each in ids]), strict=True))
    found = await table.list_all(
        *(Share.of_resource(resource=library_resource(each)) for each in ids), at_most=SHARES_MAX
    )
    shares = {
        each: {str(share.principal): share.terms for share in some} for each, some in zip(ids, found, strict=True)
    }
    await _check_twins(table, shares)
    await _check_owners(table, libraries)
    return {
        "people": {
            p.user_id: (p.state is UserState.ACTIVE, p.department, p.role, p.groups)
            for p in profiles
            if p is not None and p.state is not UserState.DELETING
        },
        "departments": {each: entry.parent for each, entry in hierarchy.departments.items()},
        "groups": {each: entry.parents for each, entry in hierarchy.groups.items()},
        "roles": frozenset(hierarchy.roles),
        "is_union": directory.sharing_policy == "union",
        "libraries": {
            each: (library.name, library.owner, library.is_discoverable, library.state, _counted(library))
            for each, library in libraries.items()
            if library is not None and not library.is_gone
        },
        "shares": {
            each: {principal: _on_paper(terms) for principal, terms in some.items()}
            for each, some in shares.items()
            if some
        },
        "records": {each: count for each in naive.libraries if (count := await _records(world, each))},
    }


async def _records(world: World, library: str) -> int:
    try:
        return len(await world.audited(library))
    except NotFound:
        return 0  # Its creation did not come about, and there was none before it.


async def _check_twins(table: BoundTable, shares: dict[str, dict[str, Terms]]) -> None:
    named = [(each, principal) for each, some in shares.items() for principal in some]
    keys = [
        PrincipalShare.at(principal=parse_principal(principal), resource=library_resource(each))
        for each, principal in named
    ]
    twins = await table.find_many(keys) if keys else []
    differing = [
        name for name, twin in zip(named, twins, strict=True) if twin is None or twin.terms != shares[name[0]][name[1]]
    ]
    assert differing == [], "shares whose twins differ"


async def _check_owners(table: BoundTable, libraries: dict[str, Library | None]) -> None:
    wanted = {
        (user, each)
        for user in USERS
        for each, library in libraries.items()
        if library and not library.is_gone and library.owner == user
    }
    keys = [Ownership.at(owner=user, resource=library_resource(each)) for user in USERS for each in libraries]
    items = await table.find_many(cast("list[Key[Ownership]]", keys))
    assert {(item.owner, item.resource.id) for item in items if item is not None} == wanted, "who owns what"


def _state(known: NaiveLibrary) -> ResourceState:
    if known.kept_until is not None:
        return ResourceState.DELETED
    return ResourceState.ARCHIVED if known.is_archived else ResourceState.ACTIVE


def _counts(known: NaiveLibrary) -> dict[str, int]:
    return dict(Counter(principal.partition(":")[0] for principal in known.shares))


def _counted(library: Library) -> dict[str, int]:
    assert {*library.share_counts} <= {*LEVELS}
    return {kind: count for kind, count in library.share_counts.items() if count}


def _on_paper(terms: Terms) -> NaiveShare:
    permissions = frozenset(str(each) for each in terms.permissions)
    naive = NaiveTerms(permissions, terms.starts_at, terms.expires_at, terms.include_children)
    return NaiveShare(naive, terms.granted_by, terms.granted_at, terms.is_delegated)
