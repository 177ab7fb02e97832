"""One operation of a service in one case, and what it asks of the table: measured on a known small world."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from entaku.main import App, model
from entaku.table.driver import Driver
from entaku.table.metering.meter import Meter
from entaku.table.metering.metered_driver import metered
from entaku.table.metering.usage import Usage
from entaku.testing import CountingDriver, ManualClock
from tests.building import build_on
from tests.modules.calls.furnishing import SmallWorld, furnish

Deed = Callable[[SmallWorld], Awaitable[Any]]


class Operation(msgspec.Struct, frozen=True):
    """A public method of a service, called as the case says."""

    method: str
    """From the application on, as in `accounts.users.get`."""
    case: str
    deed: Deed
    before: Deed | None = None
    """What has happened before, uncounted."""
    spread: float = 0.0
    """Read units more or less: which shard an item is in is drawn, and what is read of each is rounded up."""

    @property
    def title(self) -> str:
        return f"{self.method}: {self.case}" if self.case else self.method


class Asked(msgspec.Struct, frozen=True):
    """What an operation has asked of the table."""

    calls: dict[str, int]
    """Driver method to number of calls."""
    read_units: float
    """Capacity units of DynamoDB, computed from the sizes of the items by its published rules."""
    write_units: float


async def measured(operation: Operation, engine: str, folder: Path) -> Asked:
    """A new world, and the operation in it."""
    clock = ManualClock()
    units: Counter[str] = Counter()
    counting: list[CountingDriver] = []

    def wrap(driver: Driver) -> Driver:
        usage = Usage(folder / "usage", clock)
        usage.on_units = lambda _, read, write: units.update(read=read, write=write)  # pyright: ignore[reportArgumentType]
        counting.append(CountingDriver(metered(driver, model(), Meter(usage), says_units=False)))
        return counting[0]

    app = await build_on(engine, folder / "data", clock, wrap=wrap)
    try:
        world = await furnish(app, clock)
        if operation.before is not None:
            await operation.before(world)
        counting[0].start()
        units.clear()
        await operation.deed(world)
        return Asked(dict(counting[0].calls), units["read"], units["write"])
    finally:
        await app.close()


def methods_of(app: App) -> Iterator[str]:
    """Every operation of the services of an application: what is told who acts, or finds it out."""
    for name in ("audit", "accounts", "sharing", "authzen", "importer"):
        yield from _methods(getattr(app, name), name)
    yield "authentication.authenticate"


def _methods(service: Any, name: str) -> Iterator[str]:
    for attribute, method in inspect.getmembers(type(service), inspect.iscoroutinefunction):
        if not attribute.startswith("_") and "actor" in inspect.signature(method).parameters:
            yield f"{name}.{attribute}"
    for attribute, part in vars(service).items():
        if not attribute.startswith("_") and type(part).__module__.startswith("entaku.modules."):
            yield from _methods(part, f"{name}.{attribute}")
