"""The stream as every write of every item, for copies that follow a table: whole items, logged or not.

Unlike the change log it tells what keeps its version, as a backfilled index does, and items that expire once more when
they go. A tombstone is no item: where one comes, its item has been removed.
"""

from __future__ import annotations

import functools
from typing import Any

import msgspec

from entaku.table.driver import Change, ItemKey
from entaku.table.drivers.dynamodb.items import Image, image_with_index_keys, index_keys_of
from entaku.table.drivers.dynamodb.records import Content, Record
from entaku.table.drivers.dynamodb.streams import Look


@functools.cache
def whole_look_decoder() -> msgspec.json.Decoder[Look]:
    """For looks at a shard whose images have their index keys."""
    image: Any = image_with_index_keys() | None
    content = msgspec.defstruct(
        "WholeContent",
        [
            ("new", image, msgspec.field(name="NewImage", default=None)),
            ("old", image, msgspec.field(name="OldImage", default=None)),
        ],
        bases=(Content,),
        frozen=True,
        kw_only=True,
    )
    record: Any = msgspec.defstruct(
        "WholeRecord", [("content", content, msgspec.field(name="dynamodb"))], bases=(Record,), frozen=True
    )
    look: Any = msgspec.defstruct(
        "WholeLook", [("records", list[record], [])], bases=(Look,), frozen=True, rename="pascal"
    )
    return msgspec.json.Decoder(look, strict=False)


def writes_of(record: Record) -> list[Change]:
    """The write, without its position; none where nothing was there and nothing is."""
    old, new = record.content.old, record.content.new
    is_item = new is not None and new.data is not None
    was_item = old is not None and old.data is not None
    image = new if is_item else old
    if image is None or not (is_item or was_item):
        return []
    item = _item(image)
    key = ItemKey(item.pk, item.sk)
    if not is_item:
        return [Change("", "", item.kind, key, item, None, item.version + 1, item.updated_at)]
    return [Change("", "", item.kind, key, None, item, item.version, item.updated_at)]


def _item(image: Image) -> Any:
    return image.item(index_keys_of(image))
