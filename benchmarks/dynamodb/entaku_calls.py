"""The table on our driver, down to entities."""

from __future__ import annotations

from typing import Any

from aiodynamo.credentials import Key, StaticCredentials

from dynamodb.contender import ACCESS_KEY, PAGE, REGION, SECRET_KEY, Calls
from dynamodb.documents import LIBRARY, TENANT, Document, document
from entaku.table import Model, Table
from entaku.table.drivers.dynamodb import open_dynamodb


async def calls(endpoint: str, table: str, item: dict[str, Any]) -> Calls:
    credentials = StaticCredentials(Key(ACCESS_KEY, SECRET_KEY))
    driver = await open_dynamodb(table, region=REGION, endpoint=endpoint, credentials=credentials)
    tenant = Table(driver, Model([Document]), secret=b"of this benchmark only").for_tenant(TENANT)

    async def transaction(number: int) -> None:
        async with tenant.transaction() as tx:
            for each in range(4):
                tx.create(document(4 * number + each, "entaku-together"))

    return {
        "get": lambda number: tenant.get(Document.at(library=LIBRARY, id="d00000001")),
        "page of 20": lambda number: tenant.list(Document.in_library(library=LIBRARY), limit=PAGE),
        "put": lambda number: tenant.create(document(number, "entaku")),
        "transaction of 4": transaction,
    }
