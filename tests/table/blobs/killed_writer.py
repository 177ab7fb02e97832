"""A process that writes large values until it is killed: `python -m tests.table.blobs.killed_writer FOLDER NAME`.

It prints the id of each document, all of which begin with the name, when its write was acknowledged.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from entaku.table import Model, Table, changed
from entaku.table.drivers.blobs import FolderBlobs
from entaku.table.drivers.sqlite import open_sqlite
from tests.engines import SECRET
from tests.table.blobs.entities import ENTITIES, LARGE, Document, document


async def opened(folder: Path) -> Table:
    model = Model(ENTITIES)
    driver = await open_sqlite(folder / "table.db")
    await driver.create_table(model.index_count)
    return Table(driver, model, secret=SECRET, blobs=FolderBlobs(folder / "blobs"))


def value(name: str, n: int) -> str:
    """The text that a document has after so many writes."""
    return f"{name} {n} {LARGE}"


async def write_for_ever(folder: Path, begins: str) -> None:
    table = (await opened(folder)).for_tenant("acme")

    async def keep_writing(writer: int) -> None:
        name = f"{begins}-{writer}"
        written = await table.create(document(name, body=value(name, 0)))
        while True:
            sys.stdout.write(f"{name} {written.stars}\n")
            sys.stdout.flush()
            n = written.stars + 1
            if n % 2:
                written = await table.replace(changed(written, body=value(name, n), stars=n))
            else:
                written = await table.patch(Document.at(shelf="s", id=name), body=value(name, n), stars=n)

    await asyncio.gather(*(keep_writing(writer) for writer in range(4)))


if __name__ == "__main__":
    asyncio.run(write_for_ever(Path(sys.argv[1]), sys.argv[2]))
