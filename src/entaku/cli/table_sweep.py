"""`entaku table sweep-blobs`: removes the large values that no item of the table refers to any more."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from entaku.cli.commands import EntakuCommand
from entaku.cli.exit_status import say
from entaku.cli.output import show_done
from entaku.cli.session import with_app

if TYPE_CHECKING:
    from entaku.main import App
    from entaku.table.blobs.sweep import Sweep

_EXAMPLE = """\
entaku table sweep-blobs
entaku table sweep-blobs --dry-run"""


def sweep_command() -> click.Command:
    """The command `sweep-blobs`."""

    @click.command("sweep-blobs", cls=EntakuCommand, example=_EXAMPLE)
    @click.option("--dry-run", "is_dry", is_flag=True, help="Only count; mark and remove nothing.")
    def sweep(is_dry: bool) -> None:
        """Remove large values that no item refers to any more.

        The first sweep that finds one marks it; a later one removes it when that is as long ago as the setting
        'blobs_kept_s' says, which is three days unless it was raised. So sweep once a day. Reads every item of the
        table and lists every value. Safe to interrupt and to repeat, and while others read and write; refused while a
        backup is restored.
        """
        with _watched() as tell:
            found = with_app(lambda app: _swept(app, is_dry, tell))
        show_done(_sentence(found, is_dry), found)

    return sweep


async def _swept(app: App, is_dry: bool, tell: Callable[[str, int], None]) -> Sweep:
    from entaku.table.blobs.sweep import sweep_blobs

    return await sweep_blobs(app.table, kept_s=app.config.blobs_kept_s, is_dry=is_dry, progress=tell)


def _sentence(found: Sweep, is_dry: bool) -> str:
    would_be = "would be " if is_dry else ""
    return (
        f"{found.blobs} values of {found.items} items: {found.removed} {would_be}removed ({found.removed_bytes} bytes),"
        f" {found.marked} {would_be}marked as unused, {found.waiting} unused and still kept"
    )


@contextmanager
def _watched() -> Generator[Callable[[str, int], None]]:
    """Gives what is told how far it is. A terminal shows it."""
    try:
        if sys.stderr is None or not sys.stderr.isatty():
            yield lambda what, count: None
            return
        from rich.console import Console

        with Console(stderr=True).status("looking at the items") as status:
            yield lambda what, count: status.update(f"looking at the {what}: {count}")
    except KeyboardInterrupt:
        say("interrupted; the same command again goes through everything anew")
        raise
