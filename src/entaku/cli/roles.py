"""`entaku roles`: the job titles of a tenant."""

from __future__ import annotations

import click

from entaku.cli.commands import EntakuGroup
from entaku.cli.directory_entries import (
    change_entry,
    create_entry,
    delete_entry,
    show_entry,
    show_members,
)
from entaku.cli.listing import collect, list_options, wanted
from entaku.cli.output import Column, show_list
from entaku.cli.session import in_tenant
from entaku.cli.unset import unset_if_none


@click.group(cls=EntakuGroup)
def roles() -> None:
    """Roles: the job titles one can share with."""


@roles.command("list", example="entaku roles list")
@list_options
def list_roles(limit: int, everything: bool, cursor: str | None) -> None:
    """List the roles by id."""
    part = wanted(limit, everything, cursor)
    listed = in_tenant(
        lambda app, actor: collect(
            lambda size, after: app.accounts.directory.list_roles(actor, limit=size, after=after), part
        )
    )
    columns = (Column("role", lambda entry: entry.role_id), Column("name", lambda entry: entry.name))
    show_list(listed, columns, what="roles")


@roles.command("show", example="entaku roles show editor")
@click.argument("role_id", metavar="ROLE")
def show_role(role_id: str) -> None:
    """Show a role."""
    show_entry("role", role_id)


@roles.command("members", example="entaku roles members editor")
@click.argument("role_id", metavar="ROLE")
@list_options
def show_role_members(role_id: str, limit: int, everything: bool, cursor: str | None) -> None:
    """List who has a role."""
    show_members("role", role_id, wanted(limit, everything, cursor))


@roles.command("create", example="entaku roles create editor --name 'Editor'")
@click.argument("role_id", metavar="ROLE")
@click.option("--name", help="What people call it; by default its id.")
def create_role(role_id: str, name: str | None) -> None:
    """Create a role."""
    from entaku.modules.accounts import Role

    create_entry("role", role_id, Role(role_id=role_id, name=role_id if name is None else name))


@roles.command("change", example="entaku roles change editor --name 'Senior Editor'")
@click.argument("role_id", metavar="ROLE")
@click.option("--name", help="What people call it.")
def change_role(role_id: str, name: str | None) -> None:
    """Rename a role."""
    from entaku.modules.accounts import EntryChange

    change_entry("role", role_id, EntryChange(name=unset_if_none(name)))


@roles.command("delete", example="entaku roles delete editor")
@click.argument("role_id", metavar="ROLE")
def delete_role(role_id: str) -> None:
    """Delete a role that nobody has; shares with it go too."""
    delete_entry("role", role_id)
