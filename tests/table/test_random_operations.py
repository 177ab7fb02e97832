"""Random operations on the table, compared step by step with a plain dictionary.

Each test is one walk through operations that dice decide, by several tasks of one tenant after the other or at once,
with time passing. What the dictionary says must be what every verb answers and what every listing shows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest

from entaku.core.errors import Conflict, NotFound, Unavailable
from entaku.table import Model, Table, add, changed
from entaku.table.driver import Driver
from entaku.testing import ManualClock, Storm
from entaku.testing.weather import Dice
from tests.engines import SECRET, yield_once
from tests.table.entities import Token
from tests.table.walking import walk

IDS = ("a", "b#", "b", "é", "\U00010000")
Settled = Callable[[], Awaitable[None]]


class Twin:
    """The table and a dictionary that should agree with it."""

    def __init__(self, table: Table, clock: ManualClock, dice: Dice, settled: Settled) -> None:
        self._table, self._tenant = table, table.for_tenant("acme")
        self._clock, self._dice, self._settled = clock, dice, settled
        self._items: dict[str, Token] = {}
        self._versions: set[tuple[str, int]] = set()
        self._read: dict[str, Token] = {}
        """Some version of each item that was read at some time: perhaps stale, perhaps of an item that is gone."""

    async def step(self) -> None:
        operation = (
            self.create,
            self.replace,
            self.patch,
            self.patch_by_key,
            self.delete,
            self.look,
            self.listing,
            self.time_passes,
            self.remove_expired,
        )[self._dice.roll(9)]
        await operation()

    async def create(self) -> None:
        token = Token(user="u", id=self._id(), expires_at=self._end(), uses=self._dice.roll(5))
        await self._expect(self._tenant.create(token), allowed=self._find(token.id) is None, id=token.id)

    async def replace(self) -> None:
        read = self._read.get(self._id())
        if read is not None:
            new = changed(read, uses=self._dice.roll(5))
            await self._expect(self._tenant.replace(new), allowed=self._is_current(read), id=read.id)

    async def patch(self) -> None:
        read = self._read.get(self._id())
        if read is not None:
            await self._expect(self._tenant.patch(read, uses=add(1)), allowed=self._is_current(read), id=read.id)

    async def patch_by_key(self) -> None:
        name, uses, end = self._id(), self._dice.roll(5), self._end()
        await self._expect(
            self._tenant.patch(Token.at(user="u", id=name), uses=uses, expires_at=end),
            allowed=bool(self._find(name)),
            id=name,
        )

    async def delete(self) -> None:
        read = self._read.get(self._id())
        if read is not None and await self._is_done(self._tenant.delete(read), self._is_current(read)):
            del self._items[read.id]

    async def look(self) -> None:
        name = self._id()
        found = await self._tenant.find(Token.at(user="u", id=name))
        assert found == self._find(name)
        if found is not None:
            self._read[name] = found

    async def listing(self) -> None:
        await self._settled()
        alive = [item for name in self._items if (item := self._find(name))]
        limit, reverse = 1 + self._dice.roll(4), bool(self._dice.roll(2))
        by_id = await walk(self._tenant, Token.of_user(user="u"), limit=limit, reverse=reverse)
        by_uses = await walk(self._tenant, Token.by_uses(user="u"), limit=limit, reverse=reverse)
        assert by_id == sorted(alive, key=lambda token: token.id.encode(), reverse=reverse)
        assert by_uses == sorted(alive, key=lambda token: (token.uses, token.id.encode()), reverse=reverse)

    async def time_passes(self) -> None:
        self._clock.advance(timedelta(milliseconds=self._dice.roll(400)))

    async def remove_expired(self) -> None:
        await self._table.remove_expired(limit=3)

    async def _expect(self, write: Awaitable[Token], *, allowed: bool, id: str) -> None:
        """The write happens if and only if the dictionary allows it, and its version was never there before."""
        before = self._find(id)
        written: list[Token] = []

        async def doing() -> None:
            written.append(await write)

        if await self._is_done(doing(), allowed):
            (new,) = written
            if before is None or new.version != before.version:
                assert (id, new.version) not in self._versions
            self._versions.add((id, new.version))
            self._items[id] = new

    async def _is_done(self, write: Awaitable[None], allowed: bool) -> bool:
        try:
            await write
        except (Conflict, NotFound):
            assert not allowed
            return False
        assert allowed
        return True

    def _id(self) -> str:
        return IDS[self._dice.roll(len(IDS))]

    def _end(self) -> datetime | None:
        if self._dice.roll(3):
            return None
        return self._clock.now() + timedelta(milliseconds=1 + self._dice.roll(800))

    def _find(self, id: str) -> Token | None:
        item = self._items.get(id)
        if item is None or (item.expires_at is not None and item.expires_at <= self._clock.now()):
            return None
        return item

    def _is_current(self, read: Token) -> bool:
        current = self._find(read.id)
        return current is not None and current.version == read.version


@pytest.mark.parametrize("seed", range(4))
async def test_the_table_agrees_with_a_dictionary(
    table: Table, clock: ManualClock, settled: Settled, seed: int
) -> None:
    twin = Twin(table, clock, Dice(seed), settled)

    for _ in range(150):
        await twin.step()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 108))
async def test_the_table_agrees_with_a_dictionary_for_long(
    table: Table, clock: ManualClock, settled: Settled, seed: int
) -> None:
    twin = Twin(table, clock, Dice(seed), settled)

    for _ in range(3000):
        await twin.step()


@pytest.mark.parametrize("seed", range(3))
async def test_what_a_write_says_of_itself_is_true_in_the_worst_weather(
    bare_driver: Driver, model: Model, clock: ManualClock, seed: int
) -> None:
    """Several tasks add to one number. Sure successes count once, sure failures not at all, the rest at most once."""
    storm = Storm(bare_driver, seed=seed, percent=40, loses_requests=True)
    tenant = Table(storm, model, secret=SECRET, clock=clock, sleep=yield_once).for_tenant("acme")
    calm = Table(bare_driver, model, secret=SECRET, clock=clock).for_tenant("acme")
    await calm.create(Token(user="u", id="shared"))
    sure, unsure = 0, 0

    async def keep_adding() -> None:
        nonlocal sure, unsure
        for _ in range(10):
            try:
                token = await tenant.get(Token.at(user="u", id="shared"))
                await tenant.patch(token, uses=token.uses + 1)
                sure += 1
            except Conflict:
                continue
            except Unavailable as error:
                unsure += error.outcome_unknown

    await asyncio.gather(*(keep_adding() for _ in range(5)))

    assert sure <= (await calm.get(Token.at(user="u", id="shared"))).uses <= sure + unsure
    assert sure > 0
