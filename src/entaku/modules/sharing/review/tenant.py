"""Everything that decided access in a tenant at an instant, and what somebody reached by it.

What a user reached is worked out by the very functions that make lists of what is true now.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime

from entaku.modules.accounts import (
    Hierarchy,
    Membership,
    Principal,
    PrincipalKind,
    SharingPolicy,
    UserProfile,
)
from entaku.modules.sharing.access.evaluation import Source, evaluate
from entaku.modules.sharing.lists.reached import (
    ListedLibrary,
    ReachedLibrary,
    SharedLibrary,
    Ways,
    listed,
    reached_libraries,
    ways_by_library,
)
from entaku.modules.sharing.review.model import ReviewedAccess
from entaku.modules.sharing.review.past import PastThing
from entaku.modules.sharing.shareable import Resource


class PastKind:
    """All resources of one kind as they were, found by owner and by principal."""

    def __init__(self) -> None:
        self.things: dict[str, ListedLibrary] = {}
        self.owned: dict[str, list[str]] = defaultdict(list)
        self.shared: dict[Principal, list[SharedLibrary]] = defaultdict(list)

    def add(self, thing: PastThing) -> None:
        thing_id = thing.resource.id
        self.things[thing_id] = listed(thing, thing_id)
        self.owned[thing.owner].append(thing_id)
        for principal, terms in thing.shares.items():
            self.shared[principal].append(SharedLibrary(thing_id, terms))


class PastTenant:
    """A tenant as it was. Filled while the trails of its resources are read, and not changed afterwards."""

    def __init__(self, at: datetime, policy: SharingPolicy, hierarchy: Hierarchy, users_counted: int) -> None:
        """`users_counted`: how many users there are at present, so that whoever reads all trails knows of a gap."""
        self.at, self.policy, self.hierarchy, self.users_counted = at, policy, hierarchy, users_counted
        self._kinds: dict[str, PastKind] = defaultdict(PastKind)

    def add(self, thing: PastThing | None) -> None:
        """None, one that was not there, adds nothing."""
        if thing is not None:
            self._kinds[thing.resource.kind].add(thing)

    def people(self) -> frozenset[str] | None:
        """Who may reach anything, if that can be said without looking at everybody: owners and individuals."""
        kinds = self._kinds.values()
        principals = {principal for kind in kinds for principal in kind.shared}
        if any(principal.kind is not PrincipalKind.INDIVIDUAL for principal in principals):
            return None
        owners = {owner for kind in kinds for owner in kind.owned}
        return frozenset(owners | {principal.id for principal in principals})

    def reached_by(self, user: UserProfile) -> tuple[ReviewedAccess, ...]:
        """Everything an active user could reach, by kind and id."""
        return tuple(sorted(self._reached_by(user), key=lambda access: access.resource))

    def _reached_by(self, user: UserProfile) -> Iterator[ReviewedAccess]:
        memberships = self.hierarchy.memberships(user)
        for name, kind in self._kinds.items():
            ways = _ways(kind, user.user_id, memberships)
            rows, _ = reached_libraries(
                user.user_id,
                ((kind.things[each], ways[each]) for each in ways),
                policy=self.policy,
                now=self.at,
                include_expired=False,
                tells_all=True,
            )
            for _, row in rows:
                yield _access(user, Resource(name, row.library_id), row, self._via(row, ways[row.library_id]))

    def _via(self, row: ReachedLibrary, ways: Ways) -> tuple[str, ...]:
        """The principals that the permissions came from."""
        if row.access_type == "owner":
            return ()
        sources = [Source(membership, shared.terms) for membership, shared in ways]
        return tuple(str(source.principal) for source in evaluate(sources, now=self.at, policy=self.policy).winning)


def _ways(kind: PastKind, user_id: str, memberships: Iterable[Membership]) -> dict[str, Ways]:
    shared = [(membership, kind.shared.get(membership.principal, ())) for membership in memberships]
    return dict(ways_by_library(kind.owned.get(user_id, ()), shared))


def _access(user: UserProfile, resource: Resource, row: ReachedLibrary, via: tuple[str, ...]) -> ReviewedAccess:
    assert row.name is not None
    assert row.owner is not None
    assert row.granted_by is not None
    assert row.state is not None
    return ReviewedAccess(
        user_id=user.user_id,
        user_name=user.name,
        resource=resource,
        name=row.name,
        owner=row.owner,
        state=row.state,
        permissions=row.permissions,
        access_type=row.access_type,
        via=via,
        granted_at=row.granted_at,
        granted_by=row.granted_by,
        expires_at=row.expires_at,
    )
