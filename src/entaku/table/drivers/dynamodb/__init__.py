"""The table on DynamoDB: one physical table, everything over its HTTP interface.

`open_dynamodb` opens it. It needs the extra `entaku[dynamodb]`.

Read the files in this order: `wire` (one request; `signing`, `credentials`, `errors`, `denials`, `capacity` beside it),
`attributes` (values), `codec` and `decoding` (entities), `items` (the envelope, and what is left of removed items),
`expressions`, `writing`, `reading`, `querying`, `streams` (the change log), `walking`, `tables` and `inspection`
(administration), `engine` (the driver).
"""

from __future__ import annotations

from entaku.table.drivers.dynamodb.capacity import Capacity, OnCapacity
from entaku.table.drivers.dynamodb.engine import DynamoDriver, open_dynamodb

__all__ = ["Capacity", "DynamoDriver", "OnCapacity", "open_dynamodb"]
