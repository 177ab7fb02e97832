"""`entaku pens`: the noun of the module from outside."""

from __future__ import annotations

import click

from entaku.cli.for_modules import EntakuGroup, in_tenant, show_done


@click.group(cls=EntakuGroup)
def pens() -> None:
    """Pens: what one writes with."""


@pens.command("count", example="entaku pens count")
def count_pens() -> None:
    """Count the pens."""

    async def work(app: object, actor: object) -> int:
        return 0

    show_done(f"pens: {in_tenant(work)}", {"pens": 0})
