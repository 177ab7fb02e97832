"""Limits: those of the smallest engine, refused before anything is sent, with the way out in the message."""

from __future__ import annotations

import pytest

from entaku.core.errors import Invalid
from entaku.core.limits import ITEM_BYTES_MAX, READ_KEYS_MAX, SNAPSHOT_KEYS_MAX, TRANSACTION_ACTIONS_MAX
from entaku.table import BoundTable, Model, Table, changed
from entaku.table.driver import Driver
from entaku.testing import CountingDriver, ManualClock
from tests.engines import SECRET
from tests.table.entities import Account, Note
from tests.table.walking import walk


@pytest.fixture
def counted(bare_driver: Driver) -> CountingDriver:
    return CountingDriver(bare_driver)


@pytest.fixture
def counted_acme(counted: CountingDriver, model: Model, clock: ManualClock) -> BoundTable:
    return Table(counted, model, secret=SECRET, clock=clock).for_tenant("acme")


async def test_ninety_actions_are_one_transaction(acme: BoundTable) -> None:
    async with acme.transaction() as tx:
        for n in range(TRANSACTION_ACTIONS_MAX):
            tx.create(Note(book="b", id=f"{n:02d}"))

    assert len(await walk(acme, Note.in_book(book="b"), limit=200)) == TRANSACTION_ACTIONS_MAX


async def test_one_action_more_is_refused_before_anything_is_sent(
    counted_acme: BoundTable, counted: CountingDriver
) -> None:
    tx = counted_acme.transaction()
    for n in range(TRANSACTION_ACTIONS_MAX + 1):
        tx.create(Note(book="b", id=f"{n:02d}"))

    with pytest.raises(Invalid, match="91 actions and a transaction holds 90"):
        await tx.commit()
    assert counted.calls == {}


async def test_the_tables_own_actions_take_none_of_the_callers(acme: BoundTable) -> None:
    async with acme.transaction() as tx:
        notes = [tx.create(Note(book="b", id=f"{n:02d}")) for n in range(TRANSACTION_ACTIONS_MAX)]

    async with acme.transaction() as tx:
        for note in notes:
            tx.delete(note)
        assert tx.action_count == TRANSACTION_ACTIONS_MAX
    assert await walk(acme, Note.in_book(book="b")) == []


async def test_an_item_of_almost_400_kilobytes_comes_back_whole(acme: BoundTable) -> None:
    note = await acme.create(Note(book="b", id="n", text="x" * (ITEM_BYTES_MAX - 1000)))

    assert await acme.get(Note.at(book="b", id="n")) == note


@pytest.mark.parametrize("character", ["x", "é", "円", "😀"])
async def test_an_item_that_is_too_large_is_refused_before_it_is_sent(
    counted_acme: BoundTable, counted: CountingDriver, character: str
) -> None:
    text = character * (ITEM_BYTES_MAX // len(character.encode()))

    with pytest.raises(Invalid, match=str(ITEM_BYTES_MAX)):
        await counted_acme.create(Note(book="b", id="n", text=text))
    assert counted.calls == {}


async def test_a_patch_that_makes_an_item_too_large_is_refused_and_nothing_is_written(acme: BoundTable) -> None:
    note = await acme.create(Note(book="b", id="n", text="x"))

    with pytest.raises(Invalid, match=str(ITEM_BYTES_MAX)):
        await acme.patch(Note.at(book="b", id="n"), text="x" * ITEM_BYTES_MAX)
    assert await acme.get(Note.at(book="b", id="n")) == note


async def test_a_transaction_of_more_than_two_megabytes_is_refused_before_it_is_sent(
    counted_acme: BoundTable, counted: CountingDriver
) -> None:
    tx = counted_acme.transaction()
    for n in range(7):
        tx.create(Note(book="b", id=f"{n}", text="x" * 300_000))

    with pytest.raises(Invalid, match="send it in parts"):
        await tx.commit()
    assert counted.calls == {}


async def test_an_item_occurs_once_in_a_transaction(acme: BoundTable) -> None:
    account = await acme.create(Account(id="1"))

    tx = acme.transaction()
    tx.replace(changed(account, balance=1))

    for again in (lambda: tx.patch(account, balance=2), lambda: tx.delete(account), lambda: tx.check(account)):
        with pytest.raises(Invalid, match="twice"):
            again()


async def test_more_keys_than_one_call_may_hold_are_read_in_several(
    counted_acme: BoundTable, counted: CountingDriver
) -> None:
    await counted_acme.create(Account(id=f"{READ_KEYS_MAX}"))
    counted.start()

    found = await counted_acme.find_many([Account.at(id=f"{n}") for n in range(READ_KEYS_MAX + 1)])

    assert counted.calls == {"read": 2}
    assert [n for n, account in enumerate(found) if account] == [READ_KEYS_MAX]


async def test_a_snapshot_read_of_too_many_keys_is_refused(acme: BoundTable) -> None:
    with pytest.raises(Invalid, match=str(SNAPSHOT_KEYS_MAX)):
        await acme.find_many([Account.at(id=f"{n}") for n in range(SNAPSHOT_KEYS_MAX + 1)], snapshot=True)


async def test_nothing_gathered_is_nothing_sent(counted_acme: BoundTable, counted: CountingDriver) -> None:
    async with counted_acme.transaction():
        pass

    assert counted.calls == {}


async def test_each_verb_costs_one_call(counted_acme: BoundTable, counted: CountingDriver) -> None:
    account = await counted_acme.create(Account(id="1"))
    account = await counted_acme.replace(changed(account, balance=1))
    account = await counted_acme.patch(account, balance=2)
    await counted_acme.delete(account)
    assert counted.calls == {"write": 4}

    counted.start()
    await counted_acme.find(Account.at(id="1"))
    await counted_acme.list(Note.in_book(book="b"))
    assert counted.calls == {"read": 1, "query": 1}
