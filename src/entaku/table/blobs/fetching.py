"""The blob store as the table uses it: values put before their items, and brought back after them.

A value that comes back is checked to be the one that was put. Calls are repeated while the store is Unavailable, which
is always safe, since a blob never changes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from entaku.core.errors import Internal, Invalid, NotFound
from entaku.core.limits import BLOBS_AT_ONCE_MAX, PAGE_BLOB_BYTES_MAX
from entaku.table.blobs.apart import ApartField, BlobReference, references, whole_form
from entaku.table.blobs.keys import tenant_prefix
from entaku.table.blobs.store import BlobStore
from entaku.table.engine import Engine
from entaku.table.entity import EntityInfo, entity_info

T = TypeVar("T")

NO_STORE = (
    "a value is to be kept in the blob store, and there is none: set ENTAKU_BLOBS to a folder or to s3://BUCKET/PREFIX"
    " (a program gives its Table one as blobs=)"
)


class Wanted(msgspec.Struct, frozen=True):
    """A value that is to be brought back."""

    place: int
    """Of the entity among those that are made whole."""
    info: EntityInfo
    field: ApartField
    reference: BlobReference

    def checked(self, content: bytes) -> str | bytes:
        """The value. Raises Internal for another content than was put."""
        if hashlib.sha256(content).hexdigest() != self.reference.sha256:
            raise Internal(
                f"blob {self.reference.blob} is not the {self} that was stored: its SHA-256 is another one; restore the"
                " blob from a backup"
            )
        return self.field.value(content)

    def __str__(self) -> str:
        return f"{self.info.cls.__name__}.{self.field.name}"


class Fetching:
    """Puts and gets the values of one tenant, or of the platform; for one call, at most `BLOBS_AT_ONCE_MAX` at once."""

    def __init__(self, engine: Engine, tenant_id: str | None) -> None:
        """`tenant_id`: None for the platform's own."""
        self._engine, self._tenant_id = engine, tenant_id

    async def keep(self, blobs: Mapping[str, bytes]) -> None:
        """Put values into the store, by their keys. Safe to repeat. Raises Invalid where there is no store."""
        if blobs:
            store = self._store()
            put = self._engine.patiently
            await together([(lambda each=each: put(lambda: store.put(*each))) for each in blobs.items()])

    async def whole(self, entities: Sequence[Any]) -> list[Any]:
        """The entities with the values that are kept apart; None stays None.

        Raises Internal for a value that is not there, or not the one that was stored.
        """
        wanted = [
            Wanted(place, info, info.apart[name], reference)
            for place, entity in enumerate(entities)
            if entity is not None and (info := entity_info(entity)).apart
            for name, reference in references(entity, info.apart).items()
        ]
        fetched = await together([(lambda each=each: self._value(each)) for each in wanted])
        values: dict[int, dict[str, str | bytes]] = {}
        for each, value in zip(wanted, fetched, strict=True):
            values.setdefault(each.place, {})[each.field.name] = value
        return [_whole(entity, values.get(place, {})) for place, entity in enumerate(entities)]

    async def _value(self, wanted: Wanted) -> str | bytes:
        store, blob = self._store(), wanted.reference.blob
        if not blob.startswith(tenant_prefix(self._tenant_id)):
            raise Internal(f"{wanted} refers to a blob of another tenant: {blob}")
        try:
            return wanted.checked(await self._engine.patiently(lambda: store.get(blob)))
        except NotFound as error:
            raise Internal(
                f"blob {blob}, which holds {wanted}, is not in the blob store; restore it from a backup, or name the"
                " store that it was written to"
            ) from error

    def _store(self) -> BlobStore:
        if self._engine.blobs is None:
            raise Invalid(NO_STORE)
        return self._engine.blobs


def fitting(entities: Sequence[Any], info: EntityInfo) -> int:
    """How many of the first entities have values of together at most `PAGE_BLOB_BYTES_MAX`; the first always fits."""
    total = 0
    for count, entity in enumerate(entities):
        total += sum(reference.size_bytes for reference in references(entity, info.apart).values())
        if count and total > PAGE_BLOB_BYTES_MAX:
            return count
    return len(entities)


def _whole(entity: Any, values: Mapping[str, str | bytes]) -> Any:
    """The entity as it was declared."""
    if entity is None or type(entity) is (info := entity_info(entity)).cls:
        return entity
    return whole_form(entity, info.cls, info.apart, values)


async def together(calls: Sequence[Callable[[], Awaitable[T]]]) -> list[T]:
    """The answers in order. The first error ends the other calls and is raised."""
    if len(calls) <= 1:
        return [await call() for call in calls]
    import asyncio  # only who waits needs an event loop; declaring entities does not

    turns = asyncio.Semaphore(BLOBS_AT_ONCE_MAX)

    async def in_turn(call: Callable[[], Awaitable[T]]) -> T:
        async with turns:
            return await call()

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(in_turn(call)) for call in calls]
    except BaseExceptionGroup as failed:
        first = failed.exceptions[0]
    else:
        return [task.result() for task in tasks]
    raise first
