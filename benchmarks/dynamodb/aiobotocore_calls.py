"""aiobotocore's client, down to its dictionaries, with one attempt a call as ours."""

from __future__ import annotations

from typing import Any

from aiobotocore.config import AioConfig  # pyright: ignore[reportMissingImports]
from aiobotocore.session import get_session  # pyright: ignore[reportMissingImports]

from dynamodb.contender import ACCESS_KEY, REGION, SECRET_KEY, Calls, Written


async def calls(endpoint: str, table: str, item: dict[str, Any]) -> Calls:
    # Never closed: the process ends with it.
    client: Any = await (
        get_session()
        .create_client(
            "dynamodb",
            endpoint_url=endpoint,
            region_name=REGION,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
            config=AioConfig(retries={"total_max_attempts": 1}),
        )
        .__aenter__()
    )
    written = Written(table, item, __name__)
    return {
        "get": lambda number: client.get_item(**written.get),
        "page of 20": lambda number: client.query(**written.page),
        "put": lambda number: client.put_item(**written.put(number)),
        "transaction of 4": lambda number: client.transact_write_items(**written.transaction(number)),
    }
