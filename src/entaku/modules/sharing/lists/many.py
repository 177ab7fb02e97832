"""The lists of many users at once, from the truth as it was at one instant.

Whatever several of them need is read once: the shares of a group, a library. So a hundred lists take about as many
calls of the table as a few do. Each is the one that `Lists` shows, and its cursor goes on there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

import msgspec

from entaku.core.clock import Clock
from entaku.core.context import Actor
from entaku.core.errors import Invalid
from entaku.core.ids import check_id
from entaku.modules.accounts import Directory, Hierarchies, Hierarchy, Principal, UserProfile, UserState, check_there
from entaku.modules.sharing.lists.cutting import page_of
from entaku.modules.sharing.lists.facts import with_hierarchy
from entaku.modules.sharing.lists.from_truth import reached_from_truth
from entaku.modules.sharing.lists.model import (
    ListRequest,
    Reached,
    ReachedPage,
    WholeList,
    check_may_list,
    check_request,
    tells_all,
)
from entaku.modules.sharing.lists.reached import ListedLibrary, SharedLibrary, listed
from entaku.modules.sharing.model import REACHED_MAX, Ownership, PrincipalShare
from entaku.modules.sharing.shareable import ResourceKind
from entaku.table import Entity, Key, Query, Reader, Table

USERS_LISTED_MAX = 100
LIBRARIES_READ_MAX = 50_000
"""Libraries that all of these users may reach together: they are read whole."""
LISTINGS_AT_ONCE = 100
"""Listings that are read in one call: what each user owns, and what each principal has shares of."""


class ListsOfUsers(msgspec.Struct, frozen=True, kw_only=True):
    """The first page of each list."""

    pages: tuple[ReachedPage, ...]
    """In the order in which the users were named."""
    missing: tuple[str, ...]
    """Those of them who are not there."""


class ManyLists:
    """First pages of the lists of several users."""

    def __init__(self, table: Table, hierarchies: Hierarchies, clock: Clock, kind: ResourceKind[Any]) -> None:
        self._table, self._hierarchies, self._clock, self._kind = table, hierarchies, clock, kind

    async def of_users(self, actor: Actor, user_ids: Sequence[str], request: ListRequest) -> ListsOfUsers:
        """The first page for each of up to 100 users, each named once; for administrators, or about oneself alone.

        All of it was true at one instant. A call reads up to 100 items, or 100 listings by pages of 200: one or two for
        the users, one for every hundred users and principals that they are, and one for every hundred libraries.

        Raises Forbidden, Invalid for what does not fit, and where together they may reach more than 50,000 libraries.
        """
        if not 0 < len(user_ids) <= USERS_LISTED_MAX:
            raise Invalid(f"a batch holds 1 to {USERS_LISTED_MAX} users, not {len(user_ids)}; send it in parts")
        for user_id in user_ids:
            check_may_list(actor, check_id(user_id, "user"))
        check_request(request)
        if request.cursor is not None:
            raise Invalid("these are first pages; send a cursor to the list of its user")
        table, now = self._table.for_tenant(actor.tenant_id), self._clock.now()
        everything = tells_all(actor, request)
        lists = await table.snapshot(lambda reader: self._reached(reader, user_ids, request, now, everything))
        return ListsOfUsers(
            pages=tuple(page_of(table, self._kind, each, request) for each in lists.values() if each is not None),
            missing=tuple(user_id for user_id, each in lists.items() if each is None),
        )

    async def _reached(
        self, reader: Reader, user_ids: Sequence[str], request: ListRequest, now: datetime, everything: bool
    ) -> dict[str, Reached | None]:
        """None for each user who is not there."""
        facts = FactsOfMany(reader, self._hierarchies, self._kind)
        await facts.read(user_ids)
        return {
            user_id: await reached_from_truth(
                facts,
                WholeList(user_id=user_id, now=now, include_expired=request.include_expired, tells_all=everything),
            )
            if facts.has(user_id)
            else None
            for user_id in user_ids
        }


class FactsOfMany:
    """What the lists of several users are made of: read together, then answered as a list asks for it."""

    def __init__(self, reader: Reader, hierarchies: Hierarchies, kind: ResourceKind[Any]) -> None:
        self._reader, self._hierarchies, self._kind = reader, hierarchies, kind
        self._profiles: dict[str, UserProfile] = {}
        self._directory: tuple[Directory, Hierarchy] | None = None
        self._owned: dict[str, list[str]] = {}
        self._shared: dict[Principal, tuple[SharedLibrary, ...]] = {}
        self._libraries: Mapping[str, ListedLibrary | None] = {}

    async def read(self, user_ids: Iterable[str]) -> None:
        """Raises Unavailable while the directory does not hold still, Invalid for too many libraries."""
        keys = [Directory.at(), *(UserProfile.at(user_id=user_id) for user_id in user_ids)]
        directory, *profiles = await self._reader.find_many(cast("list[Key[Entity]]", keys))
        found = cast("Directory | None", directory)
        self._directory = _, hierarchy = await with_hierarchy(self._reader, self._hierarchies, found)
        for profile in cast("list[UserProfile | None]", profiles):
            if profile is not None and profile.state is not UserState.DELETING:
                self._profiles[profile.user_id] = profile
        principals = {m.principal for profile in self._profiles.values() for m in hierarchy.memberships(profile)}
        await self._read_shares(sorted(principals))
        await self._read_libraries()

    async def _read_shares(self, principals: Sequence[Principal]) -> None:
        users = [*self._profiles]
        queries: list[Query[Any]] = [
            *(Ownership.of_owner(owner=user_id) for user_id in users),
            *(PrincipalShare.of_principal(principal=principal) for principal in principals),
        ]
        found: list[list[Any]] = []
        for start in range(0, len(queries), LISTINGS_AT_ONCE):
            part = queries[start : start + LISTINGS_AT_ONCE]
            found += await self._reader.list_all(*part, at_most=REACHED_MAX)
        ours = [[each for each in items if each.resource.kind == self._kind.name] for items in found]
        for user_id, owned in zip(users, ours[: len(users)], strict=True):
            self._owned[user_id] = [each.resource.id for each in owned]
        for principal, twins in zip(principals, ours[len(users) :], strict=True):
            self._shared[principal] = tuple(SharedLibrary(twin.resource.id, twin.terms) for twin in twins)

    async def _read_libraries(self) -> None:
        ids = {each for owned in self._owned.values() for each in owned}
        ids.update(each.library_id for shared in self._shared.values() for each in shared)
        if len(ids) > LIBRARIES_READ_MAX:
            raise Invalid(
                f"together these users may reach {len(ids)} of them, more than the {LIBRARIES_READ_MAX} that are read"
                " at once; name fewer users"
            )
        in_order = sorted(ids)
        things = await self._reader.find_many([self._kind.at(each) for each in in_order]) if in_order else []
        self._libraries = {
            each: None if thing is None else listed(thing, each) for each, thing in zip(in_order, things, strict=True)
        }

    def has(self, user_id: str) -> bool:
        return user_id in self._profiles

    async def profile_and_directory(self, user_id: str) -> tuple[UserProfile, Directory, Hierarchy]:
        """Raises NotFound for a user who is not there."""
        assert self._directory is not None, "it is read first"
        return check_there(self._profiles.get(user_id), user_id), *self._directory

    async def owned_and_shared(
        self, user_id: str, principals: Sequence[Principal]
    ) -> tuple[list[str], list[tuple[SharedLibrary, ...]]]:
        return self._owned[user_id], [self._shared[principal] for principal in principals]

    async def libraries(self, library_ids: Iterable[str]) -> list[ListedLibrary | None]:
        return [self._libraries.get(each) for each in library_ids]
