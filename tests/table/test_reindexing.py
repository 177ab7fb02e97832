"""Filling a new index: what was written before it is found by it, and nobody notices anything else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from entaku.core.errors import Internal, Invalid
from entaku.table import BoundTable, Entity, Model, Table, access, key
from entaku.table.driver import Driver
from entaku.table.moving import reindexing
from entaku.table.moving.reindexing import Reindexed, reindex
from entaku.testing import ManualClock
from tests.engines import SECRET, yield_once
from tests.table.entities import OldPaper, Paper, Site, Token
from tests.table.places import Stopped, busy, stopping_at_write, walked
from tests.table.walking import walk

Settled = Callable[[], Awaitable[None]]


class OldBook(Entity, kind="BOOK", changes=True):
    """As it was before it could be listed by shelf."""

    id: str
    shelf: str = "a"

    @key("BOOK#{id}", "BOOK")
    def at(*, id: str) -> None:
        "One book."


class Book(Entity, kind="BOOK", changes=True):
    """Listed by shelf."""

    id: str
    shelf: str = "a"

    @key("BOOK#{id}", "BOOK")
    def at(*, id: str) -> None:
        "One book."

    @access("SHELF#{shelf}", "{id}", index=1)
    def on_shelf(*, shelf: str) -> None:
        "The books of a shelf, by id."


class WaitingBook(Entity, kind="BOOK", changes=True):
    """To be listed by shelf."""

    id: str
    shelf: str = "a"

    @key("BOOK#{id}", "BOOK")
    def at(*, id: str) -> None:
        "One book."

    @access("SHELF#{shelf}", "{id}", index=1, enabled=False)
    def on_shelf(*, shelf: str) -> None:
        "The books of a shelf, by id."


@pytest.fixture
def model() -> Model:
    return Model([Book, Paper, Site, Token])


def program(driver: Driver, clock: ManualClock, *entities: type[Entity]) -> BoundTable:
    return Table(driver, Model(entities), secret=SECRET, clock=clock, sleep=yield_once).for_tenant("acme")


@pytest.fixture
def before(driver: Driver, clock: ManualClock) -> BoundTable:
    """The tenant's table as the program before sees it."""
    return program(driver, clock, OldBook, OldPaper)


async def fill(driver: Driver, model: Model, clock: ManualClock, **options: object) -> Reindexed:
    return await reindex(driver, model, clock=clock, sleep=yield_once, **options)  # pyright: ignore[reportArgumentType]


async def test_what_was_written_before_is_listed_afterwards(
    driver: Driver, model: Model, clock: ManualClock, acme: BoundTable, before: BoundTable, settled: Settled
) -> None:
    for n in range(5):
        await before.create(OldBook(id=f"{n}"))
    await acme.create(Book(id="new"))
    await settled()
    assert [book.id for book in await walk(acme, Book.on_shelf(shelf="a"))] == ["new"]

    filled = await fill(driver, model, clock, index=1)
    await settled()

    assert [book.id for book in await walk(acme, Book.on_shelf(shelf="a"))] == ["0", "1", "2", "3", "4", "new"]
    assert filled == Reindexed(looked_at=6, moved=5, left=0)


async def test_nothing_but_the_index_is_another(
    driver: Driver, bare_driver: Driver, model: Model, clock: ManualClock, before: BoundTable
) -> None:
    book = await before.create(OldBook(id="1"))
    position = (await bare_driver.changes(None, limit=9)).position
    clock.advance(timedelta(days=1))

    await fill(driver, model, clock)

    assert (await before.get(OldBook.at(id="1"))).stored == book.stored
    assert (await bare_driver.changes(position, limit=9)).changes == ()


async def test_filling_again_writes_nothing(
    driver: Driver, model: Model, clock: ManualClock, before: BoundTable
) -> None:
    await before.create(OldBook(id="1"))
    await fill(driver, model, clock)

    assert (await fill(driver, model, clock)).moved == 0


async def test_a_trial_counts_and_writes_nothing(
    driver: Driver, model: Model, clock: ManualClock, before: BoundTable
) -> None:
    await before.create(OldBook(id="1"))
    items = await walked(driver)

    tried = await fill(driver, model, clock, is_trial=True)

    assert (tried.moved, await walked(driver)) == (1, items)


async def test_an_item_of_an_older_schema_gets_the_keys_of_today_and_keeps_its_shape(
    driver: Driver, model: Model, clock: ManualClock, acme: BoundTable, before: BoundTable, settled: Settled
) -> None:
    old = await before.create(OldPaper(id="1", name="on tables"))

    await fill(driver, model, clock)
    await settled()

    assert [paper.title for paper in await walk(acme, Paper.by_title())] == ["On Tables"]
    assert await before.get(OldPaper.at(id="1")) == old


async def test_only_the_kind_that_was_asked_for_is_filled(
    driver: Driver, model: Model, clock: ManualClock, before: BoundTable
) -> None:
    await before.create(OldBook(id="1"))
    await before.create(OldPaper(id="1", name="on tables"))

    assert await fill(driver, model, clock, kind="PAPER") == Reindexed(looked_at=1, moved=1, left=0)
    assert await fill(driver, model, clock, kind="BOOK") == Reindexed(looked_at=1, moved=1, left=0)


@pytest.mark.parametrize("options", [{"index": 2}, {"index": 1, "kind": "SITE"}, {"kind": "NOBODY"}])
async def test_what_nobody_declares_is_refused(
    driver: Driver, model: Model, clock: ManualClock, options: dict[str, object]
) -> None:
    with pytest.raises(Invalid):
        await fill(driver, model, clock, **options)


async def test_who_writes_meanwhile_wins_and_is_in_the_index(
    driver: Driver, model: Model, clock: ManualClock, acme: BoundTable, before: BoundTable, settled: Settled
) -> None:
    books = [await before.create(OldBook(id=f"{n}")) for n in range(4)]
    turns = iter(range(4))

    async def write() -> None:
        """An old program moves a book and does not know of the index; a new one does."""
        turn = next(turns, 0)
        if turn == 1:
            await before.patch(OldBook.at(id="1"), shelf="b")
        elif turn == 3:
            await acme.patch(Book.at(id="3"), shelf="b")

    filled = await fill(busy(driver, write), model, clock)
    await settled()

    assert [book.id for book in await walk(acme, Book.on_shelf(shelf="a"))] == ["0", "2"]
    assert [book.id for book in await walk(acme, Book.on_shelf(shelf="b"))] == ["1", "3"]
    assert (filled.looked_at, filled.left, len(books)) == (4, 0, 4)


async def test_what_others_push_out_of_its_page_is_in_the_index_too(
    driver: Driver,
    model: Model,
    clock: ManualClock,
    acme: BoundTable,
    before: BoundTable,
    settled: Settled,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reindexing, "LOAD_ITEMS_MAX", 4)
    for n in range(4):
        await before.create(OldBook(id=f"{n}"))
    turns = iter(range(2))

    async def write() -> None:
        """When the page has been read, an old program changes its items, and a new one adds some among them."""
        if next(turns, 0) == 1:
            for n in range(4):
                await before.patch(OldBook.at(id=f"{n}"), shelf="b")
                await acme.create(Book(id=f"0{n}", shelf="b"))

    await fill(busy(driver, write), model, clock)
    await settled()

    assert [book.id for book in await walk(acme, Book.on_shelf(shelf="b"))] == sorted("0 00 01 02 03 1 2 3".split())


async def test_an_interrupted_filling_is_finished_by_repeating_it(
    driver: Driver, model: Model, clock: ManualClock, acme: BoundTable, before: BoundTable, settled: Settled
) -> None:
    for n in range(6):
        await before.create(OldBook(id=f"{n}"))

    with pytest.raises(Stopped):
        await fill(stopping_at_write(driver, number=3), model, clock)
    await fill(driver, model, clock)
    await settled()

    assert len(await walk(acme, Book.on_shelf(shelf="a"))) == 6
    assert len(await walked(driver)) == 6


async def test_a_listing_that_is_not_enabled_is_filled_but_refused(driver: Driver, clock: ManualClock) -> None:
    waiting = program(driver, clock, WaitingBook)
    await waiting.create(WaitingBook(id="1"))

    with pytest.raises(Internal, match="entaku table reindex --index 1"):
        WaitingBook.on_shelf(shelf="a")

    (item,) = await walked(driver)
    assert [key.sk for key in item.index_keys] == ["1"]


def test_only_a_listing_of_an_index_can_wait() -> None:
    with pytest.raises(TypeError, match="only a listing of an index"):

        class Shelf(Entity, kind="SHELF"):
            id: str

            @key("SHELF#{id}", "SHELF")
            def at(*, id: str) -> None:
                "One shelf."

            @access("SHELF#{id}", "S", enabled=False)
            def all(*, id: str) -> None:
                "All."
