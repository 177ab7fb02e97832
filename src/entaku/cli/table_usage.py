"""`entaku table usage`: the capacity units that were measured, beside what a call of its kind is estimated at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from entaku.cli.commands import EntakuCommand, named_tenant, wants_json
from entaku.cli.instants import read_day
from entaku.cli.output import print_json
from entaku.cli.session import configured
from entaku.cli.table_cost import money
from entaku.cli.text_table import print_table, print_text
from entaku.core.errors import NotFound

if TYPE_CHECKING:
    from entaku.table.metering.usage import UsageLine
    from entaku.table.model import Model

_EXAMPLE = "entaku table usage\nentaku table usage --tenant acme --since 2026-11-01"


class UsageCost(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured of one tenant's use of one pattern."""

    tenant: str
    what: str
    in_transaction: bool
    calls: float
    read_units: float
    write_units: float
    units_a_call: float
    estimated_a_call: float | None
    """None for what no pattern asks."""
    price: float
    """Of all the calls, on demand."""


def usage_command(load_model: Callable[[], Model]) -> click.Command:
    """The command `usage`, for the model that the callable gives when it runs."""

    @click.command("usage", cls=EntakuCommand, example=_EXAMPLE)
    @click.option("--since", metavar="DAY", type=read_day, help="The first day to count, in UTC.")
    @click.option("--prices", type=click.Path(dir_okay=False, path_type=Path), help="Another price list, as TOML.")
    def usage(since: date | None, prices: Path | None) -> None:
        """Show the capacity units that were measured, by tenant and pattern.

        They are counted while the setting measure_usage is on: as DynamoDB reports them, or by the same rules from
        the sizes of items on the embedded engine. --tenant shows one tenant only.
        """
        from entaku.table.metering.usage import read_usage

        config = configured()
        tenant = named_tenant()
        lines = read_usage(config.usage, since=since, tenant=tenant)
        if not lines:
            way_out = "" if config.measure_usage else "; set measure_usage = true in entaku.toml, and serve"
            whose = "" if tenant is None else f" of tenant {tenant!r}"
            raise NotFound(f"no usage{whose} has been measured in {config.usage}{way_out}")
        costs, currency = _costs(lines, load_model(), prices)
        if wants_json():
            print_json(
                {"since": min(line.since for line in lines), "until": max(line.until for line in lines), "items": costs}
            )
        else:
            _show(lines, costs, currency)

    return usage


def _costs(lines: Sequence[UsageLine], model: Model, prices_file: Path | None) -> tuple[list[UsageCost], str]:
    from entaku.table.pricing import SHIPPED_PRICES, CallPricer, prices_from

    pricer, prices = CallPricer(model), prices_from(prices_file or SHIPPED_PRICES)
    costs: list[UsageCost] = []
    for line in lines:
        units = pricer.units_of(line.what, in_transaction=line.in_transaction)
        reads, writes = line.read_units, line.write_units
        costs.append(
            UsageCost(
                tenant=line.tenant,
                what=line.what,
                in_transaction=line.in_transaction,
                calls=line.calls,
                read_units=reads,
                write_units=writes,
                units_a_call=(reads + writes) / line.calls if line.calls else 0.0,
                estimated_a_call=None if units is None else units.read_total + units.write_total,
                price=(reads * prices.on_demand.read_million + writes * prices.on_demand.write_million) / 1_000_000,
            )
        )
    return costs, prices.currency


def _show(lines: Sequence[UsageLine], costs: Sequence[UsageCost], currency: str) -> None:
    print_table(
        ("tenant", "call", "calls", "read units", "write units", "a call", "estimated", currency),
        [
            (
                cost.tenant or "(platform)",
                f"{cost.what} (in a transaction)" if cost.in_transaction else cost.what,
                f"{cost.calls:,.0f}",
                _units(cost.read_units),
                _units(cost.write_units),
                f"{cost.units_a_call:.2f}",
                "" if cost.estimated_a_call is None else f"{cost.estimated_a_call:.2f}",
                money(cost.price),
            )
            for cost in costs
        ],
    )
    begin, end = min(line.since for line in lines), max(line.until for line in lines)
    total = sum(cost.price for cost in costs)
    click.echo()
    print_text(f"{money(total)} {currency} on demand, from {begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC")


def _units(units: float) -> str:
    return f"{units:,.1f}" if units else ""
