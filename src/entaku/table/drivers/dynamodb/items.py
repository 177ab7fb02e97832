"""Items as DynamoDB keeps them: the envelope in attributes of their own, which any tool can read.

Beside what `Item` has there are `TTL`, by which DynamoDB removes items itself; `ExpiresMs`, by which they are absent;
and `LoggedFor`, the label of the tenant for whom changes of the item are logged.

A removed item leaves a *tombstone* under its key, so that versions do not come back: the last `Version`, an `ExpiresMs`
that has always passed, and neither `Data` nor index keys. For the same reason an item that expires is left to stand for
as long as changes are kept; it is absent in the meantime.
"""

from __future__ import annotations

import functools
from typing import Any, Generic, TypeVar

import msgspec

from entaku.core.limits import CHANGES_KEPT_S, INDEXES_MAX
from entaku.table.driver import IndexKey, Item, ItemKey
from entaku.table.drivers.dynamodb.codec import StoredData, json_of

ImageT = TypeVar("ImageT")

GONE_MS = 0
"""`ExpiresMs` of a tombstone: whatever the clock says, it has passed."""


class Text(msgspec.Struct, frozen=True, gc=False):
    S: str


class Whole(msgspec.Struct, frozen=True, gc=False):
    """Decoded laxly: numbers are texts on the wire."""

    N: int


class _Map(msgspec.Struct, frozen=True, gc=False):
    M: msgspec.Raw


class Image(
    msgspec.Struct,
    frozen=True,
    gc=False,
    rename={
        "pk": "PK",
        "sk": "SK",
        "kind": "EntityType",
        "schema": "Schema",
        "data": "Data",
        "version": "Version",
        "write_id": "WriteId",
        "created_at": "CreatedAt",
        "updated_at": "UpdatedAt",
        "expires_ms": "ExpiresMs",
        "logged_for": "LoggedFor",
    },
):
    """What is under a key: an item, expired or not, or a tombstone."""

    pk: Text
    sk: Text
    version: Whole
    updated_at: Text
    data: _Map | None = None
    """None for a tombstone."""
    kind: Text = Text("")
    schema: Whole = Whole(0)
    write_id: Text = Text("")
    created_at: Text = Text("")
    expires_ms: Whole | None = None
    logged_for: Text | None = None

    def is_absent(self, now_ms: int) -> bool:
        return self.expires_ms is not None and now_ms >= self.expires_ms.N

    def item(self, index_keys: tuple[IndexKey, ...] = ()) -> Item:
        """Of what is no tombstone."""
        assert self.data is not None, "a tombstone is no item"
        return Item(
            self.pk.S,
            self.sk.S,
            self.kind.S,
            self.schema.N,
            # A copy: the item may outlive the answer that it came in by far.
            StoredData(bytes(memoryview(self.data.M)).decode()),
            self.version.N,
            self.write_id.S,
            self.created_at.S,
            self.updated_at.S,
            None if self.expires_ms is None else self.expires_ms.N,
            index_keys,
        )


class Page(msgspec.Struct, Generic[ImageT], frozen=True):
    """What one request of a query or a scan brings."""

    images: list[ImageT] = msgspec.field(name="Items")
    last: msgspec.Raw = msgspec.field(name="LastEvaluatedKey", default=msgspec.Raw())
    """Where to go on; empty at the end."""


def page_decoder(image: Any) -> msgspec.json.Decoder[Page[Any]]:
    """For pages of images of that type."""
    page: Any = Page
    return msgspec.json.Decoder(page[image], strict=False)


def current(image: Image | None, now_ms: int) -> Item | None:
    """The item, unless it is absent."""
    return None if image is None or image.is_absent(now_ms) else image.item()


@functools.cache
def image_in_index(index: int) -> Any:
    """The type of images that an index shows; `position` is their sort key there."""
    return msgspec.defstruct(
        f"ImageInIndex{index}",
        [("position", Text, msgspec.field(name=f"GSI{index}SK"))],
        bases=(Image,),
        frozen=True,
        kw_only=True,
        gc=False,
    )


@functools.cache
def image_with_index_keys() -> Any:
    """The type of images that have all their index keys, as `pk1`, `sk1`, ..."""
    fields = [
        (f"{part}{index}", Text | None, msgspec.field(name=f"GSI{index}{part.upper()}", default=None))
        for index in range(1, INDEXES_MAX + 1)
        for part in ("pk", "sk")
    ]
    return msgspec.defstruct("ImageWithIndexKeys", fields, bases=(Image,), frozen=True, kw_only=True, gc=False)


def index_keys_of(image: Any) -> tuple[IndexKey, ...]:
    """Of an image of the type that `image_with_index_keys` makes."""
    found: list[IndexKey] = []
    for index in range(1, INDEXES_MAX + 1):
        pk: Text | None = getattr(image, f"pk{index}")
        sk: Text | None = getattr(image, f"sk{index}")
        if pk is not None and sk is not None:
            found.append(IndexKey(index, pk.S, sk.S))
    return tuple(found)


def attributes_of(item: Item, logged_for: str | None) -> dict[str, Any]:
    """The whole item, to be put."""
    made: dict[str, Any] = {
        **key_of(ItemKey(item.pk, item.sk)),
        "EntityType": {"S": item.kind},
        "Schema": {"N": str(item.schema)},
        "Data": {"M": msgspec.Raw(json_of(item.data))},
        "CreatedAt": {"S": item.created_at},
        "UpdatedAt": {"S": item.updated_at},
        "Version": {"N": str(item.version)},
        "WriteId": {"S": item.write_id},
    }
    for key in item.index_keys:
        made[f"GSI{key.index}PK"], made[f"GSI{key.index}SK"] = {"S": key.pk}, {"S": key.sk}
    if item.expires_ms is not None:
        made["ExpiresMs"], made["TTL"] = {"N": str(item.expires_ms)}, {"N": str(ttl_s(item.expires_ms))}
    if logged_for is not None:
        made["LoggedFor"] = {"S": logged_for}
    return made


def key_of(key: ItemKey) -> dict[str, Any]:
    return {"PK": {"S": key.pk}, "SK": {"S": key.sk}}


def ttl_s(absent_from_ms: int) -> int:
    """When DynamoDB may remove what is absent from an instant on: the versions it had are remembered until then."""
    return -(-absent_from_ms // 1000) + CHANGES_KEPT_S
