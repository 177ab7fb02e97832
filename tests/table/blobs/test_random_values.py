"""Random writes, kills and sweeps, compared step by step with a plain dictionary.

Whatever happens, an item has its values; and when all is quiet, the store holds these and nothing else.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from entaku.core.errors import Conflict, NotFound
from entaku.core.limits import BLOBS_KEPT_S
from entaku.table import BlobStore, Model, Table, changed
from entaku.table.blobs.sweep import sweep_blobs
from entaku.table.driver import Driver
from entaku.table.drivers.blobs import FolderBlobs
from entaku.testing import ManualClock
from entaku.testing.weather import Dice
from tests.engines import SECRET, yield_once
from tests.table.blobs.conftest import keys_in
from tests.table.blobs.entities import ABOVE, Document
from tests.table.blobs.mortal import Killed, MortalBlobs, MortalDriver, Mortality
from tests.table.walking import walk

IDS = ("a", "b", "c", "d")


class Twin:
    """The table and a dictionary that should agree with it."""

    def __init__(self, table: Table, mortality: Mortality, clock: ManualClock, dice: Dice) -> None:
        self._table, self._tenant = table, table.for_tenant("acme")
        self._mortality, self._clock, self._dice = mortality, clock, dice
        self._items: dict[str, Document] = {}
        self._read: dict[str, Document] = {}
        """Some state of each document that was read at some time: perhaps stale, perhaps of one that is gone."""

    async def step(self) -> None:
        operation = (self.create, self.replace, self.patch, self.patch_by_key, self.delete, self.look, self.wait)[
            self._dice.roll(7)
        ]
        await operation()

    async def create(self) -> None:
        name = self._id()
        await self._write(name, lambda: self._tenant.create(Document(shelf="s", id=name, body=self._text())))

    async def replace(self) -> None:
        name = self._id()
        read = self._read.get(name)
        if read is not None:
            new = changed(read, body=self._text(), stars=self._dice.roll(3))
            await self._write(name, lambda: self._tenant.replace(new))

    async def patch(self) -> None:
        name = self._id()
        read = self._read.get(name)
        if read is not None:
            await self._write(name, lambda: self._tenant.patch(read, body=self._text()))

    async def patch_by_key(self) -> None:
        name, scan = self._id(), None if self._dice.roll(3) == 0 else self._text().encode()
        await self._write(name, lambda: self._tenant.patch(Document.at(shelf="s", id=name), scan=scan))

    async def delete(self) -> None:
        name = self._id()
        read = self._read.get(name)
        if read is not None:
            await self._write(name, lambda: self._tenant.delete(read))

    async def look(self) -> None:
        name = self._id()
        found = await self._find(name)
        assert found == self._items.get(name)
        if found is not None:
            self._read[name] = found

    async def wait(self) -> None:
        """Time passes, and somebody sweeps, who may be killed as well."""
        self._clock.advance(timedelta(seconds=self._dice.roll(BLOBS_KEPT_S)))
        self._mortality.is_on = True
        try:
            await sweep_blobs(self._table)
        except Killed:
            pass
        finally:
            self._mortality.is_on = False

    async def sweep_until_quiet(self) -> None:
        for _ in range(3):
            self._clock.advance(timedelta(seconds=BLOBS_KEPT_S + 1))
            await sweep_blobs(self._table)

    async def check(self) -> None:
        """Every document is there whole, and no other."""
        listed = await walk(self._tenant, Document.on_shelf(shelf="s"))
        assert {each.id: each for each in listed} == self._items

    @property
    def large_values(self) -> int:
        values = [value for each in self._items.values() for value in (each.body.encode(), each.scan or b"")]
        return sum(len(value) > ABOVE for value in values)

    async def _write(self, id: str, write: Callable[[], Awaitable[Document | None]]) -> None:
        """Done, it is there as answered; refused, nothing has changed; killed, it is there whole or not at all."""
        self._mortality.is_on = True
        try:
            expected = [await write()]
        except (Conflict, NotFound):
            expected = [self._items.get(id)]
        except Killed:
            expected = []
        finally:
            self._mortality.is_on = False
        found = await self._find(id)
        assert not expected or found == expected[0]
        self._items.pop(id, None)
        if found is not None:
            self._items[id] = found

    async def _find(self, id: str) -> Document | None:
        return await self._tenant.find(Document.at(shelf="s", id=id))

    def _id(self) -> str:
        return IDS[self._dice.roll(len(IDS))]

    def _text(self) -> str:
        """One of a few, so that a value is often written that is there already; two in three are large."""
        return f"{self._dice.roll(3)}" * (1 if self._dice.roll(3) == 0 else ABOVE + 1)


@pytest.fixture
def mortal(driver: Driver, blobs: BlobStore, model: Model, clock: ManualClock) -> Callable[[int], Twin]:
    def twin(seed: int) -> Twin:
        dice = Dice(seed)
        mortality = Mortality(dice)
        table = Table(
            MortalDriver(driver, mortality),
            model,
            secret=SECRET,
            clock=clock,
            sleep=yield_once,
            blobs=MortalBlobs(blobs, mortality),
        )
        return Twin(table, mortality, clock, dice)

    return twin


async def walk_with_kills(twin: Twin, bare_blobs: FolderBlobs, steps: int) -> None:
    for _ in range(steps):
        await twin.step()
    await twin.check()

    await twin.sweep_until_quiet()

    await twin.check()
    assert len(await keys_in(bare_blobs)) == twin.large_values


@pytest.mark.parametrize("seed", range(4))
async def test_no_kill_and_no_sweep_takes_a_value_from_its_item(
    mortal: Callable[[int], Twin], bare_blobs: FolderBlobs, seed: int
) -> None:
    await walk_with_kills(mortal(seed), bare_blobs, steps=120)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 104))
async def test_no_kill_and_no_sweep_takes_a_value_from_its_item_for_long(
    mortal: Callable[[int], Twin], bare_blobs: FolderBlobs, seed: int
) -> None:
    await walk_with_kills(mortal(seed), bare_blobs, steps=1000)
