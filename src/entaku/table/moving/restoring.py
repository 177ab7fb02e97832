"""Putting a backup back: the whole file into an empty table, or one tenant into a table that does not have it.

The file is proved first, then blobs come, then what belongs to tenants, which is walked and compared with the file, and
last of all the platform's own items: a tenant is found by its entry in the registry, so that nobody meets one that is
not whole. A note in the table says what is being restored; after an interruption the same file is restored again from
its beginning, which changes nothing that is right already, and anything else is refused until then.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from pathlib import Path

import msgspec

from entaku.core.clock import Clock, to_ms
from entaku.core.errors import Conflict, Internal, Invalid, NotFound
from entaku.core.limits import READ_KEYS_MAX
from entaku.table import engine
from entaku.table.blobs.keys import tenant_prefix
from entaku.table.blobs.store import BlobStore
from entaku.table.driver import Driver, Expect, Item, ItemKey, Put, Refused, Reused
from entaku.table.model import Model
from entaku.table.moving.backup_contents import Contents, read_contents
from entaku.table.moving.backup_file import BackupReader, BlobEntry
from entaku.table.moving.bulk import (
    ALWAYS_MS,
    LOAD_ITEMS_MAX,
    BulkDriver,
    LoadedItem,
    Sleep,
    bulk,
    patiently,
    tenant_of,
)
from entaku.table.moving.comparing import BucketSums, differing_buckets
from entaku.table.moving.following import is_mark, pages
from entaku.table.moving.marks import RESTORE, Marks
from entaku.table.moving.neutral import NeutralItem, Translator
from entaku.table.progress import Tell, tell_nobody

PLATFORM_ITEMS_MAX = 90
"""Of one tenant; they are written in one transaction."""

NOT_COMPARED_MS = 24 * 3600 * 1000
"""What expires so soon after a restoration began is not compared: an engine may remove it before it is looked at."""

ATTEMPTS_MAX = 3
"""Of that transaction, each after the clock was found to be behind."""


class RestoreNote(msgspec.Struct, frozen=True):
    """What is being restored into a table."""

    file: str
    """The identity of the backup."""


class Restored(msgspec.Struct, frozen=True):
    """What a restoration came to."""

    items: dict[str, int]
    """By kind."""
    blobs: int
    is_exact: bool
    """Whether they are as they were at one instant; see `Trailer`."""
    made_at: str
    ended_at: str


async def restore_backup(
    driver: Driver,
    model: Model,
    path: Path,
    *,
    clock: Clock,
    tenant: str = "",
    blobs: BlobStore | None = None,
    tell: Tell = tell_nobody,
    sleep: Sleep = engine.sleep,
) -> Restored:
    """Restores everything that the file holds, or only a tenant. Safe to repeat until it has succeeded.

    Raises Invalid for a file that is damaged or not whole, NotFound for a tenant that is not in it, Conflict where the
    table is not empty, has that tenant, or where something else is being restored.
    """
    contents = await read_contents(path, tell=tell)
    return await Restoring(bulk(driver), model, path, contents, clock, tenant, blobs, tell, sleep).run()


class Restoring:
    """One file, one table."""

    def __init__(
        self,
        target: BulkDriver,
        model: Model,
        path: Path,
        contents: Contents,
        clock: Clock,
        tenant: str,
        blobs: BlobStore | None,
        tell: Tell,
        sleep: Sleep,
    ) -> None:
        self._target, self._path, self._contents, self._clock = target, path, contents, clock
        self._model, self._tenant, self._blobs, self._tell, self._sleep = model, tenant, blobs, tell, sleep
        self._translator = Translator(target.codec, model, target.engine)
        self._marks = Marks(target, sleep)
        self._items: dict[str, int] = {}
        self._count = self._blob_count = 0
        self._sum = BucketSums(self._translator.digest, to_ms(clock.now()) + NOT_COMPARED_MS)

    async def run(self) -> Restored:
        own = self._contents.header.tenant
        if self._tenant and own not in ("", self._tenant):
            raise NotFound(f"{self._path} holds tenant {own!r} and not {self._tenant!r}")
        if self._contents.trailer.blobs and self._blobs is None:
            raise Invalid(f"{self._path} holds blobs, and there is no blob store; set ENTAKU_BLOBS")
        platform = await self._survey()
        if self._tenant and not self._items:
            raise NotFound(f"there is no tenant {self._tenant!r} in {self._path}")
        is_resumed = await self._begin()
        lacking = await self._lacking(platform) if is_resumed else platform
        # Once something of the platform is there, tenants can be found and may be at work: they are whole already.
        if len(lacking) == len(platform):
            await self._put_blobs()
            async for items in self._tenant_items():
                await self._load(items)
            await self._compare()
        if self._tenant and lacking:
            await self._create(lacking)
        elif lacking:
            for start in range(0, len(lacking), LOAD_ITEMS_MAX):
                await self._load(lacking[start : start + LOAD_ITEMS_MAX])
            if await self._lacking(lacking):
                raise Internal("the table has lost what was restored into it; begin again with an empty one")
        await self._marks.forget(self._name)
        header, trailer = self._contents.header, self._contents.trailer
        return Restored(
            dict(sorted(self._items.items())), self._blob_count, trailer.is_exact, header.made_at, trailer.ended_at
        )

    @property
    def _name(self) -> str:
        return f"{RESTORE}#{self._tenant}" if self._tenant else RESTORE

    async def _begin(self) -> bool:
        """Whether an attempt before was interrupted. Raises Conflict unless there is room: nothing at all, or nothing
        of the tenant, or that attempt."""
        note = await self._marks.find(self._name, RestoreNote)
        if note is not None and note.file != self._contents.identity:
            raise Conflict(
                "another backup is being restored here and has not been finished; restore that one again, or begin with"
                " a new and empty table"
            )
        if note is None:
            await self._check_room()
            await self._marks.keep(self._name, RestoreNote(self._contents.identity))
        return note is not None

    async def _check_room(self) -> None:
        async with aclosing(self._walk()) as walk:
            async for items in walk:
                if not self._tenant:
                    raise Conflict(
                        "the table is not empty; restore into an empty one (another --data folder, another table), or"
                        " one tenant with --tenant"
                    )
                if any(self._translator.is_of(item, self._tenant) for item in items):
                    raise Conflict(
                        f"there is a tenant {self._tenant!r} in the table, or something is left of one; purge it first,"
                        " or restore into an empty table"
                    )

    async def _put_blobs(self) -> None:
        store = self._blobs
        if store is None or not self._contents.trailer.blobs:
            return
        prefix = tenant_prefix(self._tenant) if self._tenant else ""
        async for section in BackupReader(self._path).sections():
            for entry in section.entries:
                if isinstance(entry, BlobEntry) and entry.key.startswith(prefix):
                    await patiently(lambda each=entry: store.put(each.key, each.content), self._sleep)
                    self._blob_count += 1
                    self._tell("blobs", self._blob_count, None)

    async def _survey(self) -> list[LoadedItem]:
        """Counts what is to be restored, and gives what of it is the platform's own: little enough to be held."""
        platform: list[LoadedItem] = []
        async for section in BackupReader(self._path).sections():
            for neutral in self._contents.lasting(section):
                if tenant_of(neutral.pk):
                    if not self._is_wanted(neutral.pk):
                        continue
                    self._translator.check_known(neutral, engine=self._contents.header.engine)
                else:
                    loaded = self._translated(neutral)
                    if self._tenant and not self._translator.is_of(loaded.item, self._tenant):
                        continue
                    platform.append(loaded)
                self._items[neutral.kind] = self._items.get(neutral.kind, 0) + 1
        return platform

    async def _tenant_items(self) -> AsyncIterator[list[LoadedItem]]:
        """What belongs to tenants, in loads."""
        async for section in BackupReader(self._path).sections():
            found = [self._translated(each) for each in self._contents.lasting(section) if self._is_wanted(each.pk)]
            for start in range(0, len(found), LOAD_ITEMS_MAX):
                yield found[start : start + LOAD_ITEMS_MAX]

    def _translated(self, neutral: NeutralItem) -> LoadedItem:
        return self._translator.from_neutral(neutral, engine=self._contents.header.engine)

    def _is_wanted(self, pk: str) -> bool:
        """Whether it is the partition of a tenant that is to be restored."""
        owner = tenant_of(pk)
        return owner == self._tenant if self._tenant else owner != ""

    async def _load(self, items: Sequence[LoadedItem]) -> None:
        if not items:
            return
        await patiently(lambda: self._target.load(items), self._sleep)
        for loaded in items:
            self._sum.add(loaded.item)
        self._count += len(items)
        self._tell("items", self._count, sum(self._items.values()))

    async def _create(self, platform: Sequence[LoadedItem]) -> None:
        """What makes the tenant known, in one transaction: for the first time here something is expected, since others
        use the table. Versions that the table has seen under these keys do not come back: then they are raised."""
        if len(platform) > PLATFORM_ITEMS_MAX:
            raise Conflict(
                f"the platform has {len(platform)} items of tenant {self._tenant!r}, and {PLATFORM_ITEMS_MAX} can be"
                " restored into a table that is in use; restore the whole backup into an empty table"
            )
        newest = 0
        for attempt in range(1, ATTEMPTS_MAX + 1):
            items = [_raised(loaded, newest) for loaded in platform]
            puts = [
                Put(item=each.item, expect=Expect(present=False), logged=each.logged_for is not None) for each in items
            ]
            try:
                await patiently(lambda these=puts: self._write(these), self._sleep)
            except Reused as reused:
                if attempt == ATTEMPTS_MAX:
                    raise
                newest = max(newest, reused.newest)
            except Refused as refused:
                current = refused.current
                if current is not None and current.write_id == items[refused.position].item.write_id:
                    break  # An answer was lost: it was done before.
                key = puts[refused.position].key
                raise Conflict(
                    f"{key.pk} / {key.sk} is taken meanwhile, perhaps by another tenant; free it, and restore again"
                ) from refused
            else:
                break

    async def _lacking(self, platform: Sequence[LoadedItem]) -> list[LoadedItem]:
        """Those that are not in the table."""
        lacking: list[LoadedItem] = []
        for start in range(0, len(platform), READ_KEYS_MAX):
            part = platform[start : start + READ_KEYS_MAX]
            keys = [ItemKey(each.item.pk, each.item.sk) for each in part]
            there = await patiently(lambda these=keys: self._target.read(these, now_ms=ALWAYS_MS), self._sleep)
            lacking += [each for each, item in zip(part, there, strict=True) if not _is_ours(item, each.item)]
        return lacking

    async def _write(self, puts: Sequence[Put]) -> None:
        await self._target.write(puts, tenant="", now_ms=to_ms(self._clock.now()))

    async def _compare(self) -> None:
        """Raises Internal unless the table holds what was loaded."""
        found = self._sum.empty()
        async for items in self._walk():
            for item in items:
                if self._is_wanted(item.pk):
                    found.add(item)
            self._tell("items of tenants compared", found.count, self._sum.count)
        if differing_buckets(found, self._sum):
            raise Internal(
                f"the table has {found.count} items where {self._sum.count} were restored, or others than those; see"
                " that nobody writes to what is being restored, and restore the same file again"
            )

    async def _walk(self) -> AsyncGenerator[list[Item]]:
        """Pages of the table's items, none of them empty."""
        async with aclosing(pages(self._target, self._sleep)) as walk:
            async for page in walk:
                items = [item for item in page if not is_mark(ItemKey(item.pk, item.sk))]
                if items:
                    yield items


def _is_ours(current: Item | None, item: Item) -> bool:
    """Whether what is there is what was restored, though somebody may have changed it since."""
    return current is not None and current.created_at == item.created_at and current.kind == item.kind


def _raised(loaded: LoadedItem, newest: int) -> LoadedItem:
    if loaded.item.version > newest:
        return loaded
    return LoadedItem(msgspec.structs.replace(loaded.item, version=newest + 1), loaded.logged_for)
