"""`entaku table cost`: what a load of calls costs on DynamoDB, by call and by tenant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from entaku.cli.commands import EntakuCommand, wants_json
from entaku.cli.output import print_json
from entaku.cli.text_table import print_table, print_text
from entaku.cli.yaml_lines import read_yaml
from entaku.core.errors import Invalid

if TYPE_CHECKING:
    from entaku.table.model import Model
    from entaku.table.pricing import Estimate

_FILE = click.Path(dir_okay=False, path_type=Path)


def cost_command(load_model: Callable[[], Model]) -> click.Command:
    """The command `cost`, for the model that the callable gives when it runs."""

    @click.command("cost", cls=EntakuCommand, example="entaku table cost --load load.yaml")
    @click.option("--load", "load_file", type=_FILE, help="The load: calls, tenants and what they keep, as YAML.")
    @click.option("--prices", type=_FILE, help="Another price list, as TOML; by default the shipped one.")
    @click.option("--schema", is_flag=True, help="Print the JSON Schema of load files instead.")
    def cost(load_file: Path | None, prices: Path | None, schema: bool) -> None:
        """Estimate units and a monthly price on DynamoDB, for each call and tenant of a load.

        Each index repeats a write, a changed index key counts twice there, transactions count twice. What the load
        does not say of item sizes is estimated from the fields of the entities.
        """
        from entaku.table.pricing import SHIPPED_PRICES, estimate, load_from, load_schema_text, prices_from

        if schema:
            click.echo(load_schema_text(), nl=False)
            return
        if load_file is None:
            raise click.UsageError("give the load with --load FILE")
        file = read_yaml(load_file)
        try:
            found = estimate(load_from(file.document), load_model(), prices_from(prices or SHIPPED_PRICES))
        except Invalid as error:
            raise file.invalid(error) if error.flaws else error from error
        if wants_json():
            print_json(found)
        else:
            _show(found)

    return cost


def _show(found: Estimate) -> None:
    print_table(
        ("tenants", "call", "calls", "read units", "write units", "of that indexes", found.currency),
        [
            (
                cost.tenants,
                cost.call,
                _count(cost.month_count),
                _units(cost.units.read_total),
                _units(cost.units.write_total),
                _units(cost.units.index_writes),
                money(cost.price),
            )
            for cost in found.calls
        ],
    )
    click.echo()
    print_table(
        ("tenants", "number", "requests", "storage", "each", found.currency),
        [
            (
                cost.tenants,
                _count(cost.count),
                money(cost.requests),
                money(cost.storage),
                money(cost.each),
                money(cost.price),
            )
            for cost in found.tenants
        ],
    )
    other = [(cost.what, money(cost.price)) for cost in found.other if cost.price]
    if other:
        click.echo()
        print_table(("beside the tenants", found.currency), other)
    if found.capacity:
        click.echo()
        print_table(
            ("capacity", "read units", "write units"),
            [(each.place, str(each.read_units), str(each.write_units)) for each in found.capacity],
        )
    click.echo()
    print_text(
        f"{money(found.total)} {found.currency} a month in {found.region}, at the prices of {found.prices_as_of}:"
        f" {_count(found.read_units)} read units, {_count(found.write_units)} write units,"
        f" {found.stored_gb:.2f} GB with indexes"
    )


def _count(number: float) -> str:
    return f"{number:,.0f}"


def _units(units: float) -> str:
    return f"{units:,.1f}".removesuffix(".0") if units else ""


def money(price: float) -> str:
    """To the cent; below one, as far as there is something to see."""
    if abs(price) >= 1 or not price:
        return f"{price:,.2f}"
    return f"{price:.4f}" if abs(price) >= 0.0001 else "under 0.0001"
