"""`entaku table reindex`: puts items into the indexes that were declared after they were written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from entaku.cli.commands import EntakuCommand, wants_json
from entaku.cli.exit_status import say
from entaku.cli.import_progress import watched
from entaku.cli.output import print_json
from entaku.cli.whole_table import WholeTable, with_whole_table
from entaku.core.limits import INDEXES_MAX

if TYPE_CHECKING:
    from entaku.table.moving.reindexing import Reindexed
    from entaku.table.progress import Tell


@click.command(
    "reindex",
    cls=EntakuCommand,
    example="entaku table reindex --dry-run\nentaku table reindex --index 2 --kind LIBRARY",
)
@click.option(
    "--index", type=click.IntRange(1, INDEXES_MAX), metavar="NUMBER", help="Only this index; by default all of them."
)
@click.option("--kind", metavar="KIND", help="Only items of this kind, as in LIBRARY; by default of every one.")
@click.option("--dry-run", "is_trial", is_flag=True, help="Count what would be written, and write nothing.")
def reindex(index: int | None, kind: str | None, is_trial: bool) -> None:
    """Put items into indexes that are newer than they are.

    Items keep their versions, others may go on working, and nobody's reading changes until the listing is enabled.
    Interrupted, the same command again goes on where it stopped.
    """
    with watched() as tell:
        done = with_whole_table(lambda table: _reindex(table, index, kind, is_trial, tell))
    if wants_json():
        print_json(done)
    else:
        verb = "would be put" if is_trial else "were put"
        click.echo(f"of {done.looked_at} items {done.moved} {verb} into their indexes anew")
    if done.left:
        say(f"{done.left} items were left, since others kept changing them or a newer program wrote them; run it again")


async def _reindex(table: WholeTable, index: int | None, kind: str | None, is_trial: bool, tell: Tell) -> Reindexed:
    from entaku.table.moving.reindexing import reindex as fill

    return await fill(
        table.driver, table.model, clock=table.clock, index=index, kind=kind, is_trial=is_trial, tell=tell
    )
