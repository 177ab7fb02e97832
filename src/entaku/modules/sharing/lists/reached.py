"""What a user reaches, worked out from shares and libraries that were read together. Pure functions of values; where a
list is of another kind of resource, a library is a thing of that kind.

A library that reaches a user through one share only, which neither starts nor ends, looks the same to everybody whom
that share reaches. So its entry in a list is made once, kept beside the share, and serves the lists of all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from entaku.modules.accounts import Membership, SharingPolicy
from entaku.modules.sharing.access.evaluation import (
    OWNER_ACCESS,
    Access,
    AccessType,
    Source,
    evaluate,
    first_lack,
    left_of,
    next_transition,
    reaches,
)
from entaku.modules.sharing.lifecycle import LEFT
from entaku.modules.sharing.model import Permission, Terms, in_order
from entaku.modules.sharing.shareable import ResourceState
from entaku.table import fold

SORTED_BYTES_MAX = 400
"""Of a name, as it sorts: as many as the table's own key of it holds. A cursor holds them too, so it stays short."""


class ReachedLibrary(msgspec.Struct, frozen=True, kw_only=True):
    """A library in somebody's list."""

    library_id: str
    name: str | None
    """None, as are owner and grantor, where all shares have ended and who asks may not know of the library any more."""
    owner: str | None
    permissions: tuple[Permission, ...]
    """In the order read, write, delete, share; empty for one whose shares have all ended."""
    access_type: AccessType
    granted_at: datetime
    """The earliest grant that counts; for an owner when the library was created."""
    granted_by: str | None
    """Who granted that."""
    expires_at: datetime | None = None
    """When one of these permissions ends, as things stand now; past for one that has ended."""
    state: ResourceState | None = ResourceState.ACTIVE
    """`archived` is only read; None where the name is."""


class ListedLibrary(msgspec.Struct, frozen=True):
    """What of a library a list shows or depends on."""

    library_id: str
    name: str
    folded_name: str
    """As names are searched."""
    sorts_as: str
    """The beginning of that."""
    owner: str
    begun_at: datetime
    state: ResourceState
    is_discoverable: bool


class Shown(Protocol):
    """What of a library lists are made of, wherever it was read."""

    @property
    def name(self) -> str: ...
    @property
    def owner(self) -> str: ...
    @property
    def begun_at(self) -> datetime: ...
    @property
    def is_discoverable(self) -> bool: ...
    @property
    def state(self) -> ResourceState: ...


def listed(library: Shown, library_id: str) -> ListedLibrary:
    """A library, or a thing of another kind, as lists know it."""
    folded = fold(library.name)
    return ListedLibrary(
        library_id=library_id,
        name=library.name,
        folded_name=folded,
        sorts_as=sorting_beginning(folded),
        owner=library.owner,
        begun_at=library.begun_at,
        state=library.state,
        is_discoverable=library.is_discoverable,
    )


def sorting_beginning(folded: str) -> str:
    """As much of a folded text as lists sort by: a cursor holds it."""
    if len(folded) * 4 <= SORTED_BYTES_MAX:
        return folded
    return folded.encode()[:SORTED_BYTES_MAX].decode(errors="ignore")


class SharedLibrary:
    """That a library is shared with a principal, on which terms, and the entry in a list that this makes by itself."""

    __slots__ = ("_made", "_made_of", "library_id", "terms")

    def __init__(self, library_id: str, terms: Terms) -> None:
        self.library_id, self.terms = library_id, terms
        self._made: ReachedLibrary | None = None
        self._made_of: ListedLibrary | None = None

    @property
    def is_lasting(self) -> bool:
        """Whether no clock decides about it."""
        return self.terms.starts_at is None and self.terms.expires_at is None

    def reached(self, library: ListedLibrary, membership: Membership) -> ReachedLibrary:
        """The entry of a user whom this share alone reaches, by this principal, for good."""
        if self._made is None or self._made_of is not library:
            terms, kind = self.terms, membership.principal.kind.value
            access = Access(terms.permissions, kind, (Source(membership, terms),))
            self._made, self._made_of = _reached(library, left_of(access, library.state), None), library
        return self._made


Ways = Sequence[tuple[Membership, SharedLibrary]]
"""The shares by which one library reaches one user, nearest level first."""


def ways_by_library(
    owned: Iterable[str], shared: Iterable[tuple[Membership, Iterable[SharedLibrary]]]
) -> Mapping[str, Ways]:
    """Every library that may be in the list, and how it gets there; owned ones need no share."""
    found: dict[str, list[tuple[Membership, SharedLibrary]]] = {library_id: [] for library_id in owned}
    for membership, libraries in shared:
        for library in libraries:
            if reaches(membership, library.terms):
                found.setdefault(library.library_id, []).append((membership, library))
    return found


def reached_libraries(
    user_id: str,
    libraries: Iterable[tuple[ListedLibrary | None, Ways]],
    *,
    policy: SharingPolicy,
    now: datetime,
    include_expired: bool,
    tells_all: bool,
) -> tuple[list[tuple[ListedLibrary, ReachedLibrary]], datetime | None]:
    """What an active user reaches, in no order, and the instant until which that is right if nothing is written.

    `tells_all` also names what the user may not know of any more.
    """
    found: list[tuple[ListedLibrary, ReachedLibrary]] = []
    transitions: list[datetime] = []
    for library, ways in libraries:
        if library is None or not LEFT[library.state]:
            continue
        if library.owner == user_id:
            found.append((library, _reached(library, left_of(OWNER_ACCESS, library.state), None)))
        elif len(ways) == 1 and ways[0][1].is_lasting:
            membership, shared = ways[0]
            found.append((library, shared.reached(library, membership)))
        else:
            sources = [Source(membership, shared.terms) for membership, shared in ways]
            transition = next_transition(sources, after=now)
            if transition is not None:
                transitions.append(transition)
            access = left_of(evaluate(sources, now=now, policy=policy), library.state)
            if access.is_any:
                lost_at = first_lack(sources, access.permissions, now=now, policy=policy) if transition else None
                found.append((library, _reached(library, access, lost_at)))
            elif include_expired and any(source.terms.has_ended(now) for source in sources):
                found.append(_ended(library, sources, now, is_told=tells_all or library.is_discoverable))
    return found, min(transitions, default=None)


def _reached(library: ListedLibrary, access: Access, lost_at: datetime | None) -> ReachedLibrary:
    earliest = min((source.terms for source in access.winning), key=lambda terms: terms.granted_at, default=None)
    assert access.access_type is not None
    return ReachedLibrary(
        library_id=library.library_id,
        name=library.name,
        owner=library.owner,
        permissions=in_order(access.permissions),
        access_type=access.access_type,
        granted_at=library.begun_at if earliest is None else earliest.granted_at,
        granted_by=library.owner if earliest is None else earliest.granted_by,
        expires_at=lost_at,
        state=library.state,
    )


def _ended(
    library: ListedLibrary, sources: Iterable[Source], now: datetime, *, is_told: bool
) -> tuple[ListedLibrary, ReachedLibrary]:
    """The library as it is shown when all that reached it has ended: the share that ended last, the nearest of several,
    the earliest granted of those. Where its name may not be told, its place in the list and a search must not tell it
    either, so it stands there as one without a name."""
    ended = [source for source in sources if source.terms.has_ended(now)]
    latest = max((source.terms.expires_at, -source.level) for source in ended)
    last = min(
        (source for source in ended if (source.terms.expires_at, -source.level) == latest),
        key=lambda source: source.terms.granted_at,
    )
    entry = ReachedLibrary(
        library_id=library.library_id,
        name=library.name if is_told else None,
        owner=library.owner if is_told else None,
        permissions=(),
        access_type=last.principal.kind.value,
        granted_at=last.terms.granted_at,
        granted_by=last.terms.granted_by if is_told else None,
        expires_at=last.terms.expires_at,
        state=library.state if is_told else None,
    )
    if is_told:
        return library, entry
    return msgspec.structs.replace(library, name="", folded_name="", sorts_as="", owner=""), entry
