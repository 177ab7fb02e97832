"""Idempotency keys: a repeated request is done once and says so; for another request the key is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import msgspec
import pytest

from entaku.core.errors import Conflict, Invalid
from entaku.table import BoundTable, IdempotencyKey, Table, Transaction, add, idempotency_key
from entaku.testing import ManualClock, Mishap, Storm
from tests.table.entities import Account, Site

Deposit = Callable[[Transaction], Awaitable["Answer"]]


class Answer(msgspec.Struct, frozen=True):
    """What a deposit answers."""

    amount: int


@pytest.fixture
async def deposit(acme: BoundTable) -> Deposit:
    return await depositor(acme)


async def depositor(table: BoundTable) -> Deposit:
    await table.create(Account(id="1"))

    async def work(tx: Transaction) -> Answer:
        tx.patch(Account.at(id="1"), balance=add(5))
        return Answer(5)

    return work


def request(payload: bytes = b"five") -> IdempotencyKey:
    return idempotency_key("request-1", b"POST", b"/deposits", payload)


async def balance(table: BoundTable) -> int:
    return (await table.get(Account.at(id="1"))).balance


async def test_a_repeated_request_is_done_once_and_says_so(acme: BoundTable, deposit: Deposit) -> None:
    first, second = request(), request()

    answers = [await acme.run(deposit, answer=Answer, idempotency=each) for each in (first, second)]

    assert answers == [Answer(5), Answer(5)]
    assert (first.replayed, second.replayed) == (False, True)
    assert await balance(acme) == 5


async def test_the_same_key_with_another_payload_is_a_conflict(acme: BoundTable, deposit: Deposit) -> None:
    await acme.run(deposit, answer=Answer, idempotency=request())

    with pytest.raises(Conflict, match="take a new key"):
        await acme.run(deposit, answer=Answer, idempotency=request(b"six"))
    assert await balance(acme) == 5


async def test_concurrent_repetitions_are_done_once(acme: BoundTable, deposit: Deposit) -> None:
    requests = [request() for _ in range(4)]

    answers = await asyncio.gather(*(acme.run(deposit, answer=Answer, idempotency=each) for each in requests))

    assert answers == [Answer(5)] * 4
    assert [each.replayed for each in requests].count(False) == 1
    assert await balance(acme) == 5


async def test_a_key_is_forgotten_after_48_hours(acme: BoundTable, deposit: Deposit, clock: ManualClock) -> None:
    await acme.run(deposit, answer=Answer, idempotency=request())

    clock.advance(timedelta(hours=48) - timedelta(milliseconds=1))
    await acme.run(deposit, answer=Answer, idempotency=request())
    assert await balance(acme) == 5

    clock.advance(timedelta(milliseconds=1))
    await acme.run(deposit, answer=Answer, idempotency=request())
    assert await balance(acme) == 10


async def test_a_failed_request_leaves_its_key_free(acme: BoundTable, deposit: Deposit) -> None:
    async def fail(tx: Transaction) -> Answer:
        raise Invalid("no")

    with pytest.raises(Invalid):
        await acme.run(fail, answer=Answer, idempotency=request())

    again = request()
    await acme.run(deposit, answer=Answer, idempotency=again)
    assert not again.replayed


@pytest.mark.parametrize("mishap", [Mishap.ANSWER_LOST, Mishap.REQUEST_LOST, Mishap.THROTTLED])
async def test_a_sum_under_a_key_counts_once_whatever_is_lost(storm: Storm, stormy: BoundTable, mishap: Mishap) -> None:
    work = await depositor(stormy)

    storm.next_writes(mishap, mishap, mishap)
    await stormy.run(work, answer=Answer, idempotency=request())

    assert await balance(stormy) == 5


async def test_the_platform_has_keys_of_its_own(table: Table) -> None:
    async def found(tx: Transaction) -> str:
        tx.create(Site(id="new"))
        return "founded"

    answers = [await table.platform.run(found, answer=str, idempotency=request()) for _ in range(2)]

    assert answers == ["founded", "founded"]


async def test_an_answer_that_is_kept_needs_its_type(acme: BoundTable, deposit: Deposit) -> None:
    with pytest.raises(TypeError, match="type"):
        await acme.run(deposit, idempotency=request())


def test_the_parts_of_a_payload_cannot_be_shifted() -> None:
    assert idempotency_key("k", b"ab", b"c").payload_hash != idempotency_key("k", b"a", b"bc").payload_hash


@pytest.mark.parametrize("text", ["", "x" * 129, "é", "a\nb", "\x7f"])
def test_a_text_that_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="printable ASCII"):
        idempotency_key(text)


async def test_a_repetition_that_is_refused_because_the_first_was_just_done_gets_its_answer(acme: BoundTable) -> None:
    first, second = request(), request()

    async def open_account(tx: Transaction) -> Answer:
        if await acme.find(Account.at(id="1")) is not None:
            raise Conflict("there is an account '1' already")
        tx.create(Account(id="1"))
        return Answer(1)

    async def overtaken(tx: Transaction) -> Answer:
        await acme.run(open_account, answer=Answer, idempotency=first)
        return await open_account(tx)

    assert await acme.run(overtaken, answer=Answer, idempotency=second) == Answer(1)
    assert second.replayed
