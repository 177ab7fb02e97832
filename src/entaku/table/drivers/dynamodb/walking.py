"""Every item, segment by segment, for maintenance: a parallel scan, in an order of DynamoDB's own.

This reads, and pays for, the whole table. The only other way to what has expired is DynamoDB's own removal by `TTL`,
which costs nothing: where that is enabled, nobody needs `remove_expired`.
"""

from __future__ import annotations

from typing import Any

from entaku.table.driver import Item, ItemKey
from entaku.table.drivers.dynamodb.items import image_with_index_keys, index_keys_of, key_of, page_decoder
from entaku.table.drivers.dynamodb.wire import Wire
from entaku.table.drivers.dynamodb.writing import ItemWriter

REMOVED_AT_ONCE = 100
"""How many items are looked at in one request for what has expired."""


class Walker:
    """Scans one table. Tombstones are no items, and nobody hears of them."""

    def __init__(self, wire: Wire, table: str) -> None:
        self._wire, self._table = wire, table
        self._decoder = page_decoder(image_with_index_keys())

    async def walk(self, segment: int, segments: int, after: ItemKey | None, limit: int) -> list[Item]:
        """See the driver's `walk`."""
        found: list[Item] = []
        request = self._request(segment, segments, limit)
        if after is not None:
            request["ExclusiveStartKey"] = key_of(after)
        while True:
            page = await self._wire.call("Scan", request, self._decoder)
            found += [image.item(index_keys_of(image)) for image in page.images]
            if not page.last or len(found) >= limit:
                return found[:limit]
            request["ExclusiveStartKey"] = page.last

    async def remove_expired(self, writer: ItemWriter, now_ms: int, limit: int) -> int:
        """See the driver's `remove_expired`."""
        removed = 0
        request = self._request(0, 1, REMOVED_AT_ONCE)
        while True:
            page = await self._wire.call("Scan", request, self._decoder)
            for image in page.images:
                if removed < limit and image.is_absent(now_ms):
                    removed += await writer.remove_expired(image, now_ms)
            if not page.last or removed == limit:
                return removed
            request["ExclusiveStartKey"] = page.last

    def _request(self, segment: int, segments: int, limit: int) -> dict[str, Any]:
        return {
            "TableName": self._table,
            "Segment": segment,
            "TotalSegments": segments,
            "ConsistentRead": True,
            "Limit": limit,
            # Drops tombstones before they are sent; reading them is paid for all the same.
            "FilterExpression": "attribute_exists(#Data)",
            "ExpressionAttributeNames": {"#Data": "Data"},
        }
