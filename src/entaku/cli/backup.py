"""`entaku backup`: the whole table, or one tenant, in one file that proves itself."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from entaku.cli.commands import EntakuCommand, named_tenant, wants_json
from entaku.cli.exit_status import say
from entaku.cli.import_progress import watched
from entaku.cli.output import print_json
from entaku.cli.whole_table import WholeTable, with_whole_table
from entaku.core.errors import Invalid

if TYPE_CHECKING:
    from entaku.table.moving.backup_contents import Contents
    from entaku.table.progress import Tell

_INTERRUPTED = "interrupted; there is no file, and the same command again makes it"


@click.command(
    cls=EntakuCommand,
    example="entaku backup all.backup\nentaku backup acme.backup --tenant acme\nentaku backup --verify all.backup",
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--verify", "only_verify", is_flag=True, help="Read the file, prove it, and say what is in it.")
def backup(file: Path, only_verify: bool) -> None:
    """Write everything into one file, or with --tenant one tenant.

    Others may go on working meanwhile. The file holds items, with versions and times, and the values of the blob store;
    it is readable by you alone, and 'entaku restore' brings back what is in it. Keys and settings of the data folder
    are not in it.
    """
    from entaku.table.moving.backup_contents import read_contents

    with watched(_INTERRUPTED) as tell:
        if only_verify:
            if named_tenant() is not None:
                raise Invalid("--verify reads the whole file; leave --tenant out")
        else:
            with_whole_table(lambda table: _make(table, file, named_tenant() or "", tell))
        contents = asyncio.run(read_contents(file, tell=tell))
    _show(file, contents)


async def _make(table: WholeTable, file: Path, tenant: str, tell: Tell) -> None:
    from entaku.table.moving.backup import make_backup

    await make_backup(table.driver, table.model, file, clock=table.clock, tenant=tenant, blobs=table.blobs, tell=tell)


def _show(file: Path, contents: Contents) -> None:
    header, trailer = contents.header, contents.trailer
    if wants_json():
        print_json(
            {
                "file": str(file),
                "format": header.format,
                "engine": header.engine,
                "model": header.model,
                "tenant": header.tenant or None,
                "made_at": header.made_at,
                "ended_at": trailer.ended_at,
                "is_exact": trailer.is_exact,
                "items": contents.items,
                "blobs": trailer.blobs,
                "sha256": contents.identity,
            }
        )
        return
    whose = f"tenant {header.tenant}" if header.tenant else "everything"
    click.echo(f"{file} is whole: {whose}, from {header.engine}, made at {header.made_at}")
    counts = [*contents.items.items(), *([("blobs", trailer.blobs)] if trailer.blobs else [])]
    for name, count in counts:
        click.echo(f"  {name} {count}")
    if not trailer.is_exact:
        say(
            f"others wrote all the time: each item is as it was at some instant until {trailer.ended_at}, and of"
            " transactions of the last moments there may be a part"
        )
