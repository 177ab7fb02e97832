"""`entaku restore`: a backup into an empty table, or one tenant of it into a table that does not have it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from entaku.cli.commands import EntakuCommand, named_tenant, wants_json
from entaku.cli.import_progress import watched
from entaku.cli.output import print_json
from entaku.cli.whole_table import WholeTable, with_whole_table

if TYPE_CHECKING:
    from entaku.table.moving.restoring import Restored
    from entaku.table.progress import Tell


@click.command(
    cls=EntakuCommand,
    example="entaku restore all.backup --data /srv/entaku-new\nentaku restore all.backup --tenant acme",
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def restore(file: Path) -> None:
    """Bring back a backup: everything into an empty table, or with --tenant one tenant.

    The file is proved before anything is written, and the table is compared with it at the end. Tenants appear when
    everything of them is there. Interrupted, the same command again finishes it.
    """
    with watched() as tell:
        restored = with_whole_table(lambda table: _restore(table, file, named_tenant() or "", tell), founds=True)
    if wants_json():
        print_json(restored)
    else:
        blobs = f" and {restored.blobs} blobs" if restored.blobs else ""
        click.echo(
            f"restored {sum(restored.items.values())} items{blobs} from {file}, as they were at {restored.made_at}"
        )


async def _restore(table: WholeTable, file: Path, tenant: str, tell: Tell) -> Restored:
    from entaku.table.moving.restoring import restore_backup

    return await restore_backup(
        table.driver, table.model, file, clock=table.clock, tenant=tenant, blobs=table.blobs, tell=tell
    )
