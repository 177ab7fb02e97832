"""The same table on two engines: everything is done on both, and what comes of it is compared as plain values.

Plain means: of an entity its type, fields and envelope; of an error its code, message and current version. Numbers keep
their type, so that 1, 1.0 and Decimal(1) are three values.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, NamedTuple, TypeVar

import msgspec

from entaku.core.clock import to_ms
from entaku.core.errors import Conflict, EntakuError, Invalid, Unavailable
from entaku.table import Entity, Model, Page, Table
from entaku.table.driver import Change, Driver, Item, ItemKey
from entaku.table.entity import info_of
from entaku.testing import ManualClock, Storm
from entaku.testing.weather import Dice
from tests.engines import ENGINES, SECRET, yield_once

T = TypeVar("T")

CHANGES_AT_ONCE = 100
ITEMS_MAX = 10_000
"""More than any of these tests stores."""


class Both(NamedTuple):
    """What the two engines hold in the same place, or have answered to the same question."""

    sqlite: Any
    dynamodb: Any


class Twins:
    """Two engines with fresh physical tables, and one clock for both. For tests that are not async themselves."""

    def __init__(self, folder: Path, model: Model, *, storm_seed: int | None = None) -> None:
        """`storm_seed`: of the weather on both sides; None for fair weather. `close` follows."""
        self.model, self.clock = model, ManualClock()
        self._runner = asyncio.Runner()
        self._folder = Path(mkdtemp(dir=folder))
        self.bare = Both(*(self.run(self._open(name)) for name in Both._fields))
        """The engines in fair weather, whatever was asked for."""
        self.drivers = Both(*(driver if storm_seed is None else Storm(driver, seed=storm_seed) for driver in self.bare))

    async def _open(self, name: str) -> Driver:
        opened = await ENGINES[name](self._folder, self.clock)
        await opened.create_table(self.model.index_count)
        return opened

    def tables(self, model: Model) -> Both:
        """Of the model, on both engines; what is random comes out the same on both."""
        return Both(*(self._table(driver, model) for driver in self.drivers))

    def _table(self, driver: Driver, model: Model) -> Table:
        randomness = _same_for_both()
        return Table(driver, model, secret=SECRET, clock=self.clock, randomness=randomness, sleep=yield_once)

    def run(self, work: Awaitable[T]) -> T:
        async def doing() -> T:
            return await work

        return self._runner.run(doing())

    def ask(self, question: Callable[..., Awaitable[Any]], *sides: Both) -> Both:
        """Asks both engines with each one's own of the things given. Fails unless both answer, or refuse, the same."""
        answers = Both(*(self.run(outcome(question(*mine))) for mine in zip(*sides, strict=True)))
        check_same(*map(plain, answers))
        return answers

    def settle(self) -> None:
        """Both storms let their indexes catch up."""
        for driver in self.drivers:
            if isinstance(driver, Storm):
                driver.settle()

    def close(self) -> None:
        for driver in self.bare:
            self.run(driver.close())
        self._runner.close()
        shutil.rmtree(self._folder)


Show = Callable[[Driver, Item], Any]
"""An item of an engine in plain form."""


class Log:
    """The change logs of both engines from one moment on, by item: only the changes of one item have an order."""

    def __init__(self, twins: Twins, show: Show) -> None:
        self._twins, self._show = twins, show
        self._positions = Both(*(twins.run(self._begin(driver)) for driver in twins.bare))

    def compare(self) -> None:
        """What both logs tell of the time since the last call. Every expired item must have been removed."""
        told: list[Mapping[ItemKey, list[Any]]] = []
        ends: list[str] = []
        for driver, position in zip(self._twins.bare, self._positions, strict=True):
            changes, end = self._twins.run(self._read(driver, position))
            by_item: dict[ItemKey, list[Any]] = {}
            for change in changes:
                by_item.setdefault(change.key, []).append(self._plain(driver, change))
            told.append(by_item)
            ends.append(end)
        check_same_of_each(*told)
        self._positions = Both(*ends)

    async def _begin(self, driver: Driver) -> str:
        return (await driver.changes(None, limit=1)).position

    async def _read(self, driver: Driver, position: str) -> tuple[list[Change], str]:
        found: list[Change] = []
        while True:
            batch = await driver.changes(position, limit=CHANGES_AT_ONCE)
            position = batch.position
            if not batch.changes:
                return found, position
            found += batch.changes

    def _plain(self, driver: Driver, change: Change) -> Any:
        images = [item and self._show(driver, item) for item in (change.old, change.new)]
        # What has expired is removed some time or other.
        at = change.at if change.new is not None else ""
        return change.tenant, change.kind, change.version, at, images


def stored(twins: Twins, driver: Driver, show: Show) -> dict[ItemKey, Any]:
    """Every item that has not expired, in plain form, and where indexes show it."""
    return twins.run(_stored(driver, to_ms(twins.clock.now()), show))


async def _stored(driver: Driver, now_ms: int, show: Show) -> dict[ItemKey, Any]:
    items = await driver.walk(0, 1, after=None, limit=ITEMS_MAX)
    return {
        ItemKey(item.pk, item.sk): (show(driver, item), sorted(item.index_keys))
        for item in items
        if item.expires_ms is None or item.expires_ms > now_ms
    }


def envelope(item: Item) -> Any:
    """All of an item but its data, and the index keys, which need not come with it."""
    return plain(msgspec.structs.replace(item, data=None, index_keys=()))


def plain(value: Any) -> Any:
    """The value as something that two engines must have in common."""
    if isinstance(value, Entity):
        fields = {name: plain(getattr(value, name)) for name in info_of(type(value)).fields}
        stored = value.stored
        envelope = stored and (stored.version, stored.created_at, stored.updated_at, stored.schema)
        return type(value).__name__, fields, envelope
    if isinstance(value, EntakuError):
        version = value.current_version if isinstance(value, Conflict) else None
        unknown = value.outcome_unknown if isinstance(value, Unavailable) else None
        # What a driver refuses it may say in words of its own.
        message = "" if isinstance(value, Invalid) else value.message
        return type(value).__name__, value.code, message, version, unknown
    if isinstance(value, Page):
        return [plain(each) for each in value.items], "the end" if value.cursor is None else "more"
    if isinstance(value, msgspec.Struct):
        return type(value).__name__, {name: plain(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, Mapping):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, (set, frozenset)):
        return "set", sorted(map(repr, value))
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [plain(each) for each in value]
    if isinstance(value, Decimal):
        return "Decimal", value.as_tuple().sign, value  # equal ones are one value, however it is spelled
    return type(value).__name__, str(value) if isinstance(value, float) else value


def check_same(sqlite: Any, dynamodb: Any, of: str = "") -> None:
    """Fails and shows both, one below the other."""
    assert sqlite == dynamodb, f"{of}\nsqlite:   {sqlite}\ndynamodb: {dynamodb}"


def check_same_of_each(sqlite: Mapping[ItemKey, Any], dynamodb: Mapping[ItemKey, Any]) -> None:
    """The same for what belongs to items: shows only an item in which they differ."""
    for key in (*sqlite, *dynamodb):
        check_same(sqlite.get(key), dynamodb.get(key), str(key))


async def outcome(question: Awaitable[T]) -> T | EntakuError:
    try:
        return await question
    except EntakuError as error:
        return error


async def patiently(call: Callable[[], Awaitable[T]]) -> T:
    """In a storm too: it fails so often in a row and not more."""
    while True:
        try:
            return await call()
        except Unavailable:
            await yield_once(0)


def _same_for_both() -> Callable[[int], bytes]:
    dice = Dice(1)
    return lambda count: bytes(dice.roll(256) for _ in range(count))
