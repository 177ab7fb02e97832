"""`entaku groups`: people put together for a purpose, and groups inside groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from entaku.cli.commands import EntakuGroup
from entaku.cli.directory_entries import (
    change_entry,
    create_entry,
    delete_entry,
    principal_of,
    show_entry,
    show_members,
)
from entaku.cli.listing import collect, list_options, wanted
from entaku.cli.output import Column, show_done, show_list
from entaku.cli.session import in_tenant
from entaku.cli.unset import unset_if_none

if TYPE_CHECKING:
    from entaku.core.context import Actor
    from entaku.main import App
    from entaku.modules.accounts import UserChange


@click.group(cls=EntakuGroup)
def groups() -> None:
    """Groups: people put together for a purpose."""


@groups.command("list", example="entaku groups list")
@list_options
def list_groups(limit: int, everything: bool, cursor: str | None) -> None:
    """List the groups by id."""
    part = wanted(limit, everything, cursor)
    listed = in_tenant(
        lambda app, actor: collect(
            lambda size, after: app.accounts.directory.list_groups(actor, limit=size, after=after), part
        )
    )
    columns = (
        Column("group", lambda entry: entry.group_id),
        Column("name", lambda entry: entry.name),
        Column("inside", lambda entry: entry.parents),
        Column("description", lambda entry: entry.description),
    )
    show_list(listed, columns, what="groups")


@groups.command("show", example="entaku groups show series")
@click.argument("group_id", metavar="GROUP")
def show_group(group_id: str) -> None:
    """Show a group and those directly inside it."""
    show_entry("group", group_id)


@groups.command("create", example="entaku groups create covers --name 'Covers' --parent series")
@click.argument("group_id", metavar="GROUP")
@click.option("--name", help="What people call it; by default its id.")
@click.option("--description", default="", help="What it is for.")
@click.option("--parent", "parents", metavar="GROUP", multiple=True, help="A group to stand inside; may be repeated.")
def create_group(group_id: str, name: str | None, description: str, parents: tuple[str, ...]) -> None:
    """Create a group."""
    from entaku.modules.accounts import Group

    entry = Group(
        group_id=group_id, name=group_id if name is None else name, description=description, parents=frozenset(parents)
    )
    create_entry("group", group_id, entry)


@groups.command("change", example="entaku groups change covers --description 'Covers of every series'")
@click.argument("group_id", metavar="GROUP")
@click.option("--name", help="What people call it.")
@click.option("--description", help="What it is for.")
@click.option(
    "--parent",
    "parents",
    metavar="GROUP",
    multiple=True,
    help="A group to stand inside, in place of all so far; may be repeated. '' for none.",
)
def change_group(group_id: str, name: str | None, description: str | None, parents: tuple[str, ...]) -> None:
    """Rename a group, describe it, or move it with everybody in it."""
    from entaku.modules.accounts import EntryChange

    change = EntryChange(
        name=unset_if_none(name),
        description=unset_if_none(description),
        parents=frozenset(filter(None, parents)) if parents else msgspec.UNSET,
    )
    change_entry("group", group_id, change)


@groups.command("delete", example="entaku groups delete covers")
@click.argument("group_id", metavar="GROUP")
def delete_group(group_id: str) -> None:
    """Delete a group that nobody and no group is in; shares with it go too."""
    delete_entry("group", group_id)


@groups.command("members", example="entaku groups members series")
@click.argument("group_id", metavar="GROUP")
@list_options
def show_group_members(group_id: str, limit: int, everything: bool, cursor: str | None) -> None:
    """List who is in a group itself, without those in the groups inside it."""
    show_members("group", group_id, wanted(limit, everything, cursor))


@groups.command("join", example="entaku groups join series mei daichi")
@click.argument("group_id", metavar="GROUP")
@click.argument("users", metavar="USER...", nargs=-1, required=True)
def join_group(group_id: str, users: tuple[str, ...]) -> None:
    """Put users into a group. Those who are in it stay."""
    from entaku.modules.accounts import UserChange

    moved = _moved(group_id, users, UserChange(join=frozenset({group_id})))
    sentence = told(users, moved, f"put {{}} into group {group_id}", f"in group {group_id} already")
    show_done(sentence, {"group_id": group_id, "users": list(users)})


@groups.command("leave", example="entaku groups leave series mei")
@click.argument("group_id", metavar="GROUP")
@click.argument("users", metavar="USER...", nargs=-1, required=True)
def leave_group(group_id: str, users: tuple[str, ...]) -> None:
    """Take users out of a group. Those who are not in it stay out."""
    from entaku.modules.accounts import UserChange

    moved = _moved(group_id, users, UserChange(leave=frozenset({group_id})))
    sentence = told(users, moved, f"took {{}} out of group {group_id}", f"not in group {group_id}")
    show_done(sentence, {"group_id": group_id, "users": list(users)})


def _moved(group_id: str, users: tuple[str, ...], change: UserChange) -> list[str]:
    """Those for whom it was a change. Each user is one of its own; an error leaves those before it changed, and
    repeating goes on."""

    async def work(app: App, actor: Actor) -> list[str]:
        await app.accounts.directory.get(actor, principal_of("group", group_id))
        moved: list[str] = []
        for user_id in users:
            before = await app.accounts.users.get(actor, user_id)
            after = await app.accounts.users.change(actor, user_id, change)
            if after.version != before.version:
                moved.append(user_id)
        return moved

    return in_tenant(work)


def told(users: tuple[str, ...], moved: list[str], done: str, state: str) -> str:
    """One sentence: what was done to those who were moved, and the state in which the others were."""
    others = [user_id for user_id in users if user_id not in moved]
    parts = [done.format(", ".join(moved))] if moved else []
    if others:
        parts.append(f"{', '.join(others)} {'was' if len(others) == 1 else 'were'} {state}")
    return "; ".join(parts)
