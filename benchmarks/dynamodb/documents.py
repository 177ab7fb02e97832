"""The documents that every contender reads and writes, as our table would keep them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from entaku.table import Entity, access, key
from entaku.table.driver import Item
from entaku.table.drivers.dynamodb.codec import DynamoCodec
from entaku.table.drivers.dynamodb.items import attributes_of

BODY = "lorem ipsum dolor sit amet " * 8
TENANT, LIBRARY = "acme", "l1"
NOW = datetime(2026, 4, 1, tzinfo=UTC)


class Document(Entity, kind="DOCUMENT"):
    """About 330 bytes of data, shown in one index."""

    library: str
    id: str
    owner: str
    title: str
    size: int = 0
    state: str = "draft"
    changed_at: datetime | None = None
    body: str = BODY

    @key("LIBRARY#{library}", "DOCUMENT#{id}")
    def at(*, library: str, id: str) -> None:
        "One document."

    @access("LIBRARY#{library}", "DOCUMENT#")
    def in_library(*, library: str) -> None:
        "The documents of a library."

    @access("OWNER#{owner}", "{library}#{id}", index=1)
    def of_owner(*, owner: str) -> None:
        "What somebody owns."


def document(number: int, library: str = LIBRARY) -> Document:
    return Document(
        library=library, id=f"d{number:08d}", owner="ada", title=f"Document {number}", size=1, changed_at=NOW
    )


def image(number: int) -> dict[str, Any]:
    """An item as DynamoDB answers it."""
    codec, one, at = DynamoCodec(), document(number), "2026-04-01T00:00:00.000Z"
    pk, sk = f"TENANT#{TENANT}#LIBRARY#{one.library}", f"DOCUMENT#{one.id}"
    item = Item(pk, sk, "DOCUMENT", 1, codec.encode(one), 1775035800000000, "0" * 24, at, at)
    return msgspec.json.decode(msgspec.json.encode(attributes_of(item, None)))
