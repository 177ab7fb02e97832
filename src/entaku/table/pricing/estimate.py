"""The estimate: units and price of every call of a load, of every class of tenants, and of all of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from math import ceil

import msgspec

from entaku.core.errors import Invalid
from entaku.table.derived.images import STORED_ITEM_BYTES
from entaku.table.derived.physical import index_name
from entaku.table.model import Model
from entaku.table.pricing.calls import CallPricer, flaws_in
from entaku.table.pricing.load import MONTH_H, MONTH_S, Demand, Load
from entaku.table.pricing.prices import PriceList
from entaku.table.pricing.units import Units

GB = 2**30
PLATFORM = "(platform)"
"""In place of the name of a class of tenants."""


class CallCost(msgspec.Struct, frozen=True, kw_only=True):
    """One call of one tenant of a class."""

    tenants: str
    call: str
    month_count: float
    units: Units
    """Of a single call."""
    price: float
    """Of a month, for one tenant."""


class DemandCost(msgspec.Struct, frozen=True, kw_only=True):
    """All that one tenant of a class asks and keeps in a month, and what the class comes to."""

    tenants: str
    count: int
    requests: float
    storage: float
    """With its backups."""
    each: float
    price: float


class OtherCost(msgspec.Struct, frozen=True, kw_only=True):
    """What belongs to no tenant. Negative for what is given."""

    what: str
    price: float


class Capacity(msgspec.Struct, frozen=True, kw_only=True):
    """Provisioned units of the table or of an index."""

    place: str
    read_units: int
    write_units: int


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """What a load costs in a month."""

    region: str
    currency: str
    prices_as_of: date
    calls: tuple[CallCost, ...]
    tenants: tuple[DemandCost, ...]
    other: tuple[OtherCost, ...]
    capacity: tuple[Capacity, ...]
    """Only where it is provisioned."""
    stored_gb: float
    """With the indexes."""
    read_units: float
    """Of all tenants in a month."""
    write_units: float
    total: float


def estimate(load: Load, model: Model, prices: PriceList) -> Estimate:
    """What the load costs. Raises Invalid with a flaw for each entity, pattern and field that the model has not."""
    flaws = tuple(flaws_in(load, model))
    if flaws:
        raise Invalid("the load does not fit the table", flaws=flaws)
    return _Sum(load, CallPricer(model, load.sizes), prices, model).estimate()


class _Sum:
    def __init__(self, load: Load, pricer: CallPricer, prices: PriceList, model: Model) -> None:
        self._load, self._pricer, self._prices, self._model = load, pricer, prices, model
        self._units = Units()
        self._stored_gb = 0.0

    def estimate(self) -> Estimate:
        calls: list[CallCost] = []
        costs: list[DemandCost] = []
        demands: list[tuple[str, int, Demand]] = [(each.name, each.count, each) for each in self._load.tenants]
        if self._load.platform.calls or self._load.platform.items:
            demands.append((PLATFORM, 1, self._load.platform))
        for name, count, demand in demands:
            of_demand = list(self._calls(name, count, demand))
            requests = sum(call.price for call in of_demand)
            storage = self._storage(count, demand)
            each = requests + storage
            calls += of_demand
            costs.append(
                DemandCost(tenants=name, count=count, requests=requests, storage=storage, each=each, price=each * count)
            )
        capacity = tuple(self._capacity()) if self._load.capacity == "provisioned" else ()
        other = tuple(self._other(capacity))
        return Estimate(
            region=self._prices.region,
            currency=self._prices.currency,
            prices_as_of=self._prices.as_of,
            calls=tuple(calls),
            tenants=tuple(costs),
            other=other,
            capacity=capacity,
            stored_gb=self._stored_gb,
            read_units=self._units.read_total,
            write_units=self._units.write_total,
            total=sum(cost.price for cost in costs) + sum(cost.price for cost in other),
        )

    def _calls(self, name: str, count: int, demand: Demand) -> Iterator[CallCost]:
        for call in demand.calls:
            units = self._pricer.units(call, demand.items)
            month = units.times(call.month_count)
            self._units = self._units.plus(month.times(count))
            price = self._price(month.read_total, month.write_total)
            yield CallCost(tenants=name, call=call.title, month_count=call.month_count, units=units, price=price)

    def _price(self, reads: float, writes: float) -> float:
        """Of a month's units."""
        if self._load.capacity == "on_demand":
            prices = self._prices.on_demand
            return (reads * prices.read_million + writes * prices.write_million) / 1_000_000
        held = self._load.peak / self._load.utilization / 3600
        prices = self._prices.provisioned
        return (reads * prices.read_unit_hour + writes * prices.write_unit_hour) * held

    def _storage(self, count: int, demand: Demand) -> float:
        """Backups hold the table without its indexes, and not what is billed beside an item's size."""
        plain = billed = demand.stored_gb * GB
        for kind, number in demand.items.items():
            info, size = self._model.of_kind(kind), self._pricer.item_bytes(kind)
            places = 1 + (len(info.indexes) if info else 0)
            plain += number * size
            billed += number * (size + STORED_ITEM_BYTES) * places
        self._stored_gb += billed * count / GB
        backups = self._prices.backups
        saved = backups.on_demand_gb_month * self._load.backup_copies
        if self._load.point_in_time_recovery:
            saved += backups.point_in_time_gb_month
        return (billed * self._prices.storage.gb_month + plain * saved) / GB

    def _capacity(self) -> Iterator[Capacity]:
        held = self._load.peak / self._load.utilization / MONTH_S
        for place in sorted({0, *self._units.reads, *self._units.writes}):
            yield Capacity(
                place=index_name(place) or "table",
                read_units=max(1, ceil(self._units.reads.get(place, 0) * held)),
                write_units=max(1, ceil(self._units.writes.get(place, 0) * held)),
            )

    def _other(self, capacity: tuple[Capacity, ...]) -> Iterator[OtherCost]:
        streams, storage = self._prices.streams, self._prices.storage
        asked = self._load.stream_reads_per_second * MONTH_S
        yield OtherCost(what="reads of the change log", price=asked * streams.hundred_thousand_reads / 100_000)
        yield OtherCost(what="removal by TTL", price=0.0)
        if capacity:
            prices = self._prices.provisioned
            whole = sum(
                each.read_units * prices.read_unit_hour + each.write_units * prices.write_unit_hour for each in capacity
            )
            exact = self._price(self._units.read_total, self._units.write_total)
            yield OtherCost(what="capacity in whole units", price=whole * MONTH_H - exact)
        if self._load.free_tier:
            free = min(self._stored_gb, storage.free_gb) * storage.gb_month
            yield OtherCost(what=f"storage that is free, up to {storage.free_gb:g} GB", price=-free)
            free = min(asked, streams.free_reads) * streams.hundred_thousand_reads / 100_000
            yield OtherCost(what=f"reads of the change log that are free, up to {streams.free_reads:,.0f}", price=-free)
