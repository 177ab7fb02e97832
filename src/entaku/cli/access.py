"""`entaku access` and `entaku why`: what a user may do with a library, and for what reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from entaku.cli.commands import EntakuCommand, wants_json
from entaku.cli.listing import Part
from entaku.cli.output import Column, print_json, show_list, show_one
from entaku.cli.session import in_tenant
from entaku.cli.text_table import print_text

if TYPE_CHECKING:
    from entaku.modules.sharing import AccessAnswer

SOURCE_COLUMNS = (
    Column("share with", lambda source: source.principal),
    Column("name", lambda source: source.name),
    Column("permissions", lambda source: source.permissions),
    Column("state", lambda source: source.state.replace("_", " ")),
    Column("by way of", lambda source: " < ".join(source.path) if len(source.path) > 1 else ""),
    Column("from", lambda source: source.starts_at),
    Column("until", lambda source: source.expires_at),
    Column("granted by", lambda source: source.granted_by, is_spare=True),
)


@click.command(cls=EntakuCommand, example="entaku access style-guide kimura.aoi")
@click.argument("library_id", metavar="LIBRARY")
@click.argument("user_id", metavar="USER")
def access(library_id: str, user_id: str) -> None:
    """Show what a user may do with a library."""
    answer = _answer(library_id, user_id)
    show_one(
        {
            "library_id": library_id,
            "user_id": answer.user_id,
            "permissions": answer.permissions,
            "access_type" if wants_json() else "through": answer.access_type,
            "next_transition": answer.next_transition,
        }
    )


@click.command(cls=EntakuCommand, example="entaku why fiction-manuscripts ito.daichi")
@click.argument("library_id", metavar="LIBRARY")
@click.argument("user_id", metavar="USER")
def why(library_id: str, user_id: str) -> None:
    """Explain why a user reaches a library, or why not.

    A sentence, then every share that reaches the user and what becomes of it.
    """
    answer = _answer(library_id, user_id)
    if wants_json():
        from entaku.modules.sharing import library_access

        print_json(library_access(answer))
        return
    print_text(answer.why.sentence)
    if answer.why.sources:
        click.echo()
        show_list(Part(answer.why.sources, None), SOURCE_COLUMNS, what="shares")


def _answer(library_id: str, user_id: str) -> AccessAnswer:
    return in_tenant(lambda app, actor: app.sharing.checks.access(actor, library_id, user_id))
