"""Cursors: opaque, signed, and good for one listing of one tenant in one direction."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entaku.core.errors import Invalid
from entaku.core.limits import CURSOR_BYTES_MAX
from entaku.table import BoundTable, Model, Table
from entaku.table.cursors import Cursors
from entaku.table.driver import Driver
from entaku.testing import ManualClock
from tests.table.entities import Note
from tests.table.walking import walk

CURSORS = Cursors(b"sixteen bytes ok")


@pytest.fixture
async def cursor(acme: BoundTable) -> str:
    """After the first of four notes of book b."""
    for name in "abcd":
        await acme.create(Note(book="b", id=name))
    found = (await acme.list(Note.in_book(book="b"), limit=1)).cursor
    assert found is not None
    return found


@given(st.text(), st.text(st.characters(exclude_categories=["Cs"])))
def test_a_cursor_opens_to_its_position(listing: str, position: str) -> None:
    listing = listing.encode(errors="replace").decode()

    assert CURSORS.open(listing, CURSORS.seal(listing, position)) == position


def test_a_cursor_shows_nothing_of_the_names_it_is_made_of() -> None:
    cursor = CURSORS.seal("people by name", "ann miller#ann.miller@maple.example")

    assert b"ann" not in base64.urlsafe_b64decode(cursor + "==")
    assert cursor == CURSORS.seal("people by name", "ann miller#ann.miller@maple.example")


@given(st.integers(0, 60), st.characters())
def test_a_cursor_that_was_changed_anywhere_is_refused(place: int, character: str) -> None:
    cursor = CURSORS.seal("listing", "NOTE#abc")
    tampered = cursor[:place] + character + cursor[place + 1 :]

    if tampered != cursor:
        with pytest.raises(Invalid, match="start again without a cursor"):
            CURSORS.open("listing", tampered)


@given(st.text(max_size=80))
def test_no_text_that_was_not_sealed_is_a_cursor(text: str) -> None:
    with pytest.raises(Invalid):
        CURSORS.open("listing", text)


def test_a_cursor_of_another_secret_or_of_any_length_is_refused() -> None:
    foreign = Cursors(b"another secret!!").seal("listing", "x")
    for cursor in (foreign, foreign + "=", "A" * (CURSOR_BYTES_MAX + 1)):
        with pytest.raises(Invalid):
            CURSORS.open("listing", cursor)


async def test_a_cursor_of_another_pattern_is_refused(acme: BoundTable, cursor: str) -> None:
    with pytest.raises(Invalid, match="cursor"):
        await acme.list(Note.by_stars(book="b"), after=cursor)


async def test_a_cursor_of_other_parameters_is_refused(acme: BoundTable, cursor: str) -> None:
    with pytest.raises(Invalid, match="cursor"):
        await acme.list(Note.in_book(book="c"), after=cursor)


async def test_a_cursor_of_the_other_direction_is_refused(acme: BoundTable, cursor: str) -> None:
    with pytest.raises(Invalid, match="cursor"):
        await acme.list(Note.in_book(book="b"), after=cursor, reverse=True)


async def test_a_cursor_outlives_the_item_it_stands_on(acme: BoundTable, cursor: str) -> None:
    await acme.delete(await acme.get(Note.at(book="b", id="a")))

    rest = await acme.list(Note.in_book(book="b"), after=cursor)

    assert rest.items[0].id == "b"


async def test_a_cursor_may_be_used_with_another_page_size_and_again(acme: BoundTable, cursor: str) -> None:
    once = await acme.list(Note.in_book(book="b"), after=cursor, limit=1)
    again = await acme.list(Note.in_book(book="b"), after=cursor, limit=1)

    assert once.items == again.items


async def test_a_cursor_works_in_another_process_of_the_deployment(
    driver: Driver, model: Model, clock: ManualClock, cursor: str
) -> None:
    other = Table(driver, model, secret=b"cursors of tests only", clock=clock).for_tenant("acme")

    assert (await other.list(Note.in_book(book="b"), after=cursor)).items[0].id == "b"


async def test_a_page_that_is_exactly_full_is_followed_by_nothing(acme: BoundTable) -> None:
    notes = [await acme.create(Note(book="b", id=name)) for name in "abcd"]

    assert await walk(acme, Note.in_book(book="b"), limit=4) == notes
    assert await walk(acme, Note.in_book(book="b"), limit=2) == notes


def test_a_short_secret_is_refused(driver: Driver, model: Model) -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        Table(driver, model, secret=b"short")
