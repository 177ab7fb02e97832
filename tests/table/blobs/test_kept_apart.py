"""Values that are kept apart: who reads and writes the entity sees nothing of it."""

from __future__ import annotations

import asyncio

import pytest

from entaku.core.errors import Conflict
from entaku.core.limits import ITEM_BYTES_MAX
from entaku.table import (
    BlobStore,
    BoundTable,
    Model,
    Table,
    Transaction,
    add,
    changed,
    idempotency_key,
)
from entaku.table.driver import Driver
from entaku.table.drivers.blobs import FolderBlobs
from entaku.testing import CountingDriver, ManualClock
from tests.engines import SECRET, yield_once
from tests.table.blobs.conftest import keys_in
from tests.table.blobs.entities import ABOVE, AT, LARGE, Document, Notice, document

SCAN = bytes(range(256)) * 9


async def test_every_verb_gives_the_value_back(acme: BoundTable) -> None:
    created = await acme.create(document(scan=SCAN))

    page = await acme.list(Document.on_shelf(shelf="s"))
    found = await acme.search(Document.on_shelf(shelf="s"), "円", texts=lambda each: [each.body])
    (whole,) = await acme.list_all(Document.on_shelf(shelf="s"), at_most=5)

    assert (created.body, created.scan) == (LARGE, SCAN)
    assert [await acme.get(AT), *page.items, *found.items, *whole] == [created] * 4
    assert await acme.find_many([AT, Document.at(shelf="s", id="none")]) == [created, None]
    assert await acme.snapshot(lambda reader: reader.get(AT)) == created


async def test_a_blob_is_named_for_its_tenant_and_holds_the_plain_value(
    acme: BoundTable, bare_blobs: FolderBlobs
) -> None:
    await acme.create(document())

    (key,) = await keys_in(bare_blobs, "acme/document/")

    assert await bare_blobs.get(key) == LARGE.encode()


async def test_a_replace_with_an_equal_value_writes_nothing_and_reads_no_blob(
    acme: BoundTable, bare_blobs: FolderBlobs
) -> None:
    created = await acme.create(document())
    (key,) = await keys_in(bare_blobs)
    await bare_blobs.delete(key)

    replaced = await acme.replace(changed(created, body="円" * ABOVE))

    assert replaced.version == created.version
    assert await keys_in(bare_blobs) == []


async def test_a_replace_that_keeps_the_value_keeps_its_blob(acme: BoundTable, bare_blobs: FolderBlobs) -> None:
    created = await acme.create(document())
    before = await keys_in(bare_blobs)

    replaced = await acme.replace(changed(created, title="new"))

    assert await acme.get(AT) == replaced
    assert await keys_in(bare_blobs) == before


async def test_a_value_may_grow_out_of_its_item_and_shrink_back(acme: BoundTable) -> None:
    small = await acme.create(document(body="small"))
    large = await acme.replace(changed(small, body=LARGE))
    patched = await acme.patch(AT, body="small again")
    grown = await acme.patch(patched, body=LARGE + "!")

    assert (large.body, patched.body, grown.body) == (LARGE, "small again", LARGE + "!")
    assert await acme.get(AT) == grown
    assert (await acme.replace(changed(grown, body=LARGE + "!"))).version == grown.version


async def test_a_patch_of_another_field_leaves_the_value_alone(acme: BoundTable, bare_blobs: FolderBlobs) -> None:
    await acme.create(document())
    before = await keys_in(bare_blobs)

    patched = await acme.patch(AT, title="new", stars=add(2))

    assert (patched.body, patched.title, patched.stars) == (LARGE, "new", 2)
    assert await acme.get(AT) == patched
    assert await keys_in(bare_blobs) == before


async def test_a_patch_to_nothing_is_nothing(acme: BoundTable) -> None:
    await acme.create(document(scan=b"x" * 2000))

    assert (await acme.patch(AT, scan=None)).scan is None
    assert (await acme.get(AT)).scan is None


async def test_a_patch_of_an_entity_with_its_own_value_puts_no_blob(acme: BoundTable, bare_blobs: FolderBlobs) -> None:
    created = await acme.create(document())
    before = await keys_in(bare_blobs)

    await acme.patch(created, body=LARGE, stars=1)

    assert await keys_in(bare_blobs) == before


async def test_a_copy_has_a_blob_of_its_own(acme: BoundTable, bare_blobs: FolderBlobs) -> None:
    created = await acme.create(document())

    await acme.create(changed(created, id="d2"))

    assert len(await keys_in(bare_blobs)) == 2


async def test_a_transaction_with_several_values_is_all_or_nothing(acme: BoundTable) -> None:
    await acme.create(document("d2", body="there before"))

    tx = acme.transaction()
    tx.create(document("d1"))
    tx.create(document("d2"))

    with pytest.raises(Conflict):
        await tx.commit()

    assert await acme.find(AT) is None
    assert (await acme.get(Document.at(shelf="s", id="d2"))).body == "there before"


async def test_a_stale_replace_conflicts_and_changes_no_value(acme: BoundTable) -> None:
    stale = await acme.create(document())
    current = await acme.replace(changed(stale, body=LARGE + "2"))

    with pytest.raises(Conflict):
        await acme.replace(changed(stale, body=LARGE + "3"))

    assert await acme.get(AT) == current


async def test_a_repeated_request_gets_the_large_answer_of_the_first_time(
    acme: BoundTable, bare_blobs: FolderBlobs
) -> None:
    body = "x" * ITEM_BYTES_MAX

    async def create() -> Document:
        async def work(tx: Transaction) -> Document:
            return tx.create(document(body=body))

        return await acme.run(work, answer=Document, idempotency=idempotency_key("once", b""))

    first = await create()
    blobs = await keys_in(bare_blobs)

    assert await create() == first
    assert await keys_in(bare_blobs) == blobs
    assert (await acme.get(AT)).body == body


async def test_the_platform_keeps_values_apart_too(table: Table, bare_blobs: FolderBlobs) -> None:
    created = await table.platform.create(Notice(id="n", text=LARGE))

    assert await table.platform.get(Notice.at(id="n")) == created
    assert len(await keys_in(bare_blobs, "~~platform/notice/")) == 1


async def test_many_writers_of_one_document_leave_one_of_their_values(acme: BoundTable) -> None:
    await acme.create(document())

    async def write(n: int) -> None:
        async def work(tx: Transaction) -> None:
            found = await acme.get(AT)
            tx.replace(changed(found, body=LARGE + str(n), stars=found.stars + 1))

        await acme.run(work)

    await asyncio.gather(*(write(n) for n in range(5)))

    found = await acme.get(AT)
    assert found.stars == 5
    assert found.body in {LARGE + str(n) for n in range(5)}


async def test_writing_a_value_costs_no_call_more_of_the_engine(
    bare_driver: Driver, model: Model, clock: ManualClock, blobs: BlobStore
) -> None:
    counting = CountingDriver(bare_driver)
    acme = Table(counting, model, secret=SECRET, clock=clock, sleep=yield_once, blobs=blobs).for_tenant("acme")

    created = await acme.create(document())
    await acme.replace(changed(created, body=LARGE + "!"))

    assert (counting.calls["read"], counting.calls["write"]) == (0, 2)
