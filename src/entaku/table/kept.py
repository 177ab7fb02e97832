"""A memory of answers for as long as the change log says that nothing they depend on has moved.

It is asked for at most as often as answers are, and told of each change: so both are made cheap. What many answers
depend on in common - a hundred libraries that everybody reaches - is noted once for all of them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from typing import Generic, TypeVar

import msgspec

from entaku.table.tail import EntityChange, Tail

M = TypeVar("M")
V = TypeVar("V")


class Company(msgspec.Struct, frozen=True):
    """The answers that have one and the same set of tags in common."""

    tags: frozenset[Hashable]
    keys: set[Hashable]


class Entry(msgspec.Struct, Generic[V], frozen=True):
    """An answer that is kept, and what it depends on."""

    value: V
    tags: tuple[Hashable, ...]
    company: Company | None
    weight: int


class Kept(Generic[V]):
    """A bounded memory of answers, each with tags that say what it depends on. Least recently used goes first.

    It follows the tail by itself: `moved_by` says which tags a change has moved, and is told of changes of these kinds.
    """

    def __init__(
        self,
        tail: Tail,
        kinds: Iterable[str],
        moved_by: Callable[[EntityChange], Iterable[Hashable]],
        *,
        weight_max: int,
    ) -> None:
        self._tail, self._moved_by, self._weight_max = tail, moved_by, weight_max
        self._entries: OrderedDict[Hashable, Entry[V]] = OrderedDict()
        self._tagged: dict[Hashable, set[Hashable]] = {}
        self._companies: dict[frozenset[Hashable], Company] = {}
        self._companies_with: dict[Hashable, set[frozenset[Hashable]]] = {}
        self._weight = 0
        self._dropped_at: dict[Hashable, int] = {}
        self._floor = 0
        tail.listen(kinds, self._on_change)

    def find(self, key: Hashable) -> V | None:
        """The answer, if nothing it depends on has changed as far as the tail was read: call `catch_up` first."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry.value

    def put(
        self,
        key: Hashable,
        value: V,
        *,
        tags: tuple[Hashable, ...],
        any_of: frozenset[Hashable] = frozenset(),
        weight: int,
        as_of: int,
    ) -> None:
        """Keep an answer that was computed after the tail had counted `as_of`; refused when a tag has moved since.

        `any_of` are further tags: many, but the same for many answers, for which their set is then kept once.
        """
        if as_of < self._floor or weight > self._weight_max or self._has_moved(tags, any_of, as_of):
            return
        self.drop(key)
        company = self._company(any_of) if any_of else None
        if company is not None:
            company.keys.add(key)
        self._entries[key] = Entry(value, tags, company, weight)
        self._weight += weight
        for tag in tags:
            self._tagged.setdefault(tag, set()).add(key)
        while self._weight > self._weight_max:
            self.drop(next(iter(self._entries)))

    def drop(self, key: Hashable) -> None:
        """Forget one answer."""
        entry = self._entries.pop(key, None)
        if entry is None:
            return
        self._weight -= entry.weight
        for tag in entry.tags:
            _discard(self._tagged, tag, key)
        if entry.company is not None:
            self._leave(entry.company, key)

    def drop_tagged(self, tag: Hashable) -> None:
        """Forget every answer that depends on the tag."""
        self._dropped_at[tag] = self._tail.clock
        if len(self._dropped_at) > 10_000:
            self._floor = self._tail.clock
            self._dropped_at.clear()
        for key in list(self._tagged.get(tag, ())):
            self.drop(key)
        for tags in list(self._companies_with.get(tag, ())):
            for key in list(self._companies[tags].keys):
                self.drop(key)

    def drop_all(self) -> None:
        for memory in (self._entries, self._tagged, self._companies, self._companies_with):
            memory.clear()
        self._weight = 0
        self._floor = self._tail.clock

    def _on_change(self, change: EntityChange | None) -> None:
        if change is None:
            self.drop_all()
            return
        for tag in self._moved_by(change):
            self.drop_tagged(tag)

    def _has_moved(self, tags: Iterable[Hashable], any_of: Iterable[Hashable], as_of: int) -> bool:
        return bool(self._dropped_at) and any(self._dropped_at.get(tag, -1) > as_of for tag in (*tags, *any_of))

    def _company(self, tags: frozenset[Hashable]) -> Company:
        company = self._companies.get(tags)
        if company is None:
            company = self._companies[tags] = Company(tags, set())
            for tag in tags:
                self._companies_with.setdefault(tag, set()).add(tags)
        return company

    def _leave(self, company: Company, key: Hashable) -> None:
        company.keys.discard(key)
        if not company.keys:
            del self._companies[company.tags]
            for tag in company.tags:
                _discard(self._companies_with, tag, company.tags)


def _discard(sets: dict[Hashable, set[M]], name: Hashable, member: M) -> None:
    """Takes a member out of a set, and the set away with its last one."""
    members = sets[name]
    members.discard(member)
    if not members:
        del sets[name]
