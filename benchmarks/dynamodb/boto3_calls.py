"""boto3's client, down to its dictionaries, with one attempt a call as ours."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config

from dynamodb.contender import ACCESS_KEY, REGION, SECRET_KEY, Calls, Written, awaited


async def calls(endpoint: str, table: str, item: dict[str, Any]) -> Calls:
    client: Any = boto3.client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        config=Config(retries={"total_max_attempts": 1}),
    )
    written = Written(table, item, __name__)
    return {
        "get": awaited(lambda number: client.get_item(**written.get)),
        "page of 20": awaited(lambda number: client.query(**written.page)),
        "put": awaited(lambda number: client.put_item(**written.put(number))),
        "transaction of 4": awaited(lambda number: client.transact_write_items(**written.transaction(number))),
    }
