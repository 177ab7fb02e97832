"""Reading: keys and queries in, entities out. The same verbs for the table as it is and for a snapshot of it.

Every item that comes back is checked to be of the bound tenant and of the entity that was asked for, and an item of an
older schema is upgraded on the way. One verb is one call of the driver, except where its docstring says otherwise.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, Protocol, TypeVar, cast

import msgspec

from entaku.core.clock import Clock, to_ms
from entaku.core.errors import Internal, Invalid, Limited, NotFound
from entaku.core.limits import (
    BLOBS_AT_ONCE_MAX,
    PAGE_SIZE_DEFAULT,
    PAGE_SIZE_MAX,
    READ_KEYS_MAX,
    SEARCH_CALLS_MAX,
    SEARCH_LENGTH_MAX,
    SNAPSHOT_KEYS_MAX,
)
from entaku.table.blobs.fetching import Fetching, fitting
from entaku.table.cursors import Cursors
from entaku.table.driver import Codec, Item, ItemKey, Range, Stretch
from entaku.table.entity import Entity, EntityInfo, Scope, Stored, info_of
from entaku.table.keys import check_lengths, escape, fold
from entaku.table.patterns import Key, Query

E = TypeVar("E", bound=Entity)

_set_field = msgspec.structs.force_setattr
_TENANT = "TENANT#"


class Page(msgspec.Struct, Generic[E], frozen=True):
    """Some items of a listing. It may be short although more follow: only a missing cursor means the end."""

    items: tuple[E, ...]
    cursor: str | None


class Binding:
    """What a table is bound to: one tenant, or the platform's own entities. Nothing lets a call name another."""

    def __init__(self, scope: Scope, tenant_id: str) -> None:
        self.scope: Scope = scope
        self.tenant_id = tenant_id
        self.owner_id = tenant_id if scope == "tenant" else None
        """Whose blobs are referred to; None for the platform."""
        self.prefix = f"{_TENANT}{escape(tenant_id)}#" if scope == "tenant" else ""

    def item_key(self, key: Key[Any]) -> ItemKey:
        """The physical key. Raises TypeError for an entity of another scope: that is a mistake in the program."""
        self.check_scope(key.entity)
        pk = self.prefix + key.pk
        check_lengths(pk, key.sk)
        return ItemKey(pk, key.sk)

    def check_scope(self, entity: type[Any]) -> EntityInfo:
        info = info_of(entity)
        if info.scope != self.scope:
            raise TypeError(f"{entity.__name__} is an entity of the {info.scope}, this table is the {self.scope}'s")
        return info

    def owns(self, pk: str) -> bool:
        """Whether a partition is this tenant's; for the platform, whether it is no tenant's."""
        if self.prefix:
            return pk.startswith(self.prefix)
        return not pk.startswith(_TENANT) or pk.count("#") == 1


def decode(codec: Codec, item: Item, info: EntityInfo) -> Any:
    """The entity an item holds, in its held form. Raises Internal when the item is of another kind than its key
    promises."""
    if item.kind != info.kind:
        raise Internal(f"the item at {item.pk} / {item.sk} is {item.kind}, not {info.kind}")
    try:
        entity = codec.decode(item.data if item.schema >= info.schema else _upgraded(codec, item, info), info.held_cls)
    except Internal as error:
        raise Internal(f"the item at {item.pk} / {item.sk} cannot be read: {error.message}") from error
    _set_field(entity, "_stored", Stored(item.version, item.created_at, item.updated_at, item.schema, item.data))
    return entity


def _upgraded(codec: Codec, item: Item, info: EntityInfo) -> Any:
    """The data of an older item in today's shape."""
    fields = codec.fields(item.data)
    for schema in range(item.schema, info.schema):
        fields = info.upgrades[schema](fields)
    return codec.from_fields(fields)


class Source(Protocol):
    """Where a reader reads: a driver, or a snapshot of one."""

    async def read(
        self, keys: Sequence[ItemKey], *, now_ms: int, consistent: bool, snapshot: bool
    ) -> list[Item | None]: ...

    async def query(self, ranges: Sequence[Range], *, now_ms: int, consistent: bool) -> list[Stretch]: ...


class Reader:
    """The reading verbs, bound to one tenant or to the platform."""

    def __init__(
        self, source: Source, codec: Codec, binding: Binding, clock: Clock, cursors: Cursors, fetching: Fetching
    ) -> None:
        self._source, self._codec, self._binding = source, codec, binding
        self._clock, self._cursors, self._fetching = clock, cursors, fetching

    @property
    def tenant_id(self) -> str:
        """The tenant the table is bound to; empty for the platform's own."""
        return self._binding.tenant_id

    @property
    def unwitnessed(self) -> Reader:
        """The same reader, but for one thing: what is read through it does not decide whether a snapshot held still.

        Sharp. A snapshot proves nothing about what was read so; it was there at some instant of the call, each part at
        its own. For what changes all the time and concerns others, where its reader has a proof of its own.
        """
        return self

    async def find(self, key: Key[E], *, consistent: bool = True) -> E | None:
        """The entity, or None. `consistent=False` may miss the latest writes, and costs half where reads cost."""
        item_key = self._binding.item_key(key)
        items = await self._source.read((item_key,), now_ms=self._now_ms(), consistent=consistent, snapshot=False)
        entity = self._entity(items[0], info_of(key.entity))
        return (await self._fetching.whole([entity]))[0] if info_of(key.entity).apart else entity

    async def get(self, key: Key[E], *, consistent: bool = True) -> E:
        """The entity. Raises NotFound."""
        entity = await self.find(key, consistent=consistent)
        if entity is None:
            raise NotFound(f"there is no {key.entity.__name__} at {key.pk}")
        return entity

    async def find_many(self, keys: Sequence[Key[E]], *, snapshot: bool = False) -> list[E | None]:
        """The entities in the order of the keys, None for each that is not there. Keys may be of several entities.

        Without `snapshot` each is right by itself, and there is one driver call for every 100 keys. With it all are as
        they were at one instant, in one call; at most 97 keys, else Invalid.
        """
        if snapshot and len(keys) > SNAPSHOT_KEYS_MAX:
            raise Invalid(f"a snapshot read holds {SNAPSHOT_KEYS_MAX} keys, not {len(keys)}")
        item_keys = [self._binding.item_key(key) for key in keys]
        now_ms = self._now_ms()
        found: list[E | None] = []
        is_apart = False
        for start in range(0, len(keys), READ_KEYS_MAX):
            part = item_keys[start : start + READ_KEYS_MAX]
            items = await self._source.read(part, now_ms=now_ms, consistent=True, snapshot=snapshot)
            for key, item in zip(keys[start : start + READ_KEYS_MAX], items, strict=True):
                info = info_of(key.entity)
                is_apart = is_apart or bool(info.apart)
                found.append(self._entity(item, info))
        return await self._fetching.whole(found) if is_apart else found

    async def find_bundles(self, bundles: Iterable[Sequence[Key[Any]]]) -> builtins.list[builtins.list[Any]]:
        """The entities of each bundle of keys, all of a bundle as they were at one instant.

        Bundles are put together in their order, as many in one call as its 97 keys hold, and a key that several of
        those name is read once. Raises Invalid for a bundle of more keys.
        """
        found: list[list[Any]] = []
        keys: dict[Key[Any], int] = {}
        places: list[list[int]] = []
        for bundle in bundles:
            is_near_full = len(keys) + len(bundle) > SNAPSHOT_KEYS_MAX
            if is_near_full and keys and len(keys.keys() | bundle) > SNAPSHOT_KEYS_MAX:
                found += await self._find_at(keys, places)
                keys, places = {}, []
            places.append([keys.setdefault(key, len(keys)) for key in bundle])
        return found + await self._find_at(keys, places)

    async def _find_at(
        self, keys: Iterable[Key[Any]], places: Iterable[Sequence[int]]
    ) -> builtins.list[builtins.list[Any]]:
        """The entities of all the keys from one call, put where the places say."""
        entities = await self.find_many(list(keys), snapshot=True)
        return [[entities[place] for place in bundle] for bundle in places]

    async def list(
        self,
        query: Query[E],
        *,
        limit: int = PAGE_SIZE_DEFAULT,
        after: str | None = None,
        reverse: bool = False,
        consistent: bool = True,
    ) -> Page[E]:
        """One page of a listing, in the order of its sort key; `after` is the cursor of the page before. It is short
        where values that are kept apart have more than `PAGE_BLOB_BYTES_MAX` bytes together.

        Raises Invalid for a cursor of another listing, another tenant, or the other direction. Walking all pages
        yields every item exactly once whose key in this listing does not change meanwhile. A listing that is spread
        over shards reads all of them in the one call.
        """
        _check_limit(limit)
        name = f"{self._binding.prefix}\n{query.listing}\n{'down' if reverse else 'up'}"
        position = None if after is None else self._cursors.open(name, after)
        ranges = self._ranges(query, limit=limit, after=position, reverse=reverse)
        stretches = await self._source.query(ranges, now_ms=self._now_ms(), consistent=consistent and not query.index)
        rows, last = merged_rows(stretches, limit=limit, reverse=reverse)
        info = info_of(query.entity)
        entities = self._entities([item for _, item in rows], info)
        if info.apart:
            count = fitting(entities, info)
            if count < len(rows):
                last = rows[count - 1][0]
            entities = await self._fetching.whole(entities[:count])
        return Page(tuple(entities), None if last is None else self._cursors.seal(name, last))

    async def search(
        self,
        query: Query[E],
        q: str,
        *,
        texts: Callable[[E], Iterable[str]],
        limit: int = PAGE_SIZE_DEFAULT,
        after: str | None = None,
    ) -> Page[E]:
        """One page of those items of a listing of whose texts one contains `q`, compared folded; with an empty `q`, of
        all that have texts.

        A bounded look through the listing: `SEARCH_CALLS_MAX` calls, each for a page of every shard. So a page may be
        short, or empty, although more follow. Raises Invalid for a text that is too long and for a cursor of another
        search.
        """
        _check_limit(limit)
        if len(q) > SEARCH_LENGTH_MAX:
            raise Invalid(f"the search text has {len(q)} characters; at most {SEARCH_LENGTH_MAX} are possible")
        wanted = fold(q)
        name = f"{self._binding.prefix}\n{query.listing}\nsearch {wanted and escape(wanted)}"
        position = None if after is None else self._cursors.open(name, after)
        found: list[E] = []
        size = PAGE_SIZE_MAX if wanted else limit
        info = info_of(query.entity)
        step = BLOBS_AT_ONCE_MAX if info.apart else 1
        for _ in range(SEARCH_CALLS_MAX):
            ranges = self._ranges(query, limit=size, after=position)
            stretches = await self._source.query(ranges, now_ms=self._now_ms(), consistent=not query.index)
            rows, last = merged_rows(stretches, limit=size * len(ranges))
            for start in range(0, len(rows), step):
                part = rows[start : start + step]
                for (place, _), entity in zip(part, await self._wholes([i for _, i in part], info), strict=True):
                    if any(wanted in fold(text) for text in texts(entity)):
                        if len(found) == limit:
                            return Page(tuple(found), self._cursors.seal(name, cast("str", position)))
                        found.append(entity)
                        position = place
            if last is None:
                return Page(tuple(found), None)
            position, size = last, PAGE_SIZE_MAX
            if len(found) == limit:
                break
        return Page(tuple(found), self._cursors.seal(name, cast("str", position)))

    async def list_all(self, *queries: Query[E], at_most: int) -> list[list[E]]:
        """Everything that each query finds, in its order, read together: one call for every 200 items of the longest.

        Raises Limited when a single query finds more than `at_most`: what has no bound is read by pages.
        """
        found: list[list[E]] = [[] for _ in queries]
        pending: dict[int, str | None] = dict.fromkeys(range(len(queries)))
        while pending:
            spread = [(n, self._ranges(queries[n], limit=PAGE_SIZE_MAX, after=after)) for n, after in pending.items()]
            stretches = await self._source.query(
                [part for _, ranges in spread for part in ranges],
                now_ms=self._now_ms(),
                consistent=not any(query.index for query in queries),
            )
            for n, ranges in spread:
                mine, stretches = stretches[: len(ranges)], stretches[len(ranges) :]
                items, last = merged(mine, limit=PAGE_SIZE_MAX * len(ranges))
                found[n].extend(await self._wholes(items, info_of(queries[n].entity)))
                if len(found[n]) > at_most:
                    raise Limited(f"{queries[n]!r} finds more than {at_most} items, which is as many as are read whole")
                if last is None:
                    del pending[n]
                else:
                    pending[n] = last
        return found

    async def list_each(self, *queries: Query[E], limit: int) -> list[Page[E]]:
        """The first page of each of several listings, all from one call, whatever their number. Raises Invalid."""
        _check_limit(limit)
        spread = [self._ranges(query, limit=limit, after=None) for query in queries]
        stretches = await self._source.query(
            [part for ranges in spread for part in ranges],
            now_ms=self._now_ms(),
            consistent=not any(query.index for query in queries),
        )
        pages: list[Page[E]] = []
        for query, ranges in zip(queries, spread, strict=True):
            mine, stretches = stretches[: len(ranges)], stretches[len(ranges) :]
            items, last = merged(mine, limit=limit)
            name = f"{self._binding.prefix}\n{query.listing}\nup"
            cursor = None if last is None else self._cursors.seal(name, last)
            pages.append(Page(tuple(await self._wholes(items, info_of(query.entity))), cursor))
        return pages

    async def whole(self, entity: E) -> E:
        """The entity with the values that are kept apart, which a change of the log only refers to; any other is
        whole already. Raises Internal where a value is not there any more."""
        (found,) = await self._fetching.whole([entity])
        return found

    def seal_cursor(self, listing: str, position: str) -> str:
        """A cursor for a listing that a service makes up itself; bound to the tenant as every cursor is."""
        return self._cursors.seal(f"{self._binding.prefix}\n\n{listing}", position)

    def open_cursor(self, listing: str, cursor: str) -> str:
        """The position again. Raises Invalid for a cursor of another listing or tenant."""
        return self._cursors.open(f"{self._binding.prefix}\n\n{listing}", cursor)

    def _ranges(self, query: Query[Any], *, limit: int, after: str | None, reverse: bool = False) -> list[Range]:
        self._binding.check_scope(query.entity)
        prefix = self._binding.prefix
        check_lengths(prefix + query.partitions[0], query.low)
        return [
            Range(
                pk=prefix + partition,
                index=query.index,
                low=query.low,
                high=query.high,
                after=after,
                reverse=reverse,
                limit=limit,
            )
            for partition in query.partitions
        ]

    def _now_ms(self) -> int:
        return to_ms(self._clock.now())

    async def _wholes(self, items: Sequence[Item], info: EntityInfo) -> builtins.list[Any]:
        """The entities with the values that are kept apart."""
        entities = self._entities(items, info)
        return await self._fetching.whole(entities) if info.apart else entities

    def _entity(self, item: Item | None, info: EntityInfo) -> Any:
        return None if item is None else self._entities((item,), info)[0]

    def _entities(self, items: Sequence[Item], info: EntityInfo) -> builtins.list[Any]:
        for item in items:
            if not self._binding.owns(item.pk):
                raise Internal(f"an item of another tenant came back: {item.pk} / {item.sk}")
        codec = self._codec
        return [decode(codec, item, info) for item in items]


def merged(stretches: Sequence[Stretch], *, limit: int, reverse: bool = False) -> tuple[list[Item], str | None]:
    """One stretch of several, in order, and the position to go on after; None when nothing follows."""
    rows, last = merged_rows(stretches, limit=limit, reverse=reverse)
    return [item for _, item in rows], last


def merged_rows(
    stretches: Sequence[Stretch], *, limit: int, reverse: bool = False
) -> tuple[list[tuple[str, Item]], str | None]:
    """The same with the position of each item.

    Where a stretch ended early, what lies behind its end may not be shown yet: something of it could come before.
    """
    if len(stretches) == 1:
        only = stretches[0]
        rows = list(zip(only.positions[:limit], only.items, strict=False))
        follows = only.more or len(only.items) > limit
    else:
        rows = sorted(
            ((position, item) for part in stretches for position, item in zip(part.positions, part.items, strict=True)),
            key=lambda row: row[0],
            reverse=reverse,
        )
        ends = [part.positions[-1] for part in stretches if part.more and part.positions]
        if ends:
            bound = max(ends) if reverse else min(ends)
            rows = [row for row in rows if (row[0] >= bound if reverse else row[0] <= bound)]
        follows = bool(ends) or len(rows) > limit
        rows = rows[:limit]
    return rows, rows[-1][0] if follows and rows else None


def _check_limit(limit: int) -> None:
    if not 1 <= limit <= PAGE_SIZE_MAX:
        raise Invalid(f"limit {limit} is out of range; a page holds 1 to {PAGE_SIZE_MAX} items")
