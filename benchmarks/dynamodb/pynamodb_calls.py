"""PynamoDB, down to its models, with one attempt a call as ours."""

from __future__ import annotations

from typing import Any

from pynamodb.attributes import MapAttribute, NumberAttribute, UnicodeAttribute  # pyright: ignore[reportMissingImports]
from pynamodb.connection import Connection  # pyright: ignore[reportMissingImports]
from pynamodb.models import Model  # pyright: ignore[reportMissingImports]
from pynamodb.transactions import TransactWrite  # pyright: ignore[reportMissingImports]

from dynamodb.contender import ACCESS_KEY, PAGE, REGION, SECRET_KEY, Calls, awaited


async def calls(endpoint: str, table: str, item: dict[str, Any]) -> Calls:
    class Fields(MapAttribute[str, Any]):
        library = UnicodeAttribute()
        id = UnicodeAttribute()
        owner = UnicodeAttribute()
        title = UnicodeAttribute()
        size = NumberAttribute()
        state = UnicodeAttribute()
        changed_at = UnicodeAttribute(null=True)
        body = UnicodeAttribute()

    class Document(Model):
        class Meta:
            table_name = table
            host = endpoint
            region = REGION
            aws_access_key_id = ACCESS_KEY
            aws_secret_access_key = SECRET_KEY
            max_retry_attempts = 0

        PK = UnicodeAttribute(hash_key=True)
        SK = UnicodeAttribute(range_key=True)
        EntityType = UnicodeAttribute()
        Schema = NumberAttribute()
        Data = Fields()
        CreatedAt = UnicodeAttribute()
        UpdatedAt = UnicodeAttribute()
        Version = NumberAttribute()
        WriteId = UnicodeAttribute()

    pk, sk = item["PK"]["S"], item["SK"]["S"]
    is_new = Document.PK.does_not_exist()
    connection = Connection(region=REGION, host=endpoint, max_retry_attempts=0)
    connection.session.set_credentials(ACCESS_KEY, SECRET_KEY)

    def document(number: int, library: str = "pynamodb") -> Document:
        made = Document()
        made.deserialize(item)
        made.PK, made.SK = f"TENANT#acme#LIBRARY#{library}", f"DOCUMENT#d{number:08d}"
        return made

    def transaction(number: int) -> None:
        with TransactWrite(connection=connection) as together:
            for each in range(4):
                together.save(document(4 * number + each, "pynamodb-together"), condition=is_new)

    # A page is one request here: without page_size the iterator would ask for more than it was told to.
    return {
        "get": awaited(lambda number: Document.get(pk, sk, consistent_read=True)),
        "page of 20": awaited(
            lambda number: list(
                Document.query(pk, Document.SK.startswith("DOCUMENT#"), consistent_read=True, limit=PAGE)
            )
        ),
        "put": awaited(lambda number: document(number).save(condition=is_new)),
        "transaction of 4": awaited(transaction),
    }
