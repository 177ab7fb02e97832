"""A model: the entities of one table, checked together. Built by the composition root; nothing registers itself.

What one entity cannot know alone: that its items never share a key with another entity's, that no listing finds items
of another, and that what is declared is still what `model.lock` says (`table/derived/lock.py`).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from entaku.table.entity import EntityInfo, info_of
from entaku.table.idempotency import IdempotencyRecord, PlatformIdempotencyRecord
from entaku.table.patterns import Pattern
from entaku.table.receipts import PlatformReceipt, Receipt
from entaku.table.templates import overlap, text_of

OWN_ENTITIES = (IdempotencyRecord, PlatformIdempotencyRecord, Receipt, PlatformReceipt)
"""What the table keeps for itself, beside the entities of every model."""


class Model:
    """The entities of a table, in the order they were given, followed by the table's own."""

    def __init__(self, entities: Sequence[type[Any]]) -> None:
        """Raises TypeError when two entities could get into each other's way: a mistake in the program."""
        self.entities: tuple[EntityInfo, ...] = tuple(info_of(entity) for entity in (*entities, *OWN_ENTITIES))
        kinds: dict[str, EntityInfo] = {}
        for info in self.entities:
            other = kinds.setdefault(info.kind, info)
            if other is not info:
                raise TypeError(f"{info.cls.__name__} and {other.cls.__name__} are both of kind {info.kind}")
        for one, two in itertools.combinations(self.entities, 2):
            _check_keys(one, two)
        for one, two in itertools.permutations(self.entities, 2):
            for pattern in one.patterns:
                _check_listing(one, pattern, two)
        self._by_kind = kinds

    @property
    def index_count(self) -> int:
        """How many indexes the physical table needs."""
        return max((index.index for info in self.entities for index in info.indexes), default=0)

    def of_kind(self, kind: str) -> EntityInfo | None:
        """The entity of that kind, or None for one that this model does not know."""
        return self._by_kind.get(kind)


def _same_scope(one: EntityInfo, two: EntityInfo) -> bool:
    """A tenant's partition keys have a word after the tenant; no platform key may look like that."""
    return one.scope == two.scope


def _check_keys(one: EntityInfo, two: EntityInfo) -> None:
    if not _same_scope(one, two):
        _check_scopes(*((one, two) if one.scope == "platform" else (two, one)))
        return
    if overlap(one.partition, two.partition) and overlap(one.sort, two.sort):
        raise TypeError(
            f"{one.cls.__name__} and {two.cls.__name__} can render the same key:"
            f" {text_of(one.partition)} / {text_of(one.sort)} and {text_of(two.partition)} / {text_of(two.sort)}"
        )


def _check_scopes(platform: EntityInfo, tenant: EntityInfo) -> None:
    """A platform entity may use `TENANT#{id}`, but nothing longer: behind it begins what belongs to a tenant."""
    for partition in (platform.partition, *(index.partition for index in platform.indexes)):
        if len(partition) > 2 and overlap(("TENANT",), partition[:1]):
            raise TypeError(
                f"{platform.cls.__name__}: {text_of(partition)} could be a tenant's partition,"
                f" as {tenant.cls.__name__} has"
            )


def _check_listing(owner: EntityInfo, pattern: Pattern, other: EntityInfo) -> None:
    """No listing of one entity may find items of another in the same place."""
    if pattern.is_key or not _same_scope(owner, other):
        return
    if pattern.index == 0:
        places = [(other.partition, other.sort)]
    else:
        places = [(index.partition, index.sort) for index in other.indexes if index.index == pattern.index]
    for partition, sort in places:
        if len(sort) < pattern.bound or not overlap(pattern.partition, partition):
            continue
        if overlap(pattern.sort[: pattern.bound], sort, prefixes=True):
            raise TypeError(
                f"{owner.cls.__name__}.{pattern.name} would list items of {other.cls.__name__}:"
                f" {pattern} and {text_of(partition)} / {text_of(sort)}"
            )
