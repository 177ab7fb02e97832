"""Items by their keys: GetItem for one, BatchGetItem for many, TransactGetItems for many at one instant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from entaku.core.errors import Unavailable
from entaku.table.driver import Item, ItemKey
from entaku.table.drivers.dynamodb.errors import TRANSACTION_CANCELED, VALIDATION, Rejected, explained
from entaku.table.drivers.dynamodb.items import Image, current, key_of
from entaku.table.drivers.dynamodb.wire import Wire


class _Got(msgspec.Struct, frozen=True):
    image: Image | None = msgspec.field(name="Item", default=None)


class _LeftOver(msgspec.Struct, frozen=True):
    keys: list[msgspec.Raw] = msgspec.field(name="Keys", default_factory=list[msgspec.Raw])


class _GotMany(msgspec.Struct, frozen=True):
    images: dict[str, list[Image]] = msgspec.field(name="Responses", default_factory=dict[str, list[Image]])
    left_over: dict[str, _LeftOver] = msgspec.field(name="UnprocessedKeys", default_factory=dict[str, _LeftOver])


class _GotTogether(msgspec.Struct, frozen=True):
    images: list[_Got] = msgspec.field(name="Responses")


_got_decoder = msgspec.json.Decoder(_Got, strict=False)
_got_many_decoder = msgspec.json.Decoder(_GotMany, strict=False)
_got_together_decoder = msgspec.json.Decoder(_GotTogether, strict=False)


class ItemReader:
    """Reads from one table."""

    def __init__(self, wire: Wire, table: str) -> None:
        self._wire, self._table = wire, table

    async def read(
        self, keys: Sequence[ItemKey], now_ms: int, *, consistent: bool, snapshot: bool = False
    ) -> list[Item | None]:
        """See the driver's `read`."""
        if not keys:
            return []
        if len(keys) == 1:
            return [current(await self._one(keys[0], consistent or snapshot), now_ms)]
        distinct = list(dict.fromkeys(keys))
        images = await (self._together(distinct) if snapshot else self._many(distinct, consistent))
        return [current(images.get(key), now_ms) for key in keys]

    async def _one(self, key: ItemKey, consistent: bool) -> Image | None:
        payload = {"TableName": self._table, "Key": key_of(key), "ConsistentRead": consistent}
        return (await self._wire.call("GetItem", payload, _got_decoder)).image

    async def _many(self, keys: Sequence[ItemKey], consistent: bool) -> dict[ItemKey, Image]:
        """DynamoDB leaves out what would make the answer larger than 16 MB, and what it is too busy for: that is asked
        for again as long as there is less of it each time."""
        found: dict[ItemKey, Image] = {}
        asked: list[Any] = [key_of(key) for key in keys]
        while asked:
            request = {self._table: {"Keys": asked, "ConsistentRead": consistent}}
            answer = await self._wire.call("BatchGetItem", {"RequestItems": request}, _got_many_decoder)
            images = answer.images.get(self._table, [])
            found.update((ItemKey(image.pk.S, image.sk.S), image) for image in images)
            left_over = answer.left_over.get(self._table, _LeftOver()).keys
            if len(left_over) == len(asked):
                raise Unavailable("DynamoDB is too busy to read all the items that were asked for; try again")
            asked = left_over
        return found

    async def _together(self, keys: Sequence[ItemKey]) -> dict[ItemKey, Image]:
        gets = [{"Get": {"TableName": self._table, "Key": key_of(key)}} for key in keys]
        try:
            answer = await self._wire.call("TransactGetItems", {"TransactItems": gets}, _got_together_decoder)
        except Rejected as rejected:
            raise _explained(rejected) from rejected
        return {key: got.image for key, got in zip(keys, answer.images, strict=True) if got.image is not None}


def _explained(rejected: Rejected) -> Exception:
    if rejected.refused_as == TRANSACTION_CANCELED:
        codes = ", ".join(reason.code for reason in rejected.reasons)
        return Unavailable(f"others are writing what is to be read just now ({codes}); try again")
    return explained(rejected, rejected.reason) if rejected.refused_as == VALIDATION else rejected
