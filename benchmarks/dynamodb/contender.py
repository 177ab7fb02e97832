"""One client in a process of its own: `python -m dynamodb.contender NAME ENDPOINT TABLE IMAGE`.

It reads lines such as `page_of_20 200` and answers each with what a call has cost: microseconds of processor time, a
space, microseconds of the clock. IMAGE is a file with one item as DynamoDB answers it, in JSON.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

Calls = dict[str, Callable[[int], Awaitable[object]]]
"""By operation: one call, given a number that no call had before."""

PAGE = 20
REGION, ACCESS_KEY, SECRET_KEY = "eu-west-1", "benchmark", "of-this-machine-only"


def awaited(call: Callable[[int], object]) -> Callable[[int], Awaitable[object]]:
    """A call that does not wait, as one of those that do; an await of nothing costs a tenth of a microsecond."""

    async def calling(number: int) -> object:
        return call(number)

    return calling


class Written:
    """What a contender without our table has to say to DynamoDB: the parameters of each call, in its own types."""

    def __init__(self, table: str, item: dict[str, Any], name: str) -> None:
        """`name`: whose they are; each puts into partitions of its own."""
        self._name = name
        key = {"PK": item["PK"], "SK": item["SK"]}
        self._table, self._item = table, item
        self.get = {"TableName": table, "Key": key, "ConsistentRead": True}
        self.page: dict[str, Any] = {
            "TableName": table,
            "Limit": PAGE,
            "ConsistentRead": True,
            "KeyConditionExpression": "#pk = :pk AND #sk BETWEEN :low AND :high",
            "ExpressionAttributeNames": {"#pk": "PK", "#sk": "SK"},
            "ExpressionAttributeValues": {
                ":pk": item["PK"],
                ":low": {"S": "DOCUMENT#"},
                ":high": {"S": "DOCUMENT$"},
            },
        }

    def put(self, number: int, library: str = "new") -> dict[str, Any]:
        item = self._item | {
            "PK": {"S": f"TENANT#acme#LIBRARY#{self._name}-{library}"},
            "SK": {"S": f"DOCUMENT#d{number:08d}"},
        }
        return {"TableName": self._table, "Item": item, "ConditionExpression": "attribute_not_exists(PK)"}

    def transaction(self, number: int) -> dict[str, Any]:
        return {"TransactItems": [{"Put": self.put(4 * number + each, "together")} for each in range(4)]}


async def main(name: str, endpoint: str, table: str, item: dict[str, Any]) -> None:
    module = importlib.import_module(f"dynamodb.{name}_calls")
    calls: Calls = await module.calls(endpoint, table, item)
    number = 0
    for line in sys.stdin:
        what, count = line.split()
        call = calls[what.replace("_", " ")]
        cpu, clock = time.process_time(), time.perf_counter()
        for _ in range(int(count)):
            number += 1
            await call(number)
        cpu, clock = time.process_time() - cpu, time.perf_counter() - clock
        print(f"{cpu / int(count) * 1e6} {clock / int(count) * 1e6}", flush=True)


if __name__ == "__main__":
    client, endpoint, table, image = sys.argv[1:]
    asyncio.run(main(client, endpoint, table, json.loads(Path(image).read_text(encoding="utf-8"))))
