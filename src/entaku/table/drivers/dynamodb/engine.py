"""The driver itself: each method hands its work to the file that knows how."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from aiodynamo.credentials import Credentials

from entaku.core.clock import Clock, SystemClock
from entaku.core.errors import Internal
from entaku.table.driver import Action, ChangeBatch, Codec, Item, ItemKey, Range, Snapshot, Stretch
from entaku.table.drivers.dynamodb.capacity import OnCapacity
from entaku.table.drivers.dynamodb.codec import DynamoCodec
from entaku.table.drivers.dynamodb.credentials import FoundCredentials
from entaku.table.drivers.dynamodb.every_write import whole_look_decoder, writes_of
from entaku.table.drivers.dynamodb.inspection import inspect
from entaku.table.drivers.dynamodb.loading import Loader
from entaku.table.drivers.dynamodb.querying import RangeReader
from entaku.table.drivers.dynamodb.reading import ItemReader
from entaku.table.drivers.dynamodb.streams import ChangeReader
from entaku.table.drivers.dynamodb.tables import LOOKS_MAX, Tables, Tell, tell_nobody
from entaku.table.drivers.dynamodb.walking import Walker
from entaku.table.drivers.dynamodb.wire import Wire
from entaku.table.drivers.dynamodb.writing import ItemWriter
from entaku.table.inspection import Inspection
from entaku.table.moving.bulk import LoadedItem


async def open_dynamodb(
    table: str,
    *,
    region: str,
    endpoint: str | None = None,
    credentials: Credentials | None = None,
    on_capacity: OnCapacity | None = None,
    clock: Clock | None = None,
) -> DynamoDriver:
    """Opens the table of that name in a region, or behind an endpoint that speaks for it; `create_table` makes it.

    Credentials are looked for in the environment, in `~/.aws/credentials`, and in the metadata of the container or
    machine; an endpoint on this machine is an emulator, and gets those of the environment or any. The clock only tells
    how old a position in the change log is. Raises Invalid when there are no credentials.
    """
    wire = Wire(
        region=region,
        endpoint=endpoint,
        credentials=credentials or FoundCredentials(endpoint),
        on_capacity=on_capacity,
    )
    try:
        await wire.key()
    except BaseException:
        await wire.close()
        raise
    return DynamoDriver(wire, table, clock or SystemClock())


class DynamoDriver:
    """Implements `BulkDriver`; made by `open_dynamodb`. Everything waits on the network, nothing on a thread.

    Indexes lag behind writes, and there are no snapshots but of up to 97 keys (and 4 MB) in one `read`.
    """

    snapshots = False
    engine = "dynamodb"
    follows_writes = True

    def __init__(self, wire: Wire, table: str, clock: Clock) -> None:
        self.codec: Codec = DynamoCodec()
        self.table = table
        self._wire = wire
        self._tables = Tables(wire, table)
        self._items = ItemReader(wire, table)
        self._ranges = RangeReader(wire, table)
        self._writer = ItemWriter(wire, table, self._items)
        self._walker = Walker(wire, table)
        self._changes = ChangeReader(wire, self._tables, clock)
        self._writes = ChangeReader(wire, self._tables, clock, told=writes_of, decoder=whole_look_decoder())
        self._loader = Loader(wire, table)

    async def read(
        self, keys: Sequence[ItemKey], *, now_ms: int, consistent: bool = True, snapshot: bool = False
    ) -> list[Item | None]:
        return await self._items.read(keys, now_ms, consistent=consistent, snapshot=snapshot)

    async def write(self, actions: Sequence[Action], *, tenant: str, now_ms: int) -> list[Item | None]:
        return await self._writer.write(actions, tenant, now_ms)

    async def query(self, ranges: Sequence[Range], *, now_ms: int, consistent: bool = True) -> list[Stretch]:
        """Asks for all ranges at the same time."""
        if len(ranges) == 1:
            return [await self._ranges.read(ranges[0], now_ms, consistent=consistent)]
        try:
            async with asyncio.TaskGroup() as group:
                reads = [group.create_task(self._ranges.read(part, now_ms, consistent=consistent)) for part in ranges]
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        return [read.result() for read in reads]

    async def begin_snapshot(self) -> Snapshot:
        raise Internal("DynamoDB has no snapshots of a table; read twice and compare, as the table above does")

    async def changes(self, after: str | None, *, limit: int) -> ChangeBatch:
        return await self._changes.read(after, limit)

    async def remove_expired(self, *, now_ms: int, limit: int) -> int:
        """Reads the whole table: for tests, and for tables without removal by `TTL`. Leaves tombstones."""
        return await self._walker.remove_expired(self._writer, now_ms, limit)

    async def walk(self, segment: int, segments: int, *, after: ItemKey | None, limit: int) -> list[Item]:
        return await self._walker.walk(segment, segments, after, limit)

    async def load(self, items: Sequence[LoadedItem]) -> None:
        await self._loader.load(items)

    async def unload(self, keys: Sequence[ItemKey]) -> None:
        await self._loader.unload(keys)

    async def writes(self, after: str | None, *, limit: int) -> ChangeBatch:
        return await self._writes.read(after, limit)

    async def check_table(self, indexes: int) -> None:
        """Asks once whether the table is there, ready and of the shape that `create_table` gives it.

        Raises NotFound, Unavailable while it is being made, Conflict for another shape. Takes fewer rights than making.
        """
        found = await self._tables.check(indexes)
        self._writer.indexes = len(found.global_secondary_indexes)

    async def create_table(self, indexes: int, *, tell: Tell = tell_nobody, looks_max: int = LOOKS_MAX) -> None:
        """Makes it pay per request, with a stream of both images, removal by `TTL`, point-in-time recovery and KMS
        encryption, and waits until it is ready, which takes some ten seconds; an index of many items takes longer."""
        found = await self._tables.create(indexes, tell, looks_max=looks_max)
        self._writer.indexes = len(found.global_secondary_indexes)

    async def inspect(self) -> Inspection:
        """What DynamoDB says of the table, for who looks for problems. Raises Unavailable when it does not say."""
        return await inspect(self._wire, self.table)

    async def close(self) -> None:
        await self._wire.close()
