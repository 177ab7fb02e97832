"""Listings: in the order of their key, to the end, each item once; whole over shards; prefixes end at borders."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entaku.core.errors import Invalid, Limited
from entaku.core.limits import PAGE_SIZE_MAX
from entaku.table import BoundTable, keys
from entaku.table.driver import Item, Stretch
from entaku.table.reader import merged
from tests.table.entities import Chapter, Member, Note
from tests.table.walking import walk

Settled = Callable[[], Awaitable[None]]
NAMES = ["Zoë", "ada", "Ada Lovelace", "ADA", "Bob", "bob b", "円卓", "~", "éa", "ea", "Bob!"]


async def test_a_listing_is_in_the_order_of_utf8_bytes(acme: BoundTable) -> None:
    ids = ["a", "Z", "é", "\uffff", "\U00010000", "a b", "a!", "ab", "円", "0"]
    for name in ids:
        await acme.create(Note(book="b", id=name))

    found = [note.id for note in await walk(acme, Note.in_book(book="b"))]

    assert found == sorted(ids, key=str.encode)


@pytest.mark.parametrize("limit", [1, 2, 3, 10])
@pytest.mark.parametrize("reverse", [False, True])
async def test_walking_finds_everything_once_in_both_directions(acme: BoundTable, limit: int, reverse: bool) -> None:
    notes = [await acme.create(Note(book="b", id=f"{n:02d}")) for n in range(10)]

    found = await walk(acme, Note.in_book(book="b"), limit=limit, reverse=reverse)

    assert found == (notes[::-1] if reverse else notes)


async def test_a_book_does_not_list_the_notes_of_one_whose_id_begins_alike(acme: BoundTable) -> None:
    mine = await acme.create(Note(book="1", id="a"))
    await acme.create(Note(book="12", id="a"))

    assert await walk(acme, Note.in_book(book="1")) == [mine]


@pytest.mark.parametrize("other", ["12", "1 ", "1#", "1%23", "1!", "1$"])
async def test_a_prefix_inside_a_sort_key_ends_at_its_border(acme: BoundTable, other: str) -> None:
    mine = await acme.create(Chapter(book="b", part="1", number=1))
    theirs = await acme.create(Chapter(book="b", part=other, number=1))

    assert await walk(acme, Chapter.in_part(book="b", part="1")) == [mine]
    assert await walk(acme, Chapter.in_part(book="b", part=other)) == [theirs]


async def test_an_index_lists_by_a_prefix_of_its_key(acme: BoundTable, settled: Settled) -> None:
    for name, stars in (("a", 1), ("b", 2), ("c", 1), ("d", 11)):
        await acme.create(Note(book="b", id=name, stars=stars))
    await settled()

    assert [note.id for note in await walk(acme, Note.with_stars(book="b", stars=1))] == ["a", "c"]


@pytest.mark.parametrize("limit", [1, 3, 200])
@pytest.mark.parametrize("reverse", [False, True])
async def test_a_listing_over_shards_is_one_listing(
    acme: BoundTable, settled: Settled, limit: int, reverse: bool
) -> None:
    for n, name in enumerate(NAMES * 2):
        await acme.create(Member(id=str(n), name=name))
    await settled()

    found = [(keys.fold(m.name), m.id) for m in await walk(acme, Member.by_name(), limit=limit, reverse=reverse)]

    assert found == sorted(found, key=lambda row: (row[0].encode(), row[1]), reverse=reverse)
    assert sorted(name for _, name in found) == sorted(map(str, range(len(NAMES) * 2)))


async def test_a_walk_while_others_write_finds_every_item_that_stays(acme: BoundTable) -> None:
    staying = [f"s{n:02d}" for n in range(0, 40, 2)]
    for name in staying:
        await acme.create(Note(book="b", id=name))

    async def disturb() -> None:
        for n in range(1, 40, 2):
            await acme.delete(await acme.create(Note(book="b", id=f"s{n:02d}")))

    found, _ = await asyncio.gather(walk(acme, Note.in_book(book="b"), limit=3), disturb())

    assert [note.id for note in found if note.id in staying] == staying


async def test_a_listing_of_nothing_is_empty_and_at_its_end(acme: BoundTable) -> None:
    page = await acme.list(Note.in_book(book="none"))

    assert (page.items, page.cursor) == ((), None)


@pytest.mark.parametrize("limit", [0, -1, PAGE_SIZE_MAX + 1])
async def test_a_page_of_an_impossible_size_is_refused(acme: BoundTable, limit: int) -> None:
    with pytest.raises(Invalid, match=str(PAGE_SIZE_MAX)):
        await acme.list(Note.in_book(book="b"), limit=limit)


async def test_several_listings_are_read_whole_together(acme: BoundTable) -> None:
    notes = [await acme.create(Note(book=book, id=str(n))) for book in "xy" for n in range(5)]

    found = await acme.list_all(*(Note.in_book(book=book) for book in "xyz"), at_most=10)

    assert found == [notes[:5], notes[5:], []]


async def test_a_listing_that_has_more_than_its_bound_is_not_read_whole(acme: BoundTable) -> None:
    for n in range(4):
        await acme.create(Note(book="b", id=str(n)))

    with pytest.raises(Limited, match="more than 3"):
        await acme.list_all(Note.in_book(book="b"), at_most=3)


shards = st.lists(st.lists(st.integers(0, 60), unique=True, max_size=8), min_size=1, max_size=4)


@given(shards, st.integers(1, 5), st.booleans(), st.data())
def test_merged_shards_yield_everything_once_however_short_their_stretches_are(
    shards: list[list[int]], limit: int, reverse: bool, data: st.DataObject
) -> None:
    rows = [sorted({f"{n:03d}-{shard}" for n in numbers}, reverse=reverse) for shard, numbers in enumerate(shards)]
    found: list[str] = []
    after: str | None = None
    while True:
        stretches = [stretch_after(part, after, limit, reverse, data) for part in rows]
        items, after = merged(stretches, limit=limit, reverse=reverse)
        found += [item.sk for item in items]
        if after is None:
            break
        assert items, "a page that is not the last moves on"

    assert found == sorted((position for part in rows for position in part), reverse=reverse)


def stretch_after(rows: list[str], after: str | None, limit: int, reverse: bool, data: st.DataObject) -> Stretch:
    """What an engine may answer: at most `limit` rows, one if there are any, and perhaps less than it could."""
    rest = [row for row in rows if after is None or (row < after if reverse else row > after)]
    shown = rest[: data.draw(st.integers(1, limit), label="rows shown")]
    items = tuple(Item("p", row, "K", 1, "", 1, "", "", "") for row in shown)
    return Stretch(items, tuple(shown), len(shown) < len(rest))
