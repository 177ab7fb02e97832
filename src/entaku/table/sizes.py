"""How large an item is, counted so that no engine counts more."""

from __future__ import annotations

from entaku.core.errors import Invalid
from entaku.core.limits import ITEM_BYTES_MAX
from entaku.table.driver import Codec, Item

ENVELOPE_BYTES = 768
"""What the envelope and the names of its attributes may add to keys and data: 240 bytes for the names of 20 indexes'
keys, some 90 for the others, 260 for kind, times, write id, versions and the label of a tenant."""


def item_bytes(codec: Codec, item: Item) -> int:
    """Data, keys in the table and in the indexes, and the envelope around them."""
    keys = sum(_bytes(key.pk) + _bytes(key.sk) for key in item.index_keys)
    return codec.size(item.data) + _bytes(item.pk) + _bytes(item.sk) + keys + ENVELOPE_BYTES


def check_item_size(codec: Codec, item: Item) -> int:
    """The size. Raises Invalid for an item that the smallest engine would refuse."""
    size = item_bytes(codec, item)
    if size > ITEM_BYTES_MAX:
        raise Invalid(
            f"{item.sk} has {size} bytes; an item holds at most {ITEM_BYTES_MAX}: keep large values elsewhere"
        )
    return size


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())
