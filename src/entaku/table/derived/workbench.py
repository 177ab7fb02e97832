"""The model as a file that NoSQL Workbench for Amazon DynamoDB opens, with examples of every entity.

The format is the one that the tool writes itself and that AWS shows in its guide: a facet is an access pattern of the
table; those of an index are seen in the view of the index.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from entaku.table.derived.examples import example_of
from entaku.table.derived.images import Image, image_of
from entaku.table.derived.physical import KEY, index_name
from entaku.table.entity import EntityInfo
from entaku.table.keys import SEPARATOR
from entaku.table.model import Model
from entaku.table.patterns import Pattern
from entaku.table.templates import text_of

FORMAT = "3.0"
EXAMPLES_EACH = 2
"""How many examples of each entity: two show what a listing looks like."""
EXAMPLE_TENANT = "acme"


def workbench_model(model: Model, table: str, at: datetime) -> dict[str, Any]:
    """The document, to be written as JSON. The times in it are those of its making."""
    images = [image for info in model.entities for image in _examples(info)]
    written = at.strftime("%b %d, %Y, %I:%M %p")
    return {
        "ModelName": table,
        "ModelMetadata": {
            "Author": "entaku",
            "DateCreated": written,
            "DateLastModified": written,
            "Description": "Made from the declarations of entities and access patterns.",
            "AWSService": "Amazon DynamoDB",
            "Version": FORMAT,
        },
        "DataModel": [
            {
                "TableName": table,
                "KeyAttributes": _key_attributes(0),
                "NonKeyAttributes": _other_attributes(images, model.index_count),
                "TableFacets": list(_facets(model)),
                "GlobalSecondaryIndexes": [
                    {
                        "IndexName": index_name(index),
                        "KeyAttributes": _key_attributes(index),
                        "Projection": {"ProjectionType": "ALL"},
                    }
                    for index in range(1, model.index_count + 1)
                ],
                "TableData": images,
                "DataAccess": {"MySql": {}},
                "BillingMode": "PAY_PER_REQUEST",
            }
        ],
    }


def _examples(info: EntityInfo) -> Iterator[Image]:
    """Examples under different keys: an entity that a tenant has once has one."""
    seen: set[tuple[str, str]] = set()
    for number in range(1, EXAMPLES_EACH + 1):
        image = image_of(info, example_of(info, number), EXAMPLE_TENANT)
        key = (image["PK"]["S"], image["SK"]["S"])
        if key not in seen:
            seen.add(key)
            yield image


def _key_attributes(index: int) -> dict[str, Any]:
    (partition, _), (sort, _) = KEY
    prefix = index_name(index)
    return {
        "PartitionKey": {"AttributeName": f"{prefix}{partition}", "AttributeType": "S"},
        "SortKey": {"AttributeName": f"{prefix}{sort}", "AttributeType": "S"},
    }


def _other_attributes(images: list[Image], indexes: int) -> list[dict[str, str]]:
    """Every attribute beside the key, in the order in which items show them; the keys of all indexes among them."""
    keys = [f"{index_name(index)}{name}" for index in range(1, indexes + 1) for name, _ in KEY]
    types = dict.fromkeys(keys, "S")
    for image in images:
        for name, value in image.items():
            (kind,) = value
            types.setdefault(name, kind)
    own = {name for name, _ in KEY}
    return [{"AttributeName": name, "AttributeType": kind} for name, kind in types.items() if name not in own]


def _facets(model: Model) -> Iterator[dict[str, Any]]:
    for info in model.entities:
        example = next(_examples(info))
        shown = [name for name in example if name not in ("PK", "SK")]
        for pattern in info.patterns:
            if not pattern.index:
                yield {
                    "FacetName": f"{info.kind}.{pattern.name}",
                    "KeyAttributeAlias": {
                        "PartitionKeyAlias": _partition_alias(info, pattern),
                        "SortKeyAlias": text_of(info.sort),
                    },
                    "NonKeyAttributes": shown,
                    "DataAccess": {"MySql": {}},
                }


def _partition_alias(info: EntityInfo, pattern: Pattern) -> str:
    prefix = f"TENANT{SEPARATOR}{{tenant}}{SEPARATOR}" if info.scope == "tenant" else ""
    return prefix + text_of(pattern.partition)
