"""The physical table as DynamoDB is asked for it: the key, the indexes, the stream, payment by request, encryption.

Values only, so that the request can be shown, or made by hand, where no library of DynamoDB is installed.
"""

from __future__ import annotations

from typing import Any

KEY = (("PK", "HASH"), ("SK", "RANGE"))
"""Names and roles of the table's own key; those of index 1 are GSI1PK and GSI1SK, and so on."""

TTL_ATTRIBUTE = "TTL"
STREAM_VIEW = "NEW_AND_OLD_IMAGES"


def index_name(index: int) -> str:
    """`GSI1` for index 1; empty for the table itself, which is 0."""
    return f"GSI{index}" if index else ""


def key_schema(index: int = 0) -> list[dict[str, str]]:
    """The `KeySchema` of an index, or of the table itself."""
    return [{"AttributeName": f"{index_name(index)}{name}", "KeyType": role} for name, role in KEY]


def key_attributes(index: int = 0) -> list[dict[str, str]]:
    """The `AttributeDefinitions` of that key: texts."""
    return [{"AttributeName": key["AttributeName"], "AttributeType": "S"} for key in key_schema(index)]


def index_request(index: int) -> dict[str, Any]:
    """One index, which shows whole items."""
    return {
        "IndexName": index_name(index),
        "KeySchema": key_schema(index),
        "Projection": {"ProjectionType": "ALL"},
    }


def stream_request() -> dict[str, Any]:
    """The stream that the change log is read from."""
    return {"StreamEnabled": True, "StreamViewType": STREAM_VIEW}


def create_request(table: str, indexes: int) -> dict[str, Any]:
    """The CreateTable request for so many indexes. Removal by `TTL` and point-in-time recovery are asked for later,
    of a table that is there."""
    numbers = range(1, indexes + 1)
    request: dict[str, Any] = {
        "TableName": table,
        "AttributeDefinitions": [each for index in (0, *numbers) for each in key_attributes(index)],
        "KeySchema": key_schema(),
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": stream_request(),
        "SSESpecification": {"Enabled": True, "SSEType": "KMS"},
    }
    if indexes:
        request["GlobalSecondaryIndexes"] = [index_request(index) for index in numbers]
    return request
