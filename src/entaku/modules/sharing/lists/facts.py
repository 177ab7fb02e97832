"""What lists are made of: what concerns one person is read, what many people share is remembered by this process.

Shares of groups, departments, roles and the organisation, libraries and the directory are each remembered by
themselves, so a renamed library costs the next list one read, however many lists show it. Only libraries are
remembered: lists of other kinds, where a library is a thing of that kind, are read each time. What is remembered is as
true as what is read: before it is used the change log is followed to its end, and a list counts only if nothing was
committed while the rest was read.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Iterable, Sequence
from typing import Any, TypeVar, cast

from entaku.core.errors import EntakuError, Unavailable
from entaku.modules.accounts import (
    Directory,
    Hierarchies,
    Hierarchy,
    Principal,
    PrincipalKind,
    UserProfile,
    check_there,
)
from entaku.modules.sharing.lists.reached import ListedLibrary, SharedLibrary, listed
from entaku.modules.sharing.model import (
    REACHED_MAX,
    Library,
    Ownership,
    PrincipalShare,
    Share,
)
from entaku.modules.sharing.shareable import ResourceKind
from entaku.table import Entity, EntityChange, Kept, Key, Query, Reader, Tail

T = TypeVar("T")

KINDS = ("USER", "DIRECTORY", "SHARE", "LIBRARY")
"""The kinds of entity whose changes can change a list."""

DIRECTORY_CHANGES = "the directory is changing; try again in a moment"
DIRECTORY_BYTES, LIBRARY_BYTES, SHARED_BYTES = 2_000, 1_200, 800
"""About what each takes in memory, with the entry it makes."""


class ListFacts:
    """Answers what a list asks for, each question in at most one call of the table. One object serves one reading."""

    def __init__(
        self,
        reader: Reader,
        hierarchies: Hierarchies,
        kind: ResourceKind[Any],
        kept: Kept[Any] | None = None,
        as_of: int = 0,
    ) -> None:
        self._reader, self._hierarchies, self._kind = reader, hierarchies, kind
        self._kept, self._as_of = kept, as_of
        self._tenant_id = reader.tenant_id

    async def profile_and_directory(self, user_id: str) -> tuple[UserProfile, Directory, Hierarchy]:
        """Raises NotFound for a user who is not there, Unavailable while the directory does not hold still."""
        directory: Directory | None = self._find("tenant", "")
        if directory is not None:
            profile = await self._reader.find(UserProfile.at(user_id=user_id))
        else:
            keys = cast("list[Key[Entity]]", [UserProfile.at(user_id=user_id), Directory.at()])
            found = await self._reader.find_many(keys)
            profile, directory = cast("tuple[UserProfile | None, Directory | None]", tuple(found))
        profile = check_there(profile, user_id)
        directory, hierarchy = await with_hierarchy(self._reader, self._hierarchies, directory)
        self._keep("tenant", "", directory, DIRECTORY_BYTES)
        return profile, directory, hierarchy

    async def owned_and_shared(
        self, user_id: str, principals: Sequence[Principal]
    ) -> tuple[list[str], list[tuple[SharedLibrary, ...]]]:
        """The ids of the libraries a user owns, and what is shared with each principal."""
        shared: list[tuple[SharedLibrary, ...] | None] = [self._find("principal", str(p)) for p in principals]
        missing = [n for n, libraries in enumerate(shared) if libraries is None]
        queries: list[Query[Any]] = [Ownership.of_owner(owner=user_id)]
        queries += [PrincipalShare.of_principal(principal=principals[n]) for n in missing]
        owned, *found = await self._reader.list_all(*queries, at_most=REACHED_MAX)
        for n, twins in zip(missing, found, strict=True):
            shared[n] = libraries = tuple(
                SharedLibrary(twin.resource.id, twin.terms) for twin in twins if twin.resource.kind == self._kind.name
            )
            if principals[n].kind is not PrincipalKind.INDIVIDUAL:
                self._keep("principal", str(principals[n]), libraries, SHARED_BYTES * (1 + len(libraries)))
        own_ids = [o.resource.id for o in owned if o.resource.kind == self._kind.name]
        return own_ids, cast("list[tuple[SharedLibrary, ...]]", shared)

    async def libraries(self, library_ids: Iterable[str]) -> list[ListedLibrary | None]:
        """The libraries in the order of the ids, None for each that is not there."""
        found: dict[str, ListedLibrary | None] = {each: self._find("library", each) for each in library_ids}
        missing = [library_id for library_id, library in found.items() if library is None]
        if missing:
            for library in await self._reader.find_many([self._kind.at(each) for each in missing]):
                if library is not None:
                    library_id = self._kind.id_of(library)
                    found[library_id] = known = listed(library, library_id)
                    self._keep("library", library_id, known, LIBRARY_BYTES)
        return list(found.values())

    def _find(self, kind: str, name: str) -> Any:
        return None if self._kept is None else self._kept.find((kind, self._tenant_id, name))

    def _keep(self, kind: str, name: str, value: object, weight: int) -> None:
        if self._kept is not None:
            key = (kind, self._tenant_id, name)
            self._kept.put(key, value, tags=(key,), weight=weight, as_of=self._as_of)


async def with_hierarchy(
    reader: Reader, hierarchies: Hierarchies, directory: Directory | None
) -> tuple[Directory, Hierarchy]:
    """The directory that was read, and its graph. Raises Unavailable while it does not hold still."""
    hierarchy = None if directory is None else await hierarchies.at(reader, directory)
    if directory is None or hierarchy is None:
        raise Unavailable(DIRECTORY_CHANGES)
    return directory, hierarchy


class ListMemory:
    """What this process remembers, on an engine that lets it follow its changes."""

    def __init__(self, tail: Tail, hierarchies: Hierarchies, kind: ResourceKind[Library], bytes_max: int) -> None:
        self._tail, self._hierarchies, self._kind = tail, hierarchies, kind
        self._kept = Kept[Any](tail, KINDS, moved_by, weight_max=bytes_max)

    async def attempt(self, table: Reader, collect: Callable[[ListFacts], Awaitable[T]]) -> tuple[T] | None:
        """One run of `collect`; None when something was committed meanwhile, so that it may have seen two states.

        Raises what `collect` raises, if that was certainly so.
        """
        await self._tail.catch_up()
        facts = ListFacts(table, self._hierarchies, self._kind, self._kept, self._tail.clock)
        as_of = self._tail.clock
        try:
            found = (await collect(facts),)
        except EntakuError:
            if self._held_still(as_of):
                raise
            return None
        return found if self._held_still(as_of) else None

    def _held_still(self, as_of: int) -> bool:
        """Whether nothing was told since, also to others who followed the log meanwhile, nor is there more to tell."""
        return self._tail.clock == as_of and self._tail.is_current()


def moved_by(change: EntityChange) -> list[Hashable]:
    """What a change has moved, as tags. A library's version moves with its shares too, which lists do not show."""
    tenant, entity = change.tenant_id, change.entity
    match entity:
        case UserProfile():
            return [("user", tenant, entity.user_id)]
        case Share():
            return [("principal", tenant, str(entity.principal))]
        case Library():
            library_id = entity.library_id
            before, after = (None if each is None else listed(each, library_id) for each in (change.old, change.new))
            if before is not None and before == after:
                return []
            owners = {library.owner for library in (change.old, change.new) if library is not None}
            return [("library", tenant, library_id), *(("user", tenant, owner) for owner in sorted(owners))]
        case _:
            return [("tenant", tenant, "")]
