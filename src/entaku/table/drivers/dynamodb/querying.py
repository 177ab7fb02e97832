"""Stretches of a partition, by key conditions alone: a position is a sort key, and no page token is ever kept.

Between two borders DynamoDB knows only BETWEEN, which includes both: an item that lies on an excluded border is asked
for and dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from entaku.table.driver import Item, Range, Stretch
from entaku.table.drivers.dynamodb.items import Image, Page, image_in_index, page_decoder
from entaku.table.drivers.dynamodb.wire import Wire

LIMIT_MAX = 2_000
"""What is asked for at once where many absent items are in the way: twice as many each time, up to so many."""


class KeyCondition(msgspec.Struct, frozen=True):
    """What a range comes to as sort keys."""

    low: str
    is_low_excluded: bool
    high: str | None
    """Excluded."""

    @property
    def is_empty(self) -> bool:
        return self.high is not None and self.low >= self.high

    @property
    def excluded(self) -> set[str | None]:
        """Sort keys that DynamoDB may give although they are not in the range."""
        if not self.low or self.high is None:
            return set()
        return {self.low, self.high} if self.is_low_excluded else {self.high}

    def expression(self) -> tuple[str, dict[str, Any]]:
        """The part of the condition about the sort key, `#sk`, and its values."""
        low, high = {":low": {"S": self.low}}, {":high": {"S": self.high}}
        if self.low and self.high is not None:
            return "#sk BETWEEN :low AND :high", {**low, **high}
        if self.high is not None:
            return "#sk < :high", high
        if self.low:
            return "#sk > :low" if self.is_low_excluded else "#sk >= :low", low
        return "", {}


def key_condition(part: Range) -> KeyCondition:
    """The borders of a range. Strings compare by code point, which is the order of their UTF-8 bytes."""
    low, high, after = part.low, part.high, part.after
    if after is not None and not part.reverse and after >= low:
        return KeyCondition(after, True, high)
    if after is not None and part.reverse and (high is None or after < high):
        high = after
    return KeyCondition(low, False, high)


class RangeReader:
    """Queries one table and its indexes."""

    def __init__(self, wire: Wire, table: str) -> None:
        self._wire, self._table = wire, table
        self._decoders: dict[int, msgspec.json.Decoder[Page[Any]]] = {}

    async def read(self, part: Range, now_ms: int, *, consistent: bool) -> Stretch:
        """One stretch. It is short only where DynamoDB ends a page at 1 MB; what is absent is read over.

        One item more than its limit is asked for, so that `more` is exact nearly always.
        """
        condition = key_condition(part)
        if condition.is_empty:
            return Stretch((), (), False)
        request, excluded = self._request(part, condition, consistent), condition.excluded
        rows: list[tuple[str, Item]] = []
        limit = part.limit + 1 + len(excluded)
        while True:
            page = await self._wire.call("Query", {**request, "Limit": limit}, self._decoder(part.index))
            found = [
                (position, image.item())
                for position, image in _positions(page.images, part.index)
                if position not in excluded and not image.is_absent(now_ms)
            ]
            rows += found
            is_whole = len(found) == len(page.images)
            if not page.last or len(rows) > part.limit or (rows and is_whole):
                more = len(rows) > part.limit or bool(page.last)
                del rows[part.limit :]
                return Stretch(tuple(item for _, item in rows), tuple(position for position, _ in rows), more)
            request["ExclusiveStartKey"] = page.last
            limit = min(LIMIT_MAX, limit * 2)

    def _request(self, part: Range, condition: KeyCondition, consistent: bool) -> dict[str, Any]:
        prefix = f"GSI{part.index}" if part.index else ""
        expression, values = condition.expression()
        names = {"#pk": f"{prefix}PK"}
        if expression:
            names["#sk"] = f"{prefix}SK"
        request: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "#pk = :pk" + (f" AND {expression}" if expression else ""),
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": {":pk": {"S": part.pk}, **values},
            "ScanIndexForward": not part.reverse,
        }
        if part.index:
            request["IndexName"] = prefix
        else:
            request["ConsistentRead"] = consistent
        return request

    def _decoder(self, index: int) -> msgspec.json.Decoder[Page[Any]]:
        decoder = self._decoders.get(index)
        if decoder is None:
            decoder = self._decoders[index] = page_decoder(image_in_index(index) if index else Image)
        return decoder


def _positions(images: Sequence[Any], index: int) -> list[tuple[str, Image]]:
    return [(image.position.S if index else image.sk.S, image) for image in images]
