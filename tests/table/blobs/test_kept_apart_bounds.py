"""What is kept apart and what is not, and how much of it there may be."""

from __future__ import annotations

import pytest

from entaku.core.errors import Invalid
from entaku.core.limits import BLOB_BYTES_MAX, ITEM_BYTES_MAX, MIB, PAGE_BLOB_BYTES_MAX, TRANSACTION_BLOB_BYTES_MAX
from entaku.table import (
    BoundTable,
    Model,
    Table,
    field,
)
from entaku.table.driver import Driver
from entaku.table.drivers.blobs import FolderBlobs
from entaku.testing import ManualClock
from tests.engines import SECRET, yield_once
from tests.table.blobs.conftest import keys_in
from tests.table.blobs.entities import ABOVE, AT, LARGE, Document, document


async def test_what_is_left_in_the_item_is_what_counts(acme: BoundTable) -> None:
    large = await acme.create(document(body="x" * (2 * ITEM_BYTES_MAX)))

    with pytest.raises(Invalid, match="bytes; an item holds at most"):
        await acme.create(document("d2", title="x" * ITEM_BYTES_MAX))

    assert await acme.get(AT) == large


async def test_a_value_has_a_bound(acme: BoundTable, bare_blobs: FolderBlobs) -> None:
    with pytest.raises(Invalid, match=r"Document.body has \d+ bytes; a value holds at most"):
        await acme.create(document(body="x" * (BLOB_BYTES_MAX + 1)))

    assert await keys_in(bare_blobs) == []


async def test_the_values_of_a_transaction_have_a_bound(acme: BoundTable) -> None:
    scan = bytes(BLOB_BYTES_MAX)
    tx = acme.transaction()
    for n in range(TRANSACTION_BLOB_BYTES_MAX // BLOB_BYTES_MAX):
        tx.create(document(f"d{n}", body="", scan=scan))

    with pytest.raises(Invalid, match="keeps apart have more than"):
        tx.create(document("one too many", scan=scan))


async def test_a_page_ends_early_where_its_values_are_too_many_bytes(acme: BoundTable) -> None:
    size = PAGE_BLOB_BYTES_MAX // 2 - 1
    for n in range(3):
        await acme.create(document(f"d{n}", body="small", scan=bytes(size)))

    first = await acme.list(Document.on_shelf(shelf="s"))
    second = await acme.list(Document.on_shelf(shelf="s"), after=first.cursor)

    assert [each.id for each in (*first.items, *second.items)] == ["d0", "d1", "d2"]
    assert len(first.items) == 2


async def test_a_value_that_fills_more_than_a_page_is_a_page(acme: BoundTable) -> None:
    for n in range(2):
        await acme.create(document(f"d{n}", body="small", scan=bytes(PAGE_BLOB_BYTES_MAX + 1)))

    page = await acme.list(Document.on_shelf(shelf="s"))

    assert [each.id for each in page.items] == ["d0"]
    assert page.cursor is not None


async def test_a_megabyte_survives(acme: BoundTable) -> None:
    body = "".join(chr(0x20 + n % 5000) for n in range(MIB))

    created = await acme.create(document(body=body))

    assert (await acme.get(AT)).body == created.body == body


@pytest.mark.parametrize("length", [0, 1, ABOVE, ABOVE + 1])
async def test_only_what_is_larger_than_declared_leaves_the_item(
    acme: BoundTable, bare_blobs: FolderBlobs, length: int
) -> None:
    created = await acme.create(document(body="x" * length, scan=b"y" * length))

    assert await acme.get(AT) == created
    assert len(await keys_in(bare_blobs)) == (2 if length > ABOVE else 0)


async def test_bytes_count_and_not_characters(acme: BoundTable, bare_blobs: FolderBlobs) -> None:
    await acme.create(document(body="円" * (ABOVE // 3 + 1)))

    assert len(await keys_in(bare_blobs)) == 1


async def test_half_a_surrogate_pair_is_refused(acme: BoundTable) -> None:
    with pytest.raises(Invalid, match="lone surrogate"):
        await acme.create(document(body=LARGE + "\ud800"))


async def test_no_condition_asks_for_a_value_that_is_kept_apart(acme: BoundTable) -> None:
    await acme.create(document())

    with pytest.raises(Invalid, match=r"Document.body is kept apart and no condition"):
        await acme.patch(AT, where=[field("body").equals("x")], stars=1)


async def test_without_a_store_a_large_value_is_refused_and_a_small_one_is_not(
    driver: Driver, model: Model, clock: ManualClock
) -> None:
    acme = Table(driver, model, secret=SECRET, clock=clock, sleep=yield_once).for_tenant("acme")

    with pytest.raises(Invalid, match="ENTAKU_BLOBS"):
        await acme.create(document())

    assert await acme.find(AT) is None
    assert (await acme.create(document(body="small"))).body == "small"
