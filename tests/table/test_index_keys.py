"""Index keys: right after every write, also after a partial one by somebody who did not read the item."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from entaku.core.errors import Conflict, Invalid, NotFound
from entaku.table import BoundTable, Model, Table, Transaction, add, changed, field, idempotency_key
from entaku.table.driver import Driver
from entaku.testing import CountingDriver, ManualClock
from tests.engines import SECRET
from tests.table.entities import Note, Owner, OwnerKind
from tests.table.walking import walk

Settled = Callable[[], Awaitable[None]]
ADA, TEAM = Owner(OwnerKind.USER, "ada"), Owner(OwnerKind.GROUP, "team")


async def stars(table: BoundTable) -> list[tuple[int, str]]:
    return [(note.stars, note.id) for note in await walk(table, Note.by_stars(book="b"))]


async def test_a_patch_by_key_moves_the_item_in_its_index(acme: BoundTable, settled: Settled) -> None:
    for number, name in enumerate("abc"):
        await acme.create(Note(book="b", id=name, stars=number))

    await acme.patch(Note.at(book="b", id="a"), stars=9)
    await settled()

    assert await stars(acme) == [(1, "b"), (2, "c"), (9, "a")]


async def test_a_patch_of_what_was_read_moves_the_item_in_its_index(acme: BoundTable, settled: Settled) -> None:
    note = await acme.create(Note(book="b", id="a"))

    await acme.patch(note, stars=9)
    await settled()

    assert await stars(acme) == [(9, "a")]


async def test_a_sum_moves_the_item_in_its_index(acme: BoundTable, settled: Settled) -> None:
    note = await acme.create(Note(book="b", id="a", stars=2))

    await acme.patch(note, stars=add(3))
    await settled()

    assert await stars(acme) == [(5, "a")]


async def test_an_index_shows_an_item_only_while_its_fields_are_there(acme: BoundTable, settled: Settled) -> None:
    note = await acme.create(Note(book="b", id="a"))
    assert await walk(acme, Note.of_owner(owner=ADA)) == []

    owned = await acme.patch(note, owner=ADA)
    await settled()
    assert await walk(acme, Note.of_owner(owner=ADA)) == [owned]

    passed_on = await acme.patch(Note.at(book="b", id="a"), owner=TEAM)
    await settled()
    assert await walk(acme, Note.of_owner(owner=ADA)) == []
    assert await walk(acme, Note.of_owner(owner=TEAM)) == [passed_on]

    await acme.patch(passed_on, owner=None)
    await settled()
    assert await walk(acme, Note.of_owner(owner=TEAM)) == []


async def test_a_patch_of_other_fields_leaves_the_index_keys_and_shows_in_them(
    acme: BoundTable, settled: Settled
) -> None:
    await acme.create(Note(book="b", id="a", stars=3, owner=ADA))

    patched = await acme.patch(Note.at(book="b", id="a"), text="new")
    await settled()

    assert await walk(acme, Note.by_stars(book="b")) == [patched]
    assert await walk(acme, Note.of_owner(owner=ADA)) == [patched]


async def test_replaced_and_deleted_items_leave_no_entry_behind(acme: BoundTable, settled: Settled) -> None:
    note = await acme.create(Note(book="b", id="a", stars=1, owner=ADA))

    replaced = await acme.replace(changed(note, stars=2, owner=None))
    await settled()
    assert await stars(acme) == [(2, "a")]
    assert await walk(acme, Note.of_owner(owner=ADA)) == []

    await acme.delete(replaced)
    await settled()
    assert await stars(acme) == []


async def test_concurrent_patches_of_one_index_key_agree_with_the_item(acme: BoundTable, settled: Settled) -> None:
    await acme.create(Note(book="b", id="a"))

    await asyncio.gather(*(acme.patch(Note.at(book="b", id="a"), stars=n) for n in range(1, 5)))
    await settled()

    note = await acme.get(Note.at(book="b", id="a"))
    assert await stars(acme) == [(note.stars, "a")]


async def test_concurrent_sums_that_move_the_item_all_count(acme: BoundTable, settled: Settled) -> None:
    note = await acme.create(Note(book="b", id="a"))

    async def one_more(tx: Transaction) -> None:
        tx.patch(await acme.get(Note.at(book="b", id="a")), stars=add(1))

    await asyncio.gather(*(acme.run(one_more, idempotency=idempotency_key(f"{n}")) for n in range(4)))
    await settled()

    assert await stars(acme) == [(4, "a")]
    assert (await acme.get(Note.at(book="b", id="a"))).version == note.version + 4


async def test_a_patch_needs_no_reading_unless_it_touches_an_index(
    bare_driver: Driver, model: Model, clock: ManualClock
) -> None:
    counted = CountingDriver(bare_driver)
    table = Table(counted, model, secret=SECRET, clock=clock).for_tenant("acme")
    await table.create(Note(book="b", id="a"))
    counted.start()

    await table.patch(Note.at(book="b", id="a"), text="new")
    assert counted.calls == {"write": 1}

    await table.patch(Note.at(book="b", id="a"), stars=1)
    assert counted.calls == {"write": 2, "read": 1}

    note = await table.get(Note.at(book="b", id="a"))
    counted.start()
    await table.patch(note, stars=2)
    assert counted.calls == {"write": 1}


async def test_a_patch_that_touches_an_index_of_a_missing_item_is_not_found(acme: BoundTable, settled: Settled) -> None:
    with pytest.raises(NotFound):
        await acme.patch(Note.at(book="b", id="a"), stars=1)
    assert await stars(acme) == []


async def test_conditions_hold_also_where_the_item_is_read_first(acme: BoundTable) -> None:
    await acme.create(Note(book="b", id="a", stars=1))

    await acme.patch(Note.at(book="b", id="a"), where=[field("stars").equals(1)], stars=2)

    with pytest.raises(Conflict, match="not in the state"):
        await acme.patch(Note.at(book="b", id="a"), where=[field("stars").equals(1)], stars=3)


async def test_a_part_of_the_tables_key_cannot_be_patched(acme: BoundTable) -> None:
    await acme.create(Note(book="b", id="a"))

    with pytest.raises(Invalid, match="part of the key"):
        await acme.patch(Note.at(book="b", id="a"), id="b")
