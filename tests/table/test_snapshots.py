"""Snapshots: what they return was true at one instant, on engines that can freeze a state and on those that cannot."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from entaku.core.errors import Internal, NotFound, Unavailable
from entaku.core.limits import ATTEMPTS_MAX
from entaku.table import BoundTable, Reader, Transaction, changed
from entaku.testing import Storm
from tests.table.entities import Account, Member, Note
from tests.table.walking import walk

TOTAL = 100


async def move(table: BoundTable, source: str, target: str, amount: int) -> None:
    """Moves an amount from one account to another; their sum stays."""

    async def work(tx: Transaction) -> None:
        one, other = await table.get(Account.at(id=source)), await table.get(Account.at(id=target))
        tx.replace(changed(one, balance=one.balance - amount))
        tx.replace(changed(other, balance=other.balance + amount))

    await table.run(work)


async def total(reader: Reader) -> int:
    one = await reader.get(Account.at(id="1"))
    await asyncio.sleep(0)
    other = await reader.get(Account.at(id="2"))
    return one.balance + other.balance


@pytest.fixture
async def accounts(acme: BoundTable) -> None:
    await acme.create(Account(id="1", balance=TOTAL))
    await acme.create(Account(id="2"))


@pytest.mark.usefixtures("accounts")
async def test_a_snapshot_is_true_at_one_instant_while_others_write(acme: BoundTable) -> None:
    async def keep_moving() -> None:
        for n in range(10):
            await move(acme, "1", "2", n)

    async def keep_looking() -> list[int]:
        seen: list[int] = []
        for _ in range(10):
            with contextlib.suppress(Unavailable):
                seen.append(await acme.snapshot(total))
            await asyncio.sleep(0)
        return seen

    _, seen = await asyncio.gather(keep_moving(), keep_looking())

    assert set(seen) <= {TOTAL}
    assert await acme.snapshot(total) == TOTAL


@pytest.mark.usefixtures("accounts")
async def test_a_snapshot_read_of_keys_is_true_at_one_instant(acme: BoundTable) -> None:
    async def keep_moving() -> None:
        for n in range(10):
            await move(acme, "1", "2", n)

    moving = asyncio.create_task(keep_moving())
    seen: set[int] = set()
    while not moving.done():
        one, other = await acme.find_many([Account.at(id="1"), Account.at(id="2")], snapshot=True)
        assert one is not None
        assert other is not None
        seen.add(one.balance + other.balance)
        await asyncio.sleep(0)

    assert seen == {TOTAL}


async def test_a_snapshot_of_a_listing_has_all_or_nothing_of_a_transaction(acme: BoundTable) -> None:
    async def keep_writing() -> None:
        for n in range(5):
            async with acme.transaction() as tx:
                tx.create(Note(book="b", id=f"{n}-1"))
                tx.create(Note(book="b", id=f"{n}-2"))

    async def count(reader: Reader) -> int:
        return len(await walk(reader, Note.in_book(book="b"), limit=1))

    writing = asyncio.create_task(keep_writing())
    while not writing.done():
        with contextlib.suppress(Unavailable):
            assert await acme.snapshot(count) % 2 == 0
        await asyncio.sleep(0)
    assert await acme.snapshot(count) == 10


async def test_three_entities_of_different_types_are_read_at_one_instant(acme: BoundTable) -> None:
    async with acme.transaction() as tx:
        account, note = tx.create(Account(id="1")), tx.create(Note(book="b", id="n"))

    bundle = [Account.at(id="1"), Note.at(book="b", id="n"), Member.at(id="none")]
    (found,) = await acme.find_bundles([bundle])

    assert tuple(found) == (account, note, None)


@pytest.mark.usefixtures("accounts")
async def test_what_cannot_be_found_in_two_equal_readings_is_an_error_of_the_reader(acme: BoundTable) -> None:
    with pytest.raises(NotFound):
        await acme.snapshot(lambda reader: reader.get(Account.at(id="none")))


async def test_a_thing_that_is_missing_only_in_a_torn_reading_is_no_error(stormy: BoundTable) -> None:
    attempts = 0

    async def collect(reader: Reader) -> Account:
        nonlocal attempts
        attempts += 1
        if attempts == 2:
            await stormy.create(Account(id="1"))
        return await reader.get(Account.at(id="1"))

    assert (await stormy.snapshot(collect)).id == "1"


async def test_a_state_that_never_holds_still_is_unavailable(stormy: BoundTable) -> None:
    await stormy.create(Account(id="1"))
    attempts = 0

    async def collect(reader: Reader) -> None:
        nonlocal attempts
        attempts += 1
        await stormy.patch(Account.at(id="1"), balance=attempts)
        await reader.get(Account.at(id="1"))

    with pytest.raises(Unavailable, match="kept changing"):
        await stormy.snapshot(collect)
    assert attempts == ATTEMPTS_MAX


async def test_what_is_read_unwitnessed_may_move_without_another_reading(stormy: BoundTable) -> None:
    await stormy.create(Account(id="1"))
    await stormy.create(Account(id="2"))
    attempts = 0

    async def collect(reader: Reader) -> int:
        nonlocal attempts
        attempts += 1
        await stormy.patch(Account.at(id="2"), balance=attempts)
        await reader.get(Account.at(id="1"))
        return (await reader.unwitnessed.get(Account.at(id="2"))).balance

    assert await stormy.snapshot(collect) == 2
    assert attempts == 2


async def test_what_is_read_unwitnessed_is_no_index_either(stormy: BoundTable, acme: BoundTable) -> None:
    for table in (stormy, acme):
        with pytest.raises(Internal, match="no index"):
            await table.snapshot(lambda reader: reader.unwitnessed.list(Member.by_name()))


async def test_a_finding_of_nothing_is_a_finding(stormy: BoundTable, acme: BoundTable) -> None:
    for table in (stormy, acme):
        assert await table.snapshot(lambda reader: reader.find(Account.at(id="none"))) is None


async def test_a_snapshot_reads_no_index(acme: BoundTable, storm: Storm) -> None:
    with pytest.raises(Internal, match="no index"):
        await acme.snapshot(lambda reader: reader.list(Member.by_name()))
