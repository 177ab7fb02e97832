"""`entaku jobs`: long work on a tenant that nobody waits for, run by hand or by a timetable."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from entaku.cli.commands import EntakuCommand, EntakuGroup, wants_json
from entaku.cli.exit_status import say
from entaku.cli.import_progress import watched
from entaku.cli.listing import Part
from entaku.cli.output import Column, show_done, show_list, show_one
from entaku.cli.session import in_tenant
from entaku.core.errors import Conflict

if TYPE_CHECKING:
    from entaku.core.context import Actor
    from entaku.main import App
    from entaku.modules.sharing import Job, JobStatus
    from entaku.table.progress import Tell

DRIFT = "drift"
INTERRUPTED = "interrupted; what was done stays, and the same command again goes on there"

_COLUMNS = (
    Column("job", lambda job: job.name),
    Column("state", lambda job: job.state.replace("_", " ")),
    Column("latest run", lambda job: job.summary),
    Column("begun at", lambda job: job.begun_at, is_spare=True),
    Column("what it does", lambda job: job.purpose, is_spare=True),
)


@click.group(cls=EntakuGroup)
def jobs() -> None:
    """Long work on a tenant: access rows, ended shares, counts."""


@jobs.command("list", cls=EntakuCommand, example="entaku jobs list\nentaku jobs list --tenant acme --json")
def list_jobs() -> None:
    """List the jobs of a tenant, each with its latest run, and say what is pending."""

    async def work(app: App, actor: Actor) -> tuple[list[JobStatus], str]:
        pending = await app.sharing.rows.pending(actor)
        return await app.sharing.jobs.list(actor), pending.summary

    found, pending = in_tenant(work)
    show_list(Part(tuple(found), None), _COLUMNS, what="jobs")
    if not wants_json():
        say(pending)


@jobs.command("show", cls=EntakuCommand, example="entaku jobs show rows")
@click.argument("job")
def show(job: str) -> None:
    """Show one job and how far its latest run is."""
    show_one(in_tenant(lambda app, actor: app.sharing.jobs.get(actor, job)))


@jobs.command("run", cls=EntakuCommand, example="entaku jobs run expiry\nentaku jobs run drift --tenant acme")
@click.argument("job")
def run(job: str) -> None:
    """Run one job to its end; one that was killed is gone on with.

    'entaku jobs list' shows what there is. Each is safe to interrupt, to repeat, and to run while others work; one that
    is running elsewhere is refused, for as long as it says how far it is.
    """
    with watched(INTERRUPTED) as tell:
        done, note = in_tenant(lambda app, actor: _run(app, actor, job, tell))
    show_done(done.summary, done)
    if note:
        say(note)


async def _run(app: App, actor: Actor, name: str, tell: Tell) -> tuple[JobStatus, str]:
    """How the run ended, and what there is to know about it."""
    jobs = app.sharing.jobs
    try:
        await jobs.run(actor, name, tell=_telling(tell))
    except Conflict:
        await _wait_for_the_dead(app, actor, name)
        await jobs.run(actor, name, tell=_telling(tell))
    status = await jobs.get(actor, name)
    return status, await _about_drift(app, actor) if name == DRIFT and status.found else ""


async def _about_drift(app: App, actor: Actor) -> str:
    pending = await app.sharing.rows.pending(actor)
    if pending.count:
        return f"{pending.summary}: their rows differ until they are written, and no list uses them meanwhile"
    return "nothing is pending now: run it again, and if rows still differ, 'entaku jobs run rows' writes them anew"


async def _wait_for_the_dead(app: App, actor: Actor, name: str) -> None:
    """Until what holds the job would have said that it is alive. A process that was killed holds it a moment longer."""
    import asyncio

    status = await app.sharing.jobs.get(actor, name)
    if status.held_until is not None:
        left = status.held_until - app.clock.now()
        say(f"another run holds {name}; waiting {left.total_seconds():.0f} s to see whether it is alive")
        await asyncio.sleep(max(0.0, left.total_seconds()))


def _telling(tell: Tell) -> Callable[[Job], None]:
    return lambda job: tell(job.name, job.looked_at, job.total)
