"""A listing gone through a page at a time: all of it, once, from wherever somebody stopped."""

from __future__ import annotations

import pytest

from entaku.table import BoundTable, pages_of
from tests.table.entities import Note


@pytest.fixture
async def ids(acme: BoundTable) -> list[str]:
    """Seven notes of one book."""
    notes = [await acme.create(Note(book="b", id=str(number))) for number in range(7)]
    return [note.id for note in notes]


@pytest.mark.parametrize(("limit", "sizes"), [(1, [1] * 7), (3, [3, 3, 1]), (200, [7])])
async def test_all_pages_have_everything_once(acme: BoundTable, ids: list[str], limit: int, sizes: list[int]) -> None:
    pages = [page async for page in pages_of(acme, Note.in_book(book="b"), limit=limit)]

    assert [len(page.items) for page in pages] == sizes
    assert [note.id for page in pages for note in page.items] == ids


async def test_who_stopped_goes_on_behind_the_page_that_was_seen(acme: BoundTable, ids: list[str]) -> None:
    async for page in pages_of(acme, Note.in_book(book="b"), limit=3):
        seen = page
        break

    rest = [note.id async for page in pages_of(acme, Note.in_book(book="b"), after=seen.cursor) for note in page.items]

    assert [note.id for note in seen.items] + rest == ids


async def test_of_nothing_there_is_one_empty_page(acme: BoundTable) -> None:
    pages = [page.items async for page in pages_of(acme, Note.in_book(book="none"))]

    assert pages == [()]
