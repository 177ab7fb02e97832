"""Expiry: expired means absent at once, to the millisecond, whether or not the item is still there physically."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from entaku.core.errors import Conflict, NotFound
from entaku.table import BoundTable, Table
from entaku.testing import ManualClock
from tests.table.entities import Token
from tests.table.walking import walk

MS = timedelta(milliseconds=1)
Settled = Callable[[], Awaitable[None]]


@pytest.fixture
async def token(acme: BoundTable, clock: ManualClock, settled: Settled) -> Token:
    """Expires in a second and a half."""
    created = await acme.create(Token(user="u", id="t", expires_at=clock.now() + 1500 * MS))
    await settled()
    return created


async def test_an_item_is_there_until_its_last_millisecond(acme: BoundTable, clock: ManualClock, token: Token) -> None:
    clock.advance(1499 * MS)
    assert await acme.find(Token.at(user="u", id="t")) == token

    clock.advance(MS)
    assert await acme.find(Token.at(user="u", id="t")) is None


async def test_an_expired_item_is_in_no_listing(acme: BoundTable, clock: ManualClock, token: Token) -> None:
    staying = await acme.create(Token(user="u", id="z"))
    clock.advance(1500 * MS)

    assert await walk(acme, Token.of_user(user="u")) == [staying]
    assert token not in await walk(acme, Token.by_uses(user="u"))


async def test_an_item_can_be_created_over_an_expired_one(
    acme: BoundTable, clock: ManualClock, token: Token, settled: Settled
) -> None:
    clock.advance(1500 * MS)

    again = await acme.create(Token(user="u", id="t", uses=7))
    await settled()

    assert again.version > token.version
    assert await walk(acme, Token.by_uses(user="u")) == [again]


async def test_an_item_that_has_not_expired_is_in_the_way(acme: BoundTable, clock: ManualClock, token: Token) -> None:
    clock.advance(1499 * MS)

    with pytest.raises(Conflict, match="exists already"):
        await acme.create(Token(user="u", id="t"))


async def test_an_expired_item_cannot_be_changed(acme: BoundTable, clock: ManualClock, token: Token) -> None:
    clock.advance(1500 * MS)

    with pytest.raises(NotFound):
        await acme.patch(Token.at(user="u", id="t"), uses=1)
    with pytest.raises(Conflict):
        await acme.delete(token)


async def test_a_transaction_may_expect_that_an_expired_item_is_absent(
    acme: BoundTable, clock: ManualClock, token: Token
) -> None:
    async with acme.transaction() as tx:
        tx.create(Token(user="u", id="other"))
        clock.advance(1500 * MS)
        tx.check_absent(Token.at(user="u", id="t"))

    assert await acme.find(Token.at(user="u", id="other"))


async def test_a_transaction_may_expect_that_an_item_is_still_there(
    acme: BoundTable, clock: ManualClock, token: Token
) -> None:
    async def create(name: str) -> None:
        async with acme.transaction() as tx:
            tx.check_present(Token.at(user="u", id="t"))
            tx.create(Token(user="u", id=name))

    await create("in time")
    clock.advance(1500 * MS)
    with pytest.raises(Conflict):
        await create("too late")

    assert await acme.find(Token.at(user="u", id="in time"))
    assert await acme.find(Token.at(user="u", id="too late")) is None


async def test_a_patch_of_its_end_lengthens_a_life(acme: BoundTable, clock: ManualClock, token: Token) -> None:
    await acme.patch(token, expires_at=clock.now() + 3000 * MS)

    clock.advance(2999 * MS)
    assert await acme.find(Token.at(user="u", id="t"))
    clock.advance(MS)
    assert await acme.find(Token.at(user="u", id="t")) is None


async def test_a_patch_can_take_the_end_away(acme: BoundTable, clock: ManualClock, token: Token) -> None:
    await acme.patch(token, expires_at=None)

    clock.advance(timedelta(days=1000))
    assert await acme.find(Token.at(user="u", id="t"))


async def test_a_patch_of_other_fields_leaves_the_end_as_it_is(
    acme: BoundTable, clock: ManualClock, token: Token
) -> None:
    await acme.patch(Token.at(user="u", id="t"), uses=1)

    clock.advance(1500 * MS)
    assert await acme.find(Token.at(user="u", id="t")) is None


async def test_removing_what_has_expired_changes_nothing_that_is_read(
    table: Table, acme: BoundTable, clock: ManualClock, token: Token
) -> None:
    staying = await acme.create(Token(user="u", id="z", expires_at=clock.now() + timedelta(days=1)))
    clock.advance(1500 * MS)

    assert await table.remove_expired() == 1
    assert await table.remove_expired() == 0
    assert await walk(acme, Token.of_user(user="u")) == [staying]


async def test_expired_items_are_removed_in_bounded_numbers(table: Table, acme: BoundTable, clock: ManualClock) -> None:
    for n in range(5):
        await acme.create(Token(user="u", id=str(n), expires_at=clock.now() + MS))
    clock.advance(MS)

    assert [await table.remove_expired(limit=2) for _ in range(4)] == [2, 2, 1, 0]
