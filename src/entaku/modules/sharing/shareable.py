"""What can be shared: things with one owner, whose shares are counted on them. A library is one; modules bring others.

    class Dossier(Shareable, kind="DOSSIER", changes=True):
        dossier_id: str

        @key("DOSSIER#{dossier_id}", "METADATA")
        def at(*, dossier_id: str): "One dossier."

Named as a resource kind of its module, it is shared, checked, explained and listed by the functions that do it for
libraries: `sharing.of(Dossier)`.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar, cast

import msgspec

from entaku.core.errors import Invalid
from entaku.core.ids import check_id, shown
from entaku.core.languages import Language
from entaku.table import Entity, Key, changed
from entaku.table.entity import info_of

S = TypeVar("S", bound="Shareable")

_NAME = re.compile(r"[a-z][a-z_]{0,39}")


class Resource(msgspec.Struct, frozen=True, order=True):
    """Something that can be shared, as in `library:handbook`."""

    kind: str
    """Small letters and `_`."""
    id: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


class ResourceState(enum.StrEnum):
    """What may be done in each, and how one follows another: `lifecycle`."""

    ACTIVE = "active"
    ARCHIVED = "archived"
    """In the same lists as before, and only read: by its owner, too."""
    DELETED = "deleted"
    """In the bin: in nobody's list and open to nobody, with all its shares. It can be restored until it is purged."""
    PURGING = "purging"
    """Its shares are being removed, and nothing brings it back. Without any it is gone, and its id is free."""


class Deletion(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a resource in the bin."""

    deleted_at: datetime
    purge_at: datetime
    """From this instant on it cannot be restored, and is removed for good."""
    was: ResourceState
    """What it was before, and is again when it is restored."""


class Shareable(Entity):
    """A thing that is shared. Every change that a list or a check can show advances its version.

    What it is made of beside these fields is its module's affair. All of it goes into the audit trail when it changes,
    so what is large is an entity of its own.
    """

    called: ClassVar[Mapping[Language, str]] = {}
    """What sentences call a thing of this kind, as in `{Language.JAPANESE: "資料集"}`. Without one for a language it is
    the English word, and without that the kind as it is declared, in small letters."""

    name: str
    owner: str
    is_discoverable: bool = False
    """Everybody of the tenant may know that it exists."""
    state: ResourceState = ResourceState.ACTIVE
    share_counts: dict[str, int] = msgspec.field(default_factory=dict[str, int])
    """Shares by kind of principal, live or not; kinds without any are left out."""
    revision: int = 0
    """Counts the changes of its shares, so that each of them is one of the thing too."""
    taken_over_at: datetime | None = None
    """When it took over the id of a thing that is gone; None for the first one that has the id."""
    deletion: Deletion | None = None
    """Of one that is in the bin, or that was when its removal began."""

    @property
    def resource(self) -> Resource:
        """What shares, checks and lists call it."""
        info = info_of(type(self))
        return Resource(info.kind.lower(), str(getattr(self, next(iter(info.key_roots)))))

    @property
    def begun_at(self) -> datetime:
        """When this thing was created. The item may be older: from a thing that had its id before."""
        return self.taken_over_at or self.created_at

    @property
    def is_open(self) -> bool:
        """Whether it is in lists, and open to whoever it is shared with."""
        return self.state in (ResourceState.ACTIVE, ResourceState.ARCHIVED)

    @property
    def is_in_bin(self) -> bool:
        """Deleted, and to be restored for a while."""
        return self.state is ResourceState.DELETED

    @property
    def is_half_purged(self) -> bool:
        """Closed for good, with shares that are still to be removed. Whoever is counted for it is so until then."""
        return self.state is ResourceState.PURGING and bool(self.share_counts)

    @property
    def is_gone(self) -> bool:
        """Removed with all its shares: nothing is left but the trail, and the id may be taken over."""
        return self.state is ResourceState.PURGING and not self.share_counts


BOOKKEEPING = frozenset({"share_counts", "revision", "taken_over_at"})
"""Fields that say nothing a person would want to read in the trail."""


class ResourceKind(Generic[S]):
    """One kind of thing that is shared: what it is called, and where its things are."""

    def __init__(self, entity: type[S]) -> None:
        """Raises TypeError for an entity that cannot be shared: a mistake in the program."""
        info: Any = getattr(entity, "__entaku_info__", None)
        if info is None or not issubclass(cast("Any", entity), Shareable):
            raise TypeError(f"{entity.__name__} is no kind of resource; derive it from Shareable, with a kind")
        self.entity, self.name = entity, str(info.kind.lower())
        pattern = next(pattern for pattern in info.patterns if pattern.is_key)
        if not _NAME.fullmatch(self.name):
            raise TypeError(f"{entity.__name__}: the kind of a resource is of letters and _, not {info.kind!r}")
        if info.scope != "tenant" or not info.logged:
            raise TypeError(f"{entity.__name__}: a resource is a tenant's, and its changes are told: changes=True")
        if len(pattern.parameters) != 1 or info.fields[pattern.parameters[0]] is not str:
            raise TypeError(f"{entity.__name__}: the key of a resource has one parameter, its id, which is a str")
        self.id_field = str(pattern.parameters[0])
        self._at = getattr(entity, pattern.name)

    def called(self, language: Language) -> str:
        """What a sentence in the language calls a thing of this kind."""
        return kind_called(self.entity, language)

    def at(self, thing_id: str) -> Key[S]:
        """Where the thing of that id is."""
        return self._at(**{self.id_field: thing_id})

    def resource(self, thing_id: str) -> Resource:
        return Resource(self.name, thing_id)

    def check_id(self, thing_id: str) -> str:
        """The id itself. Raises Invalid for what is none."""
        return check_id(thing_id, self.name)

    def id_of(self, thing: S) -> str:
        return str(getattr(thing, self.id_field))


class ResourceKinds:
    """All the kinds of an application."""

    def __init__(self, entities: Iterable[type[Any]]) -> None:
        kinds = [ResourceKind[Any](entity) for entity in entities]
        self._by_name: dict[str, ResourceKind[Any]] = {kind.name: kind for kind in kinds}

    def __iter__(self) -> Iterator[ResourceKind[Any]]:
        return iter(self._by_name.values())

    def called(self, language: Language) -> dict[str, str]:
        """What sentences in the language call things of each kind, by its name."""
        return {kind.name: kind.called(language) for kind in self}

    def find(self, name: str) -> ResourceKind[Any] | None:
        return self._by_name.get(name)

    def named(self, name: str) -> ResourceKind[Any]:
        """Raises Invalid that lists those there are."""
        kind = self._by_name.get(name)
        if kind is None:
            raise Invalid(f"there is no kind of resource {shown(name)}; there are {', '.join(self._by_name)}")
        return kind

    def of(self, entity: type[S]) -> ResourceKind[S]:
        """The kind of an entity. Raises TypeError for one that no module names as a resource kind."""
        for kind in self._by_name.values():
            if kind.entity is entity:
                return kind
        raise TypeError(f"{entity.__name__} is no resource kind of any module; name it in its Module's resource_kinds")


def kind_called(entity: type[Shareable], language: Language) -> str:
    """What a sentence in the language calls a thing of this entity."""
    word = entity.called.get(language) or entity.called.get(Language.ENGLISH)
    return word or str(info_of(entity).kind).lower().replace("_", " ")


def as_new(thing: S) -> S:
    """The thing as it begins: nothing of what is counted and noted here is the caller's to say."""
    return changed(thing, state=ResourceState.ACTIVE, share_counts={}, revision=0, taken_over_at=None, deletion=None)


def taking_over(new: S, gone: S, *, at: datetime) -> S:
    """The new thing in the place of one that is gone: it goes on from its version, and counts on."""
    return changed(new, revision=gone.revision, taken_over_at=at, _stored=gone.stored)


def before_there_was_a_bin(fields: dict[str, Any]) -> dict[str, Any]:
    """For the `@upgrade` of a kind of resource that was stored when deleting was for good: what was deleted then is
    being removed, or gone."""
    return {**fields, "state": ResourceState.PURGING.value} if fields.get("state") == "deleted" else fields


def counted(counts: Mapping[str, int], deltas: Mapping[str, int]) -> dict[str, int]:
    """The counts with the deltas; what comes to nothing is left out."""
    sums = {kind: counts.get(kind, 0) + deltas.get(kind, 0) for kind in sorted(counts.keys() | deltas.keys())}
    return {kind: count for kind, count in sums.items() if count > 0}


def following(thing: S) -> S:
    """The thing at the version after its own: that of its removal, as the trail has it."""
    assert thing.stored is not None, "only what is stored is removed"
    return changed(thing, _stored=msgspec.structs.replace(thing.stored, version=thing.version + 1))


def recounted(thing: S, deltas: Mapping[str, int]) -> S:
    """The thing with its shares counted anew and its version due to move."""
    return changed(thing, share_counts=counted(thing.share_counts, deltas), revision=thing.revision + 1)
