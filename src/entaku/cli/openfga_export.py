"""A tenant as an OpenFGA store file on standard output, and what the store cannot say beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from entaku.cli.commands import wants_json
from entaku.cli.exit_status import say
from entaku.cli.output import print_json
from entaku.cli.session import with_app
from entaku.cli.tenant_export import exported, first_ones, libraries_of

if TYPE_CHECKING:
    from entaku.main import App
    from entaku.modules.workspace import OpenFgaExport


def print_store(tenant_id: str, answers: int) -> None:
    """The store, with our answers for so many pairs of a user and a library. Raises NotFound, Invalid."""
    export, warnings = with_app(lambda app: _exported(app, tenant_id, answers))
    if wants_json():
        print_json(export.document())
    else:
        click.echo(export.text(), nl=False)
    for warning in (*export.left_out(), *warnings):
        say(f"warning: {warning}")


async def _exported(app: App, tenant_id: str, answers: int) -> tuple[OpenFgaExport, list[str]]:
    """The store, and what is not in it. A store has no word for what is only read, and would let people write there."""
    from entaku.modules.workspace import OpenFgaExport, workspace_of

    file, _ = await exported(app, tenant_id, "active")
    export = OpenFgaExport(workspace_of(file))
    answered = await export.with_answers(app.sharing.checks.check, app.operator(tenant_id), app.clock, answers)
    archived = await libraries_of(app, tenant_id, "archived")
    if not archived:
        return answered, []
    why = "which cannot say that they are only read"
    way_out = "ask entaku about them, or unarchive them first"
    return answered, [f"libraries are archived and not in the store, {why}: {first_ones(archived)}; {way_out}"]
