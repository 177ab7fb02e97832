"""`entaku departments`: the tree of the organisation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import click

from entaku.cli.commands import EntakuGroup, wants_json
from entaku.cli.directory_entries import (
    change_entry,
    create_entry,
    delete_entry,
    show_entry,
    show_members,
)
from entaku.cli.exit_status import say
from entaku.cli.listing import Part, collect, list_options, wanted
from entaku.cli.output import Column, show_list
from entaku.cli.session import in_tenant
from entaku.cli.unset import none_if_empty, unset_if_none

if TYPE_CHECKING:
    from entaku.modules.accounts import Department


@click.group(cls=EntakuGroup)
def departments() -> None:
    """Departments: the tree of the organisation."""


@departments.command("list", example="entaku departments list")
@list_options
def list_departments(limit: int, everything: bool, cursor: str | None) -> None:
    """List the departments as a tree, or by id with --json and --cursor."""
    part = wanted(limit, everything, cursor)
    if wants_json() or cursor is not None:
        columns = (
            Column("department", lambda entry: entry.department_id),
            Column("name", lambda entry: entry.name),
            Column("parent", lambda entry: entry.parent),
        )
        listed = in_tenant(
            lambda app, actor: collect(
                lambda size, after: app.accounts.directory.list_departments(actor, limit=size, after=after), part
            )
        )
        show_list(listed, columns, what="departments")
        return
    hierarchy = in_tenant(lambda app, actor: app.accounts.directory.hierarchy(actor))
    rows = list(tree(hierarchy.departments))
    shown = rows if part.limit is None else rows[: part.limit]
    columns = (Column("department", lambda row: row[0] + row[1].department_id), Column("name", lambda row: row[1].name))
    show_list(Part(tuple(shown), None), columns, what="departments")
    if len(shown) < len(rows):
        say(f"there are {len(rows) - len(shown)} more departments: --all shows every one")


@departments.command("show", example="entaku departments show fiction")
@click.argument("department_id", metavar="DEPARTMENT")
def show_department(department_id: str) -> None:
    """Show a department and those directly below it."""
    show_entry("department", department_id)


@departments.command("members", example="entaku departments members fiction")
@click.argument("department_id", metavar="DEPARTMENT")
@list_options
def show_department_members(department_id: str, limit: int, everything: bool, cursor: str | None) -> None:
    """List who works in a department itself, without those below it."""
    show_members("department", department_id, wanted(limit, everything, cursor))


@departments.command("create", example="entaku departments create poetry --name 'Poetry' --parent publishing")
@click.argument("department_id", metavar="DEPARTMENT")
@click.option("--name", help="What people call it; by default its id.")
@click.option(
    "--parent", metavar="DEPARTMENT", help="The department it stands below; without it, it stands at the top."
)
def create_department(department_id: str, name: str | None, parent: str | None) -> None:
    """Create a department."""
    from entaku.modules.accounts import Department

    entry = Department(department_id=department_id, name=department_id if name is None else name, parent=parent)
    create_entry("department", department_id, entry)


@departments.command("change", example="entaku departments change poetry --parent fiction")
@click.argument("department_id", metavar="DEPARTMENT")
@click.option("--name", help="What people call it.")
@click.option("--parent", metavar="DEPARTMENT", help="The department to stand below; '' for the top.")
def change_department(department_id: str, name: str | None, parent: str | None) -> None:
    """Rename a department or move it with all below it."""
    from entaku.modules.accounts import EntryChange

    change_entry("department", department_id, EntryChange(name=unset_if_none(name), parent=none_if_empty(parent)))


@departments.command("delete", example="entaku departments delete poetry")
@click.argument("department_id", metavar="DEPARTMENT")
def delete_department(department_id: str) -> None:
    """Delete a department that is empty; shares with it go too."""
    delete_entry("department", department_id)


def tree(entries: Mapping[str, Department]) -> Iterator[tuple[str, Department]]:
    """Every department after the one it stands below, siblings by id, each with the branch to draw in front of it."""
    below: dict[str | None, list[Department]] = {}
    for entry in sorted(entries.values(), key=lambda entry: entry.department_id):
        below.setdefault(entry.parent if entry.parent in entries else None, []).append(entry)

    def branch(parent: str | None, stem: str) -> Iterator[tuple[str, Department]]:
        siblings = below.get(parent, [])
        for entry in siblings:
            is_last = entry is siblings[-1]
            is_top = parent is None
            yield ("" if is_top else stem + ("└── " if is_last else "├── ")), entry
            yield from branch(entry.department_id, "" if is_top else stem + ("    " if is_last else "│   "))

    return branch(None, "")
