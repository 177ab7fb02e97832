"""The driver in between: everything goes to another one, and what is read and written is measured on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, cast

from entaku.table.driver import Action, Driver, Item, ItemKey, Range, Snapshot, Stretch
from entaku.table.metering.meter import Measurement, Meter
from entaku.table.metering.usage_names import UsageNames
from entaku.table.model import Model
from entaku.table.pricing.units import Reading


def metered(driver: Driver, model: Model, meter: Meter, *, says_units: bool) -> Driver:
    """The driver, measured. `says_units`: it calls the meter's `on_capacity` itself."""
    measurement = Measurement(meter, UsageNames(model), driver.codec, says_units=says_units)
    return cast("Driver", MeteredDriver(driver, measurement))


class MeteredDriver:
    """Everything that is not here is the other driver's own."""

    def __init__(self, driver: Driver, measurement: Measurement) -> None:
        self._driver, self._measurement, self._meter = driver, measurement, measurement.meter

    def __getattr__(self, name: str) -> Any:
        return getattr(self._driver, name)

    async def read(
        self, keys: Sequence[ItemKey], *, now_ms: int, consistent: bool = True, snapshot: bool = False
    ) -> list[Item | None]:
        asked = self._measurement.readers(keys)
        with self._meter.asked(Counter(asked), reads=Counter(asked)):
            items = await self._driver.read(keys, now_ms=now_ms, consistent=consistent, snapshot=snapshot)
        together = snapshot and len(keys) > 1
        reading: Reading = "transaction" if together else "consistent" if consistent else "eventual"
        self._measurement.count_read(asked, items, reading)
        return items

    async def query(self, ranges: Sequence[Range], *, now_ms: int, consistent: bool = True) -> list[Stretch]:
        asked = self._measurement.listers(ranges)
        with self._meter.asked(dict.fromkeys(asked, 1), reads=Counter(asked)):
            stretches = await self._driver.query(ranges, now_ms=now_ms, consistent=consistent)
        self._measurement.count_listed(asked, ranges, stretches, consistent=consistent)
        return stretches

    async def write(self, actions: Sequence[Action], *, tenant: str, now_ms: int) -> list[Item | None]:
        asked = self._measurement.writers(actions)
        reads, writes = self._measurement.readers_after(asked, actions), self._measurement.weights(asked, actions)
        with self._meter.asked(Counter(asked), reads=reads, writes=writes):
            stored = await self._driver.write(actions, tenant=tenant, now_ms=now_ms)
        self._measurement.count_written(asked, actions, stored)
        return stored

    async def begin_snapshot(self) -> Snapshot:
        return MeteredSnapshot(await self._driver.begin_snapshot(), self._measurement)

    async def close(self) -> None:
        """Writes down what was counted, and closes the driver."""
        await self._meter.usage.flush()
        await self._driver.close()


class MeteredSnapshot:
    """Implements `Snapshot`; counts as the driver it came from."""

    def __init__(self, snapshot: Snapshot, measurement: Measurement) -> None:
        self._snapshot, self._measurement = snapshot, measurement

    async def read(self, keys: Sequence[ItemKey], *, now_ms: int) -> list[Item | None]:
        asked = self._measurement.readers(keys)
        with self._measurement.meter.asked(Counter(asked), reads=Counter(asked)):
            items = await self._snapshot.read(keys, now_ms=now_ms)
        self._measurement.count_read(asked, items, "consistent")
        return items

    async def query(self, ranges: Sequence[Range], *, now_ms: int) -> list[Stretch]:
        asked = self._measurement.listers(ranges)
        with self._measurement.meter.asked(dict.fromkeys(asked, 1), reads=Counter(asked)):
            stretches = await self._snapshot.query(ranges, now_ms=now_ms)
        self._measurement.count_listed(asked, ranges, stretches, consistent=True)
        return stretches

    async def close(self) -> None:
        await self._snapshot.close()
