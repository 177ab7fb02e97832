"""`entaku table copy`: a whole table into another one, as from the laptop's file to DynamoDB and back."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import click

from entaku.cli.commands import EntakuCommand, wants_json
from entaku.cli.exit_status import PROBLEMS_FOUND, say
from entaku.cli.import_progress import watched
from entaku.cli.output import print_json
from entaku.cli.table_places import name_of, settings_of
from entaku.cli.whole_table import open_whole_table
from entaku.core.errors import Invalid

if TYPE_CHECKING:
    from entaku.core.config import Config
    from entaku.table.moving.copying import Copied
    from entaku.table.progress import Tell


@click.command(
    "copy",
    cls=EntakuCommand,
    example="entaku table copy --from sqlite:./data --to 'dynamodb:entaku?region=eu-central-1'\n"
    "entaku table copy --from sqlite:./data --to dynamodb:entaku --follow",
)
@click.option("--from", "source", metavar="TABLE", required=True, help="The table to copy; it stays as it is.")
@click.option("--to", "target", metavar="TABLE", required=True, help="The table to fill; made if it is not there.")
@click.option("--follow", is_flag=True, help="Go on with what is written meanwhile, until Ctrl-C.")
def copy(source: str, target: str, follow: bool) -> None:
    """Copy a table into an empty one, on whichever engine, and compare them.

    A TABLE is sqlite:FOLDER, a data folder, or dynamodb:NAME, with ?region=REGION, &endpoint=URL and &blobs=s3://BUCKET
    behind it where the settings do not say them. Others may go on working with the source. Interrupted, the same
    command again finishes it.
    """
    origin, destination = settings_of(source), settings_of(target)
    if name_of(origin) == name_of(destination):
        raise Invalid(f"{source} and {target} are the same table; name two")
    with watched() as tell:
        copied = asyncio.run(_copy(origin, destination, follow, tell))
    if wants_json():
        print_json(copied)
    elif copied.is_compared:
        click.echo(f"copied {copied.items} items from {source} to {target}; both tables are equal")
    if not copied.is_compared:
        say(
            "everything was copied, but others kept writing to the source, so the tables were not compared; stop them,"
            " and the same command again finishes it"
        )
        raise click.exceptions.Exit(PROBLEMS_FOUND)


async def _copy(origin: Config, destination: Config, follow: bool, tell: Tell) -> Copied:
    from entaku.table.moving.copying import copy_table

    until = asyncio.Event() if follow else None
    async with (
        open_whole_table(origin, founds=False, named_by="--from") as source,
        open_whole_table(destination, founds=True, model=source.model) as target,
    ):
        return await copy_table(
            source.driver,
            target.driver,
            source.model,
            source_name=name_of(origin),
            clock=source.clock,
            source_blobs=source.blobs,
            target_blobs=target.blobs,
            until=until,
            caught_up=lambda: _end_when_interrupted(until),
            tell=tell,
        )


def _end_when_interrupted(until: asyncio.Event | None) -> None:
    """From now on Ctrl-C ends the following; a second one interrupts."""
    if until is None:
        return
    say("caught up, and following; stop the writers of the source, then press Ctrl-C")
    loop = asyncio.get_running_loop()

    def end() -> None:
        until.set()
        loop.remove_signal_handler(signal.SIGINT)
        loop.remove_signal_handler(signal.SIGTERM)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end)
