"""`entaku import`: an organisation from a file, checked as a whole, then written in steps that are safe to repeat."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from entaku.cli.commands import EntakuCommand, named_tenant, wants_json
from entaku.cli.exit_status import say
from entaku.cli.import_progress import watched
from entaku.cli.listing import Part
from entaku.cli.output import Column, print_json, show_list
from entaku.cli.session import in_tenant

if TYPE_CHECKING:
    from entaku.modules.workspace import ImportReport, Workspace

# Written out, since asking for them would load all readers for a page of help. A test compares.
FORMATS = ("workspace", "peribolos", "openfga")


@click.command(
    "import",
    cls=EntakuCommand,
    example="entaku import company.yaml --tenant acme --check-only\nentaku import company.yaml --tenant acme",
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
@click.option("--format", type=click.Choice(FORMATS), help="What kind of file it is; by default its keys tell.")
@click.option("--prune", is_flag=True, help="Also remove what the file does not name.")
@click.option(
    "--check-only",
    is_flag=True,
    help="Check the file, with --tenant also against what is in that tenant, and change nothing.",
)
@click.option("--schema", is_flag=True, help="Print the JSON Schema of workspace files, for editors, and end.")
def import_file(file: Path | None, format: str | None, prune: bool, check_only: bool, schema: bool) -> None:
    """Load an organisation from a file.

    The file is checked as a whole before anything is written. What is there already is changed to what the file says;
    repeating an import changes nothing.
    """
    if schema:
        from entaku.modules.workspace import workspace_schema_text

        click.echo(workspace_schema_text(), nl=False)
        return
    if file is None:
        raise click.UsageError("which file?", click.get_current_context())
    workspace = read(file, format)
    if check_only:
        if named_tenant() is not None:
            in_tenant(lambda app, actor: app.importer.check(actor, workspace, prune=prune))
        show_counts(file, workspace)
    else:
        show_report(apply(workspace, prune=prune))


def read(file: Path, format: str | None) -> Workspace:
    """The file's workspace. Raises Invalid with every flaw."""
    from entaku.modules.workspace import FORMATS as KNOWN
    from entaku.modules.workspace import read_workspace

    return read_workspace(file, format=next((known for known in KNOWN if known == format), None))


def apply(workspace: Workspace, *, prune: bool) -> ImportReport:
    """Writes the workspace into the tenant that was named, and shows how far it is."""
    with watched() as progress:
        return in_tenant(lambda app, actor: app.importer.apply(actor, workspace, prune=prune, progress=progress))


def show_counts(file: Path, workspace: Workspace) -> None:
    counts = {
        "departments": len(workspace.departments),
        "roles": len(workspace.roles),
        "groups": len(workspace.groups),
        "users": len(workspace.users),
        "libraries": len(workspace.libraries),
        "shares": sum(len(library.shares) for library in workspace.libraries),
    }
    if wants_json():
        print_json({"file": str(file), "counts": counts})
    else:
        listed = ", ".join(f"{count} {noun}" for noun, count in counts.items())
        click.echo(f"{file} is sound: {listed}; nothing was changed")


def show_report(report: ImportReport) -> None:
    if wants_json():
        print_json(report)
        return
    columns = (
        Column("what", lambda row: row[0]),
        Column("created", lambda row: row[1].created),
        Column("changed", lambda row: row[1].changed),
        Column("unchanged", lambda row: row[1].unchanged),
        Column("removed", lambda row: row[1].removed),
    )
    show_list(Part(tuple(report.counts.items()), None), columns, what="entries in the file")
    if report.change_id is not None:
        say(f"'entaku undo {report.change_id}' takes back what was done to shares")
    for warning in report.warnings:
        say(f"warning: {warning}")
