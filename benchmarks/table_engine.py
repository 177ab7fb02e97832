"""What does the table cost above the engine it stands on, and beside what one would otherwise use?

Measures a get, a page of 20, a put with two index entries and a transaction of four such puts: through the table on the
embedded engine; as raw apsw running the same statements on the same schema with the same commits (the floor); and
through boto3 on moto, in process. Rounds of the three take turns, and the median round counts, in microseconds of
wall-clock time. Run it in a quiet moment: `python benchmarks/table_engine.py [--items 100000]`. moto is optional, and
holds fewer items (`--moto-items`), because it answers more slowly the more it holds.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.metadata
import os
import platform
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import apsw

from entaku.table import Entity, Model, Table, access, key
from entaku.table.drivers.sqlite import open_sqlite, reading, rows
from entaku.table.drivers.sqlite.connections import open_reader, open_writer

LIBRARY_ITEMS = 50
PAGE = 20
ROUNDS = 7
BODY = "lorem ipsum dolor sit amet " * 8
OPERATIONS = ("get", "page of 20", "put, 2 indexes", "transaction of 4")
GOALS = (2.5, 2.5, 3.0, 3.0)

Measured = dict[str, list[float]]
Documents = tuple["Document", ...]
"""One, or the four of a transaction."""


class Document(Entity, kind="DOCUMENT"):
    """About 330 bytes of data, shown in two indexes."""

    library: str
    id: str
    owner: str
    state: str
    title: str
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

    @access("STATE#{library}", "{state}#{id}", index=2)
    def by_state(*, library: str) -> None:
        "The documents of a library, by state."


def document(number: int, prefix: str = "d") -> Document:
    return Document(
        library=f"l{number // LIBRARY_ITEMS:08d}",
        id=f"{prefix}{number:08d}",
        owner=f"u{number % 997}",
        state="draft" if number % 2 else "final",
        title=f"Document {number}",
    )


class Contender:
    """Something that is measured: one coroutine an operation, given documents that were made before."""

    name: str
    items: int

    def operations(self) -> tuple[Callable[[Documents], Awaitable[object]], ...]:
        return (self.get, self.page, self.put, self.transaction)

    async def get(self, documents: Documents) -> object:
        raise AssertionError

    async def page(self, documents: Documents) -> object:
        raise AssertionError

    async def put(self, documents: Documents) -> object:
        raise AssertionError

    async def transaction(self, documents: Documents) -> object:
        raise AssertionError


class OnTable(Contender):
    name = "table"

    def __init__(self, table: Table, items: int) -> None:
        self.items, self._table = items, table.for_tenant("acme")

    async def fill(self) -> None:
        for start in range(0, self.items, LIBRARY_ITEMS):
            async with self._table.transaction() as tx:
                for number in range(start, min(start + LIBRARY_ITEMS, self.items)):
                    tx.create(document(number))

    async def get(self, documents: Documents) -> object:
        return await self._table.get(Document.at(library=documents[0].library, id=documents[0].id))

    async def page(self, documents: Documents) -> object:
        return await self._table.list(Document.in_library(library=documents[0].library), limit=PAGE)

    async def put(self, documents: Documents) -> object:
        return await self._table.create(documents[0])

    async def transaction(self, documents: Documents) -> object:
        async with self._table.transaction() as tx:
            for one in documents:
                tx.create(one)


class OnApsw(Contender):
    """The statements of the driver, with bound values that are ready, and rows that nobody looks at."""

    name = "floor"

    def __init__(self, path: Path, items: int, data: str) -> None:
        self.items, self._data = items, data
        self._reader, self._writer = open_reader(path), open_writer(path, "normal", 5.0)
        self._page = reading._STATEMENTS[False, False, False, True]

    async def get(self, documents: Documents) -> object:
        pk, sk = _key(documents[0])
        return self._reader.execute(reading._GET, (pk, sk, 0)).get

    async def page(self, documents: Documents) -> object:
        pk, _ = _key(documents[0])
        return self._reader.execute(self._page, (pk, "DOCUMENT#", "DOCUMENT$", 0, PAGE + 1)).fetchall()

    async def put(self, documents: Documents) -> object:
        self._write(documents)

    async def transaction(self, documents: Documents) -> object:
        self._write(documents)

    def _write(self, documents: Documents) -> None:
        run = self._writer.execute
        run("BEGIN IMMEDIATE")
        for one in documents:
            run(rows._FIND, _key(one)).fetchall()
        for one in documents:
            pk, sk = _key(one)
            times = ("2026-04-01T00:00:00.000Z",) * 2
            indexes = (
                (1, f"TENANT#acme#OWNER#{one.owner}", f"{one.library}#{one.id}"),
                (2, f"TENANT#acme#STATE#{one.library}", f"{one.state}#{one.id}"),
            )
            row = (pk, sk, "DOCUMENT", 1, 1, "0" * 24, *times, None, str(indexes), None, None, self._data)
            run(rows._STORE, row)
            for index in indexes:
                run(rows._ADD_ENTRY, (*index, pk, sk))
        run("COMMIT")

    def close(self) -> None:
        self._reader.close()
        self._writer.close()


def _key(one: Document) -> tuple[str, str]:
    return f"TENANT#acme#LIBRARY#{one.library}", f"DOCUMENT#{one.id}"


class OnMoto(Contender):
    """The same items as a user of boto3 would keep them, with two indexes."""

    name = "boto3 on moto"

    def __init__(self, items: int) -> None:
        import boto3

        self.items = items
        key_names = ("PK", "SK", "GSI1PK", "GSI1SK", "GSI2PK", "GSI2SK")
        dynamodb: Any = boto3.resource("dynamodb", region_name="eu-central-1")
        self._table: Any = dynamodb.create_table(
            TableName="documents",
            KeySchema=_schema("PK", "SK"),
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in key_names],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": f"GSI{n}",
                    "KeySchema": _schema(f"GSI{n}PK", f"GSI{n}SK"),
                    "Projection": {"ProjectionType": "ALL"},
                }
                for n in (1, 2)
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        for number in range(items):
            self._table.put_item(Item=self._item(document(number)))

    async def get(self, documents: Documents) -> object:
        pk, sk = _key(documents[0])
        return self._table.get_item(Key={"PK": pk, "SK": sk}, ConsistentRead=True)["Item"]

    async def page(self, documents: Documents) -> object:
        from boto3.dynamodb.conditions import Key

        pk, _ = _key(documents[0])
        condition = Key("PK").eq(pk) & Key("SK").begins_with("DOCUMENT#")
        return self._table.query(KeyConditionExpression=condition, Limit=PAGE)["Items"]

    async def put(self, documents: Documents) -> object:
        item = self._item(documents[0])
        return self._table.put_item(Item=item, ConditionExpression="attribute_not_exists(PK)")

    async def transaction(self, documents: Documents) -> object:
        puts = [
            {
                "Put": {
                    "TableName": "documents",
                    "Item": self._item(one),
                    "ConditionExpression": "attribute_not_exists(PK)",
                }
            }
            for one in documents
        ]
        return self._table.meta.client.transact_write_items(TransactItems=puts)

    def _item(self, one: Document) -> dict[str, Any]:
        pk, sk = _key(one)
        return {
            "PK": pk,
            "SK": sk,
            "GSI1PK": f"TENANT#acme#OWNER#{one.owner}",
            "GSI1SK": f"{one.library}#{one.id}",
            "GSI2PK": f"TENANT#acme#STATE#{one.library}",
            "GSI2SK": f"{one.state}#{one.id}",
            "Data": {name: getattr(one, name) for name in ("library", "id", "owner", "state", "title", "body")},
        }


def _schema(pk: str, sk: str) -> list[dict[str, str]]:
    return [{"AttributeName": pk, "KeyType": "HASH"}, {"AttributeName": sk, "KeyType": "RANGE"}]


async def measure(contender: Contender, calls: int, chance: random.Random, into: Measured) -> None:
    """One round of each operation; no item is written twice."""
    for operation, call in zip(OPERATIONS, contender.operations(), strict=True):
        numbers = chance.sample(range(contender.items), min(calls, contender.items))
        new = f"{contender.name}-{len(into[operation])}-"
        rows: list[Documents] = [(document(number),) for number in numbers]
        if operation.startswith("put"):
            rows = [(document(number, new),) for number in numbers]
        elif operation.startswith("transaction"):
            rows = [tuple(document(number, new + letter) for letter in "abcd") for number in numbers]
        began = time.perf_counter()
        for row in rows:
            await call(row)
        into[operation].append((time.perf_counter() - began) / len(rows) * 1e6)


async def compare(items: int, calls: int, moto_items: int, folder: Path) -> dict[str, Measured]:
    driver = await open_sqlite(folder / "table.db")
    model = Model([Document])
    await driver.create_table(model.index_count)
    table = OnTable(Table(driver, model, secret=b"of the benchmark"), items)
    await table.fill()
    floor = OnApsw(folder / "table.db", items, driver.codec.encode(document(0)))
    contenders: list[tuple[Contender, int]] = [(floor, calls), (table, calls)]
    if moto_items:
        contenders.append((OnMoto(moto_items), max(10, calls // 50)))
    chance = random.Random(7)
    measured: dict[str, Measured] = {each.name: {name: [] for name in OPERATIONS} for each, _ in contenders}
    for _ in range(ROUNDS):
        for contender, times in contenders:
            await measure(contender, times, chance, measured[contender.name])
    floor.close()
    await driver.close()
    return measured


def show(measured: dict[str, Measured]) -> None:
    medians = {name: [statistics.median(taken) for taken in each.values()] for name, each in measured.items()}
    print(f"{'us a call':<18}" + "".join(f"{name:>15}" for name in medians) + f"{'table/floor':>13}{'goal':>6}", end="")
    print(f"{'moto/table':>12}" if "boto3 on moto" in medians else "")
    for n, operation in enumerate(OPERATIONS):
        print(f"{operation:<18}" + "".join(f"{each[n]:>15.1f}" for each in medians.values()), end="")
        print(f"{medians['table'][n] / medians['floor'][n]:>13.2f}{GOALS[n]:>6}", end="")
        moto = medians.get("boto3 on moto")
        print(f"{moto[n] / medians['table'][n]:>12.0f}" if moto else "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--moto-items", type=int, default=2000, help="0 leaves moto out")
    parser.add_argument("--calls", type=int, default=1000, help="of each operation in a round")
    chosen = parser.parse_args()
    names = ["apsw", "msgspec"]
    try:
        names += ["moto", "boto3"] if chosen.moto_items and importlib.metadata.version("moto") else []
    except importlib.metadata.PackageNotFoundError:
        chosen.moto_items = 0
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names)
    print(
        f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()},"
        f" SQLite {apsw.sqlite_lib_version()}, {versions}; {chosen.items} items, moto {chosen.moto_items}"
    )
    with tempfile.TemporaryDirectory() as folder:
        if chosen.moto_items:
            import moto

            with moto.mock_aws():
                measured = asyncio.run(compare(chosen.items, chosen.calls, chosen.moto_items, Path(folder)))
        else:
            measured = asyncio.run(compare(chosen.items, chosen.calls, 0, Path(folder)))
    show(measured)


if __name__ == "__main__":
    main()
