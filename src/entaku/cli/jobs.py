"""`entaku jobs`: long work on a tenant that nobody waits for, run by hand or by a timetable."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import click

from entaku.cli.commands import EntakuCommand, EntakuGroup
from entaku.cli.output import show_done
from entaku.cli.session import in_tenant

if TYPE_CHECKING:
    from entaku.modules.sharing import JobName

JOBS = ("rows", "expiry", "statistics", "drift")


@click.group(cls=EntakuGroup)
def jobs() -> None:
    """Long work on a tenant: rows of access, ended shares, counts."""


@jobs.command("run", cls=EntakuCommand, example="entaku jobs run expiry\nentaku jobs run drift --tenant acme")
@click.argument("job", type=click.Choice(JOBS))
def run(job: str) -> None:
    """Run one job to its end; one that was killed is gone on with.

    rows builds what lists are made of, and works through what is pending. expiry removes
    shares that have ended. statistics counts the shares of each library again. drift compares the rows with the shares
    and says how many differ. Each is safe to repeat, and to run while others work.
    """

    name = cast("JobName", job)
    done = in_tenant(lambda app, actor: app.sharing.rows.run(actor, name))
    show_done(_sentence(job, done.looked_at, done.found), done)


def _sentence(job: str, looked_at: int, found: int) -> str:
    match job:
        case "rows":
            return f"rows of {looked_at} users: {found} written"
        case "expiry":
            return f"{looked_at} starts and ends: {found} shares removed"
        case "statistics":
            return f"{looked_at} libraries: {found} counts set right"
        case _:
            return f"rows of {looked_at} users: {found} differ from the shares"
