"""How much processor time does a call to DynamoDB cost in our process, beside boto3?

A get, a page of 20 and a put of one item of about 330 bytes, one after the other, against a process on this machine
that answers always the same at once: through the table on our driver, down to entities; and through boto3's client,
down to its dictionaries. Rounds of the two take turns, and the median round counts: microseconds of processor time of
the client alone. Last, what it takes to make 20 entities of the bytes of a page. Run it in a quiet moment:
`python benchmarks/dynamodb_client.py [--items 2000]`; `--items` is the number of calls in a round.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from typing import Any

import boto3
import msgspec
from aiodynamo.credentials import Key, StaticCredentials
from aiohttp import web
from botocore.config import Config
from report import print_header, print_table, verdict

from entaku.table import Entity, Model, Table, access, key
from entaku.table.driver import Codec, Item
from entaku.table.drivers.dynamodb import open_dynamodb
from entaku.table.drivers.dynamodb.codec import DynamoCodec
from entaku.table.drivers.dynamodb.items import Image, attributes_of, page_decoder

PAGE = 20
ROUNDS = 7
BODY = "lorem ipsum dolor sit amet " * 8
NAME, REGION, PREFIX = "documents", "eu-west-1", "TENANT#acme#"
NOW = datetime(2026, 4, 1, tzinfo=UTC)
CALL_GOAL = 0.5
"""Of boto3's processor time."""
PAGE_GOAL_US = 100.0


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


def document(number: int) -> Document:
    return Document(library="l1", id=f"d{number:08d}", owner="ada", title=f"Document {number}", size=1, changed_at=NOW)


def image(number: int) -> dict[str, Any]:
    """An item as DynamoDB answers it."""
    codec: Codec = DynamoCodec()
    one, at = document(number), "2026-04-01T00:00:00.000Z"
    pk, sk = f"{PREFIX}LIBRARY#{one.library}", f"DOCUMENT#{one.id}"
    return attributes_of(Item(pk, sk, "DOCUMENT", 1, codec.encode(one), 1775035800000000, "0" * 24, at, at), None)


ANSWERS = {
    "GetItem": msgspec.json.encode({"Item": image(1)}),
    "Query": msgspec.json.encode({"Items": [image(n) for n in range(PAGE)], "Count": PAGE, "ScannedCount": PAGE}),
    "PutItem": b"{}",
}


def serve(started: Connection) -> None:
    """A process that answers from memory."""

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        body = ANSWERS[request.headers["x-amz-target"].rpartition(".")[2]]
        return web.Response(body=body, content_type="application/x-amz-json-1.0")

    async def run() -> None:
        application = web.Application()
        application.router.add_post("/", answer)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        started.send(runner.addresses[0][1])
        await asyncio.Event().wait()

    asyncio.run(run())


async def cost_us(call: Callable[[], Awaitable[object]], count: int) -> float:
    """Processor time of a call."""
    before = time.process_time()
    for _ in range(count):
        await call()
    return (time.process_time() - before) / count * 1e6


def ours(table: Table) -> dict[str, Callable[[], Awaitable[object]]]:
    tenant, new = table.for_tenant("acme"), document(1)
    return {
        "get": lambda: tenant.get(Document.at(library="l1", id="d00000001")),
        "page of 20": lambda: tenant.list(Document.in_library(library="l1"), limit=PAGE),
        "put": lambda: tenant.create(new),
    }


def botos(endpoint: str) -> dict[str, Callable[[], Awaitable[object]]]:
    client: Any = boto3.client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id="a",
        aws_secret_access_key="b",
        config=Config(retries={"total_max_attempts": 1}),
    )
    item = image(1) | {"Data": {"M": msgspec.json.decode(DynamoCodec().encode(document(1)).json)}}
    position = {"PK": item["PK"], "SK": item["SK"]}
    values = {":pk": item["PK"], ":low": {"S": "DOCUMENT#"}, ":high": {"S": "DOCUMENT$"}}
    query: dict[str, Any] = {
        "KeyConditionExpression": "#pk = :pk AND #sk BETWEEN :low AND :high",
        "ExpressionAttributeNames": {"#pk": "PK", "#sk": "SK"},
        "ExpressionAttributeValues": values,
    }

    def awaited(call: Callable[[], object]) -> Callable[[], Awaitable[object]]:
        async def calling() -> object:
            return call()

        return calling

    return {
        "get": awaited(lambda: client.get_item(TableName=NAME, Key=position, ConsistentRead=True)),
        "page of 20": awaited(lambda: client.query(TableName=NAME, Limit=PAGE + 1, **query)),
        "put": awaited(
            lambda: client.put_item(TableName=NAME, Item=item, ConditionExpression="attribute_not_exists(PK)")
        ),
    }


def page_us(count: int) -> float:
    """From the bytes of a page to 20 entities."""
    codec, decoder = DynamoCodec(), page_decoder(Image)
    before = time.process_time()
    for _ in range(count):
        for found in decoder.decode(ANSWERS["Query"]).images:
            codec.decode(found.item().data, Document)
    return (time.process_time() - before) / count * 1e6


async def measure(endpoint: str, count: int) -> None:
    driver = await open_dynamodb(NAME, region=REGION, endpoint=endpoint, credentials=StaticCredentials(Key("a", "b")))
    table = Table(driver, Model([Document]), secret=b"of this benchmark only")
    contenders = {"entaku": ours(table), "boto3": botos(endpoint)}
    rounds: dict[tuple[str, str], list[float]] = {}
    for number in range(ROUNDS + 1):
        for name, calls in contenders.items():
            for what, call in calls.items():
                cost = await cost_us(call, count)
                if number:  # the first round warms up
                    rounds.setdefault((name, what), []).append(cost)
    await driver.close()
    costs = {where: statistics.median(found) for where, found in rounds.items()}
    rows: list[list[str]] = []
    for what in contenders["entaku"]:
        mine, theirs = costs["entaku", what], costs["boto3", what]
        rows.append([what, f"{mine:.0f}", f"{theirs:.0f}", verdict(mine / theirs, CALL_GOAL, "of boto3's")])
    print_table(["us of processor time a call", "entaku, to entities", "boto3, to dictionaries", ""], rows)
    page = statistics.median(page_us(count) for _ in range(ROUNDS))
    print(f"20 entities from the bytes of a page: {page:.0f} us; {verdict(page, PAGE_GOAL_US, 'us')}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=500, help="calls in a round")
    count = max(50, min(parser.parse_args().items, 2000))
    print_header(__doc__ or "", also=[f"{ROUNDS} rounds of {count} calls"])
    here, there = multiprocessing.get_context("spawn").Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(there,), daemon=True)
    server.start()
    try:
        asyncio.run(measure(f"http://127.0.0.1:{here.recv()}", count))
    finally:
        server.terminate()
        server.join()


if __name__ == "__main__":
    main()
