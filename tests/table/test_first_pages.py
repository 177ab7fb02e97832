"""The first pages of many listings come from one call, and each goes on by itself."""

from __future__ import annotations

import pytest

from entaku.core.errors import Invalid
from entaku.table import BoundTable, Table
from entaku.table.driver import Driver
from entaku.testing import CountingDriver, ManualClock
from tests.table.entities import Note


async def test_each_listing_has_its_own_page_and_cursor(acme: BoundTable) -> None:
    notes = [await acme.create(Note(book=book, id=str(n))) for book in "xy" for n in range(3)]
    one = await acme.create(Note(book="one", id="1"))

    x, y, single, empty = await acme.list_each(*(Note.in_book(book=book) for book in ("x", "y", "one", "z")), limit=2)

    assert ([*x.items], [*y.items]) == (notes[:2], notes[3:5])
    assert ([*single.items], single.cursor) == ([one], None)
    assert (empty.items, empty.cursor) == ((), None)
    rest = await acme.list(Note.in_book(book="y"), limit=2, after=y.cursor)
    assert (rest.items, rest.cursor) == ((notes[5],), None)


async def test_a_cursor_of_one_listing_is_none_of_another(acme: BoundTable) -> None:
    for book in "xy":
        for n in range(2):
            await acme.create(Note(book=book, id=str(n)))

    x, _ = await acme.list_each(Note.in_book(book="x"), Note.in_book(book="y"), limit=1)

    with pytest.raises(Invalid, match="cursor"):
        await acme.list(Note.in_book(book="y"), limit=1, after=x.cursor)


async def test_any_number_of_listings_is_one_call(bare_driver: Driver, table: Table, clock: ManualClock) -> None:
    counting = CountingDriver(bare_driver)
    counted = Table(counting, table.model, secret=b"0123456789abcdef", clock=clock).for_tenant("acme")

    await counted.list_each(*(Note.in_book(book=str(n)) for n in range(120)), limit=1)

    assert dict(counting.calls) == {"query": 1}


@pytest.mark.parametrize("limit", [0, 201])
async def test_pages_of_an_impossible_size_are_refused(acme: BoundTable, limit: int) -> None:
    with pytest.raises(Invalid, match="1 to 200"):
        await acme.list_each(Note.in_book(book="b"), limit=limit)
