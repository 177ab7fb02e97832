"""Upgrade functions that count: exact, wherever the older item is read from."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from entaku.table import BoundTable, Entity, Model, Table, key, upgrade
from entaku.table.driver import Driver
from entaku.table.moving.backup import make_backup
from entaku.table.moving.restoring import restore_backup
from entaku.testing import ManualClock
from tests.engines import SECRET, yield_once
from tests.table.places import Places


class OldFare(Entity, kind="FARE"):
    """A price in one direction."""

    id: str
    price: Decimal
    discount: float = 0.1
    zones: int = 1
    stamp: bytes = b"\xff"

    @key("FARE#{id}", "FARE")
    def at(*, id: str) -> None:
        "One fare."


class Fare(Entity, kind="FARE", schema=2):
    """The price there and back."""

    id: str
    price: Decimal
    discount: float = 0.1
    zones: int = 1
    stamp: bytes = b"\xff"

    @key("FARE#{id}", "FARE")
    def at(*, id: str) -> None:
        "One fare."

    @staticmethod
    @upgrade(1)
    def _there_and_back(fields: dict[str, Any]) -> dict[str, Any]:
        discount = float(fields["discount"]) * 2
        return {
            **fields,
            "price": Decimal(fields["price"]) * 2,
            "discount": discount,
            "zones": fields["zones"] * 2,
        }


@pytest.fixture
async def places(engine: str, tmp_path: Path, clock: ManualClock, is_storm: bool) -> AsyncIterator[Places]:
    made = Places(engine, tmp_path, Model([Fare]), clock, is_storm=is_storm)
    yield made
    await made.close()


@pytest.fixture
def before(driver: Driver, clock: ManualClock) -> BoundTable:
    """The tenant's table as the program before sees it."""
    return Table(driver, Model([OldFare]), secret=SECRET, clock=clock, sleep=yield_once).for_tenant("acme")


PRICES = ["0.1", "10", "0", "1234567890123456789.0123456789", "1E+30", "-2.50"]


@pytest.mark.parametrize("price", PRICES)
async def test_an_upgrade_of_an_item_of_the_table_is_exact(
    driver: Driver, places: Places, before: BoundTable, price: str
) -> None:
    await before.create(OldFare(id="1", price=Decimal(price)))

    fare = await places.table(driver).for_tenant("acme").get(Fare.at(id="1"))

    assert (fare.price, fare.discount, fare.zones, fare.stamp) == (2 * Decimal(price), 0.2, 2, b"\xff")


@pytest.mark.parametrize("price", PRICES)
async def test_an_upgrade_of_an_item_of_a_backup_is_exact(
    driver: Driver, places: Places, before: BoundTable, clock: ManualClock, tmp_path: Path, price: str
) -> None:
    await before.create(OldFare(id="1", price=Decimal(price)))
    path, target = tmp_path / "all.backup", await places.empty()

    await make_backup(driver, Model([OldFare]), path, clock=clock, sleep=yield_once)
    await restore_backup(target, places.model, path, clock=clock, sleep=yield_once)

    fare = await places.table(target).for_tenant("acme").get(Fare.at(id="1"))
    assert (fare.price, fare.discount, fare.zones, fare.stamp) == (2 * Decimal(price), 0.2, 2, b"\xff")
