"""What the nouns of modules from outside are made of: the same parts as ours.

    @click.group(cls=EntakuGroup)
    def notes() -> None:
        "Notes: short texts."

    @notes.command("list", example="entaku notes list --as ann")
    @as_option
    @list_options
    def list_notes(user_id: str, limit: int, everything: bool, cursor: str | None) -> None:
        "List one's own notes."
        part = wanted(limit, everything, cursor)

        async def work(app: App, actor: Actor) -> Part[Note]:
            notes = app.parts.get(Notes)
            return await collect(lambda size, after: notes.list(acting_as(actor, user_id), size, after), part)

        show_list(in_tenant(work), (Column("title", lambda note: note.title),), what="notes")

The command is named in the module: `nouns={"notes": Noun("notes.commands:notes", "Notes: short texts.")}`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click
import msgspec

from entaku.cli.commands import EntakuCommand, EntakuGroup, wants_json
from entaku.cli.listing import Batch, Part, collect, list_options, wanted
from entaku.cli.output import Column, show_changed, show_done, show_list, show_one
from entaku.cli.session import in_tenant, with_app
from entaku.core.context import AccessLevel, Actor
from entaku.core.ids import check_id

F = TypeVar("F", bound=Callable[..., Any])


def as_option(function: F) -> F:
    """Adds `--as USER`, which the command takes as `user_id`: whom to act as. The local operator manages everything and
    may read nothing that libraries hold."""
    return click.option("--as", "user_id", metavar="USER", required=True, help="The user to act as.")(function)


def acting_as(actor: Actor, user_id: str) -> Actor:
    """A user of the same tenant, in place of the local operator. Whether they may act is asked by what they do."""
    return msgspec.structs.replace(actor, user_id=check_id(user_id, "user"), level=AccessLevel.MEMBER)


__all__ = [
    "Batch",
    "Column",
    "EntakuCommand",
    "EntakuGroup",
    "Part",
    "acting_as",
    "as_option",
    "collect",
    "in_tenant",
    "list_options",
    "show_changed",
    "show_done",
    "show_list",
    "show_one",
    "wanted",
    "wants_json",
    "with_app",
]
