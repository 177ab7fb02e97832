"""`entaku undo`: a change of shares taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from entaku.cli.commands import EntakuCommand, wants_json
from entaku.cli.listing import Part
from entaku.cli.output import Column, as_text, show_done, show_list
from entaku.cli.session import in_tenant
from entaku.core.errors import Invalid, NotFound
from entaku.core.limits import PAGE_SIZE_MAX

if TYPE_CHECKING:
    from entaku.core.context import Actor
    from entaku.main import App
    from entaku.modules.sharing import UndoOutcome

COLUMNS = (
    Column("of", lambda each: each.resource),
    Column("state", lambda each: each.state.value.replace("_", " ")),
    Column("given back", lambda each: each.added),
    Column("changed back", lambda each: each.changed),
    Column("taken back", lambda each: each.removed),
    Column("problem", lambda each: each.problem),
)


@click.command(
    cls=EntakuCommand,
    example="entaku undo 01kn52z8k6w3v9c1m7hq0r4txf\nentaku undo --latest handbook --dry-run",
)
@click.argument("change_id", metavar="[CHANGE]", required=False)
@click.option("--latest", "library_id", metavar="LIBRARY", help="The latest change of this library's shares.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--reason", help="Why, for the audit trail.")
def undo(change_id: str | None, library_id: str | None, dry_run: bool, reason: str | None) -> None:
    """Undo a change of shares: each is again what it was before.

    CHANGE is the id that 'entaku share' and 'entaku import' print with --json, and 'entaku audit' shows. What was
    changed again since is left alone, whole libraries at a time. An undo is a change too, and is undone like any other.
    """
    if (change_id is None) == (library_id is None):
        raise Invalid("which change? name one CHANGE, or --latest LIBRARY")

    async def work(app: App, actor: Actor) -> UndoOutcome:
        undone = change_id or await _latest(app, actor, str(library_id))
        outcome = await app.sharing.undo.undo(actor, undone, is_trial=dry_run, reason=reason)
        resources, own_id, cursor = list(outcome.resources), outcome.change_id, outcome.next_cursor
        while cursor is not None:
            following = await app.sharing.undo.undo(actor, undone, is_trial=dry_run, reason=reason, after=cursor)
            resources += following.resources
            own_id, cursor = own_id or following.change_id, following.next_cursor
        return msgspec.structs.replace(outcome, resources=tuple(resources), change_id=own_id, next_cursor=None)

    outcome = in_tenant(work)
    if wants_json():
        show_done("", outcome)
        return
    show_list(Part(outcome.resources, None), COLUMNS, what=f"shares of change {outcome.undoes}")
    if outcome.change_id is not None:
        click.echo(f"undone as change {as_text(outcome.change_id)}")


async def _latest(app: App, actor: Actor, library_id: str) -> str:
    """The id of the latest change of a library's shares. Raises NotFound where there is none among the latest records
    of its trail."""
    page = await app.sharing.libraries.audit(actor, library_id, limit=PAGE_SIZE_MAX)
    found = next((record.change_id for record in page.items if record.change_id is not None), None)
    if found is None:
        raise NotFound(f"the shares of library {library_id} have not changed lately; 'entaku audit' shows what has")
    return found
