"""Items stored and removed as they stand, for copies and restorations: BatchWriteItem, several requests at once.

A removal here is a real one and leaves no tombstone: what is copied has its versions from elsewhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec

from entaku.core.errors import Unavailable
from entaku.table.driver import ItemKey
from entaku.table.drivers.dynamodb.items import attributes_of, key_of
from entaku.table.drivers.dynamodb.wire import Wire
from entaku.table.moving.bulk import LoadedItem

BATCH_WRITES_MAX = 25
"""DynamoDB developer guide, "BatchWriteItem"."""

BATCHES_AT_ONCE = 8


class _Written(msgspec.Struct, frozen=True):
    left_over: dict[str, list[msgspec.Raw]] = msgspec.field(
        name="UnprocessedItems", default_factory=dict[str, list[msgspec.Raw]]
    )


_written_decoder = msgspec.json.Decoder(_Written)


class Loader:
    """Writes to one table."""

    def __init__(self, wire: Wire, table: str) -> None:
        self._wire, self._table = wire, table

    async def load(self, items: Sequence[LoadedItem]) -> None:
        """See `BulkDriver.load`."""
        await self._write([{"PutRequest": {"Item": attributes_of(each.item, each.logged_for)}} for each in items])

    async def unload(self, keys: Sequence[ItemKey]) -> None:
        """See `BulkDriver.unload`."""
        await self._write([{"DeleteRequest": {"Key": key_of(key)}} for key in keys])

    async def _write(self, requests: Sequence[Any]) -> None:
        turns = asyncio.Semaphore(BATCHES_AT_ONCE)

        async def write(batch: Sequence[Any]) -> None:
            async with turns:
                await self._write_batch(batch)

        try:
            async with asyncio.TaskGroup() as group:
                for start in range(0, len(requests), BATCH_WRITES_MAX):
                    group.create_task(write(requests[start : start + BATCH_WRITES_MAX]))
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None

    async def _write_batch(self, batch: Sequence[Any]) -> None:
        """What DynamoDB is too busy for is sent again as long as there is less of it each time."""
        waiting = batch
        while waiting:
            request = {"RequestItems": {self._table: waiting}}
            answer = await self._wire.call("BatchWriteItem", request, _written_decoder, writes=True)
            left_over = answer.left_over.get(self._table, [])
            if len(left_over) == len(waiting):
                raise Unavailable("DynamoDB is too busy to write all the items that it was given; try again")
            waiting = left_over
