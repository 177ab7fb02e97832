"""Taking turns: changes that need not fail all happen, each once, and nobody waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from entaku.table import BoundTable, Model, Table, Transaction, changed, idempotency_key
from entaku.table.driver import Driver, ItemKey
from entaku.table.turns import Place, Turns
from entaku.testing import ManualClock
from tests.engines import SECRET, yield_once
from tests.table.entities import Account, Note

MANY = 64
A, B = ItemKey("P", "a"), ItemKey("P", "b")


@pytest.fixture
def turns() -> Turns:
    return Turns()


def adding(table: BoundTable, *names: str) -> Callable[[Transaction], Awaitable[list[int]]]:
    """One more on each of some accounts, read and written in this order; others may read in between."""

    async def work(tx: Transaction) -> list[int]:
        reached: list[int] = []
        for name in names:
            account = await table.get(Account.at(id=name))
            await asyncio.sleep(0)
            reached.append(account.balance + 1)
            tx.replace(changed(account, balance=account.balance + 1))
        return reached

    return work


@pytest.mark.parametrize("callers", [2, 9, MANY])
async def test_changes_of_one_item_all_succeed_and_count_once(acme: BoundTable, callers: int) -> None:
    await acme.create(Account(id="1"))

    reached = await asyncio.gather(
        *(acme.run(adding(acme, "1"), answer=list[int], idempotency=idempotency_key(f"{n}")) for n in range(callers))
    )

    assert sorted(reached) == [[n + 1] for n in range(callers)]
    assert (await acme.get(Account.at(id="1"))).balance == callers


async def test_callers_who_come_back_at_once_all_succeed(acme: BoundTable) -> None:
    await acme.create(Account(id="1"))

    async def come_again(caller: int) -> None:
        for n in range(4):
            key = idempotency_key(f"{caller} {n}")
            await acme.run(adding(acme, "1"), answer=list[int], idempotency=key)

    await asyncio.gather(*(come_again(caller) for caller in range(MANY // 4)))

    assert (await acme.get(Account.at(id="1"))).balance == MANY


async def test_changes_of_two_items_in_opposite_order_all_succeed(acme: BoundTable) -> None:
    await acme.create(Account(id="1"))
    await acme.create(Account(id="2"))
    orders = [("1", "2"), ("2", "1"), ("1",), ("2",)]

    await asyncio.gather(
        *(
            acme.run(adding(acme, *orders[n % 4]), answer=list[int], idempotency=idempotency_key(f"{n}"))
            for n in range(MANY)
        )
    )

    for name in ("1", "2"):
        assert (await acme.get(Account.at(id=name))).balance == MANY * 3 // 4


async def test_patches_that_read_first_all_succeed(bare_driver: Driver, model: Model, clock: ManualClock) -> None:
    acme = Table(bare_driver, model, secret=SECRET, clock=clock, sleep=yield_once).for_tenant("acme")
    created = await acme.create(Note(book="b", id="n"))

    patched = await asyncio.gather(*(acme.patch(Note.at(book="b", id="n"), stars=n) for n in range(MANY)))

    assert sorted(note.version - created.version for note in patched) == list(range(1, MANY + 1))
    assert len((await acme.list(Note.by_stars(book="b"))).items) == 1


async def test_work_that_is_cancelled_in_its_turn_holds_nobody_up(acme: BoundTable) -> None:
    await acme.create(Account(id="1"))
    has_the_turn, never = asyncio.Event(), asyncio.Event()
    attempts = 0

    async def hang(tx: Transaction) -> None:
        nonlocal attempts
        attempts += 1
        await adding(acme, "1")(tx)
        if attempts == 2:
            has_the_turn.set()
            await never.wait()
        await acme.patch(Account.at(id="1"), balance=10)

    hanging = asyncio.create_task(acme.run(hang))
    hanging.add_done_callback(lambda _: has_the_turn.set())
    await has_the_turn.wait()
    assert not hanging.done()
    waiting = [asyncio.create_task(acme.run(adding(acme, "1"))) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    hanging.cancel()
    await asyncio.wait([hanging, *waiting])

    assert await acme.run(adding(acme, "1")) == [13]


def beaten(turns: Turns, *keys: ItemKey) -> Place:
    """The place of somebody who was beaten over some items."""
    place = turns.place()
    for key in keys:
        place.beaten_over(key)
    return place


async def test_turns_are_taken_in_the_order_of_arrival(turns: Turns) -> None:
    served: list[int] = []

    async def take(n: int) -> None:
        with beaten(turns, A) as place:
            await place.take_turns()
            served.append(n)
            await asyncio.sleep(0)

    await asyncio.gather(*(take(n) for n in range(9)))

    assert served == list(range(9))


async def test_nobody_pushes_in_before_having_stood_in_line(turns: Turns) -> None:
    with beaten(turns, A) as first, beaten(turns, B) as second:
        assert not second.would_push_in([A, B])
        await first.take_turns()

        assert not first.would_push_in([A, B])
        assert second.would_push_in([A, B])
        assert not second.would_push_in([A, B])


async def test_two_who_need_the_same_two_items_do_not_wait_for_each_other(turns: Turns) -> None:
    async def take(*keys: ItemKey) -> None:
        with turns.place() as place:
            for key in keys:
                place.beaten_over(key)
                assert await place.take_turns()
                await asyncio.sleep(0)

    await asyncio.gather(*(take(A, B) if n % 2 else take(B, A) for n in range(20)))

    assert turns.lines_count == 0


async def test_a_waiter_who_is_cancelled_leaves_no_turn_behind(turns: Turns) -> None:
    holder, waiter = beaten(turns, A), beaten(turns, A, B)

    async def wait() -> None:
        with waiter:
            await waiter.take_turns()

    with holder:
        await holder.take_turns()
        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        assert turns.lines_count == 1

    assert turns.lines_count == 0
    with beaten(turns, A) as next_one:
        assert await next_one.take_turns()


async def test_nobody_waits_for_a_turn_for_longer_than_is_allowed() -> None:
    turns = Turns(wait_s=0)

    with beaten(turns, B) as holder, beaten(turns, A, B) as late:
        assert await holder.take_turns()
        assert not await late.take_turns()

    assert turns.lines_count == 0


async def test_turns_that_are_held_are_not_waited_for_again(turns: Turns) -> None:
    with beaten(turns, A) as place:
        assert await place.take_turns()
        assert not await place.take_turns()
