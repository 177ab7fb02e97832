"""What a user reaches, from rows: what is by reference is merged in, what is pending is evaluated from the truth.

Sources are merged, never results, and evaluated afterwards: so it does not matter which of them came from where. Where
a change of the user or of the directory around the user is pending, or more than a page of changes is, the whole list
is worked out from the truth.

What is pending is read first, and unwitnessed: it is the tenant's, and changes all the time. It is right all the same.
Let T be the instant at which the reading that counts began. A change before T was still pending when that was asked
for, and then its pairs are read from the truth; or it had been acknowledged, and then its rows had been settled, before
the rows were read. Everything else was the same at T, which is between two equal readings: profile, directory, rows,
what is by reference, and the truth of what is pending. So the list is that of T. A pair that was changed and changed
back around T counts as never changed, as everything does that comes and goes between two readings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import msgspec

from entaku.core.errors import Unavailable
from entaku.core.limits import PAGE_SIZE_MAX
from entaku.modules.accounts import (
    Directory,
    Hierarchies,
    Membership,
    Principal,
    SharingPolicy,
    UserProfile,
    UserState,
    check_there,
)
from entaku.modules.sharing.access.evaluation import reaches
from entaku.modules.sharing.lists.facts import DIRECTORY_CHANGES, ListFacts, with_hierarchy
from entaku.modules.sharing.lists.from_truth import reached_from_truth
from entaku.modules.sharing.lists.model import Reached, WholeList
from entaku.modules.sharing.lists.reached import ListedLibrary, SharedLibrary, Ways, listed, reached_libraries
from entaku.modules.sharing.model import REACHED_MAX, PrincipalShare, Share
from entaku.modules.sharing.rows.computing import is_by_reference
from entaku.modules.sharing.rows.model import ROWS_OF_USER_MAX, AccessRow, Concern, Pending, RowsState
from entaku.modules.sharing.rows.modes import Modes
from entaku.modules.sharing.shareable import ResourceKind
from entaku.table import Entity, Key, Query, Reader

PENDING_EVALUATED_MAX = PAGE_SIZE_MAX
"""With more than so many changes pending, a list is worked out from the truth."""
SHARES_LOOKED_AT_MAX = 2_000
"""Keys of shares that pending pairs may need; above it the list is worked out from the truth."""


class Read(msgspec.Struct, frozen=True):
    """What a list is made of, read at one instant."""

    memberships: Mapping[Principal, Membership]
    referred: frozenset[Principal]
    """The principals that are by reference, or whose mode is just changing."""
    rows: Mapping[str, AccessRow]
    """By id of the resource, tombstones left out."""
    twins: Sequence[PrincipalShare]
    """What is shared with the principals that are by reference."""
    dirty: frozenset[str]
    """Resources of which something is pending for this user."""


class RowLists:
    """Implements `lists.service.ByRows` for one kind of resource."""

    def __init__(self, hierarchies: Hierarchies, modes: Modes, kind: ResourceKind[Any]) -> None:
        self._hierarchies, self._modes, self._kind = hierarchies, modes, kind

    async def reached(self, reader: Reader, wanted: WholeList) -> Reached:
        """Three calls of the table at rest, one more where something is by reference; and those of the truth where it
        must."""
        pending = await reader.unwitnessed.list(Pending.all(), limit=PENDING_EVALUATED_MAX)
        keys = (UserProfile.at(user_id=wanted.user_id), Directory.at(), RowsState.at())
        profile, directory, state = cast(
            "tuple[UserProfile | None, Directory | None, RowsState | None]",
            tuple(await reader.find_many(cast("list[Key[Entity]]", [*keys]))),
        )
        profile = check_there(profile, wanted.user_id)
        directory, hierarchy = await with_hierarchy(reader, self._hierarchies, directory)
        modes = await self._modes.at(reader, directory)
        if modes is None:
            raise Unavailable(DIRECTORY_CHANGES)
        memberships = {m.principal: m for m in hierarchy.memberships(profile)}
        read = None
        if state is not None and state.is_complete and pending.cursor is None:
            read = await self._read(reader, wanted.user_id, memberships, modes, pending.items)
        if read is None:
            return await self._from_truth(reader, wanted)
        return await self._evaluated(reader, wanted, profile, directory.sharing_policy, read)

    async def _from_truth(self, reader: Reader, wanted: WholeList) -> Reached:
        return await reached_from_truth(ListFacts(reader, self._hierarchies, self._kind), wanted)

    async def _read(
        self,
        reader: Reader,
        user_id: str,
        memberships: Mapping[Principal, Membership],
        modes: frozenset[Principal],
        pending: Sequence[Pending],
    ) -> Read | None:
        """None where only the truth will do."""
        if self._may_be_everything(pending, user_id, memberships):
            return None
        changing = {each.principals[0] for each in pending if each.concern is Concern.MODE}
        referred = frozenset(p for p in memberships if is_by_reference(p, modes) or p in changing)
        in_order = [principal for principal in memberships if principal in referred]
        queries = [
            AccessRow.of_user(user_id=user_id),
            *(PrincipalShare.of_principal(principal=principal) for principal in in_order),
        ]
        found = await reader.list_all(*cast("list[Query[Entity]]", queries), at_most=max(ROWS_OF_USER_MAX, REACHED_MAX))
        rows = {
            row.resource.id: row
            for row in cast("list[AccessRow]", found[0])
            if row.resource.kind == self._kind.name and not row.is_tombstone
        }
        twins = [
            twin
            for each in cast("list[list[PrincipalShare]]", found[1:])
            for twin in each
            if twin.resource.kind == self._kind.name
        ]
        dirty = self._dirty(pending, user_id, memberships, rows)
        if len(dirty) * (len(memberships) - len(referred)) > SHARES_LOOKED_AT_MAX:
            return None
        return Read(memberships, referred, rows, twins, dirty)

    def _may_be_everything(
        self, pending: Iterable[Pending], user_id: str, memberships: Mapping[Principal, Membership]
    ) -> bool:
        """Whether the user, or what the user is in, is elsewhere now, and rows do not know it yet."""
        return any(
            (each.concern is Concern.USER and user_id in each.users)
            or (each.concern is Concern.ENTRIES and any(p in memberships for p in each.principals))
            for each in pending
        )

    def _dirty(
        self,
        pending: Iterable[Pending],
        user_id: str,
        memberships: Mapping[Principal, Membership],
        rows: Mapping[str, AccessRow],
    ) -> frozenset[str]:
        """The resources of which something is pending for the user. While a mode is pending its principal counts as one
        by reference, and the policy is no part of a row."""
        return frozenset(
            each.resource.id
            for each in pending
            if each.resource is not None
            and each.resource.kind == self._kind.name
            and (
                each.resource.id in rows
                or each.is_opened
                or user_id in each.users
                or any(principal in memberships for principal in each.principals)
            )
        )

    async def _evaluated(
        self, reader: Reader, wanted: WholeList, profile: UserProfile, policy: SharingPolicy, read: Read
    ) -> Reached:
        ways: dict[str, list[tuple[Membership, SharedLibrary]]] = {}
        for each, row in read.rows.items():
            ways[each] = [] if each in read.dirty else _ways_of(row, read)
        for each in read.dirty:
            ways.setdefault(each, [])
        for membership, terms in await self._pending_shares(reader, read):
            ways[terms.library_id].append((membership, terms))
        for twin in read.twins:
            membership = read.memberships[twin.principal]
            if reaches(membership, twin.terms):
                way = (membership, SharedLibrary(twin.resource.id, twin.terms))
                ways.setdefault(twin.resource.id, []).append(way)
        libraries = await self._libraries(reader, ways, read)
        order = {principal: n for n, principal in enumerate(read.memberships)}
        in_order: list[Ways] = [sorted(each, key=lambda way: order[way[0].principal]) for each in ways.values()]
        found, valid_until = reached_libraries(
            wanted.user_id,
            zip(libraries, in_order, strict=True) if profile.state is UserState.ACTIVE else (),
            policy=policy,
            now=wanted.now,
            include_expired=wanted.include_expired,
            tells_all=wanted.tells_all,
        )
        principals = tuple(str(principal) for principal in read.memberships)
        return Reached(wanted.user_id, principals, frozenset(ways), found, valid_until)

    async def _pending_shares(self, reader: Reader, read: Read) -> list[tuple[Membership, SharedLibrary]]:
        """The shares of pending pairs with principals that are not by reference, from the truth."""
        wanted = [
            (membership, each)
            for each in sorted(read.dirty)
            for principal, membership in read.memberships.items()
            if principal not in read.referred
        ]
        keys = [Share.at(resource=self._kind.resource(each), principal=m.principal) for m, each in wanted]
        shares = await reader.find_many(keys) if keys else []
        return [
            (membership, SharedLibrary(each, share.terms))
            for (membership, each), share in zip(wanted, shares, strict=True)
            if share is not None and reaches(membership, share.terms)
        ]

    async def _libraries(self, reader: Reader, library_ids: Iterable[str], read: Read) -> list[ListedLibrary | None]:
        """As the rows know them; those that are pending, or have no row, from the truth."""
        known: dict[str, ListedLibrary | None] = {
            each: listed(row.thing, each) if (row := read.rows.get(each)) and each not in read.dirty else None
            for each in library_ids
        }
        missing = [each for each, library in known.items() if library is None]
        if missing:
            things = await reader.find_many([self._kind.at(each) for each in missing])
            known.update(
                (each, None if thing is None else listed(thing, each))
                for each, thing in zip(missing, things, strict=True)
            )
        return list(known.values())


def _ways_of(row: AccessRow, read: Read) -> list[tuple[Membership, SharedLibrary]]:
    """The sources of a row that count: not those of principals that are by reference by now."""
    return [
        (membership, SharedLibrary(row.resource.id, source.terms))
        for source in row.sources
        if source.principal not in read.referred and (membership := read.memberships.get(source.principal)) is not None
    ]
