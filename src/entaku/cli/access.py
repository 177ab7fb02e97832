"""`entaku access` and `entaku why`: who reaches a library, what a user may do with it, and for what reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import click

from entaku.cli.access_review import review, verify
from entaku.cli.commands import EntakuCommand, wants_json
from entaku.cli.default_command import DefaultCommandGroup
from entaku.cli.language import language_option
from entaku.cli.libraries import PERMISSIONS
from entaku.cli.listing import Batch, Part, Wanted, collect, list_options, wanted
from entaku.cli.output import Column, print_json, show_list, show_one
from entaku.cli.session import in_tenant
from entaku.cli.text_table import print_text
from entaku.core.errors import Invalid
from entaku.core.languages import Language

if TYPE_CHECKING:
    from entaku.core.context import Actor
    from entaku.main import App
    from entaku.modules.sharing import AccessAnswer, Reacher, ReachersSort

SORTS = ("id", "name", "granted_at")
REACHER_COLUMNS = (
    Column("user", lambda row: row.user_id),
    Column("name", lambda row: row.name),
    Column("permissions", lambda row: row.permissions),
    Column("through", lambda row: row.via or row.access_type),
    Column("since", lambda row: row.granted_at, is_spare=True),
    Column("next change", lambda row: row.next_transition, is_spare=True),
)

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


@click.group(cls=DefaultCommandGroup, default="show", by_option={"--at": "review"})
def access() -> None:
    """Show who reaches a library, and what a user may do with it.

    LIBRARY and USER may follow at once: `entaku access handbook` is `entaku access show handbook`.
    """


@access.command(
    "show",
    example=(
        "entaku access show style-guide\n"
        "entaku access style-guide kimura.aoi\n"
        "entaku access style-guide --permission write --sort name"
    ),
)
@click.argument("library_id", metavar="LIBRARY")
@click.argument("user_id", metavar="[USER]", required=False)
@click.option("--permission", type=click.Choice(PERMISSIONS), help="Only users who have it.")
@click.option("--q", metavar="TEXT", help="Only users whose name or id contains it.")
@click.option("--sort", type=click.Choice(SORTS), help="The order of the list; by default by id.")
@list_options
def show_access(
    library_id: str,
    user_id: str | None,
    permission: str | None,
    q: str | None,
    sort: str | None,
    limit: int,
    everything: bool,
    cursor: str | None,
) -> None:
    """Show everyone who reaches a library, or what one user may do with it."""
    if user_id is None:
        show_reachers(library_id, wanted(limit, everything, cursor), sort=sort, q=q, permission=permission)
        return
    if permission is not None or q is not None or sort is not None:
        raise Invalid("--permission, --q and --sort are about the list of users; leave them out, or leave the user out")
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


def show_reachers(library_id: str, part: Wanted, *, sort: str | None, q: str | None, permission: str | None) -> None:
    """The list of those who reach a library, in pages."""

    async def work(app: App, actor: Actor) -> Part[Reacher]:
        from entaku.modules.sharing import Permission, ReachersRequest, Resource

        async def fetch(size: int, after: str | None) -> Batch[Reacher]:
            request = ReachersRequest(
                limit=size,
                sort=cast("ReachersSort", sort or SORTS[0]),
                q=q or "",
                permission=None if permission is None else Permission(permission),
                cursor=after,
            )
            page = await app.sharing.reachers.of_resource(actor, Resource("library", library_id), request)
            return Batch(page.users, page.next_cursor)

        return await collect(fetch, part)

    show_list(in_tenant(work), REACHER_COLUMNS, what=f"users who reach {library_id}")


access.add_command(review)
access.add_command(verify)


@click.command(
    cls=EntakuCommand,
    example=("entaku why fiction-manuscripts ito.daichi\nentaku why fiction-manuscripts ito.daichi --language ja"),
)
@click.argument("library_id", metavar="LIBRARY")
@click.argument("user_id", metavar="USER")
@language_option
def why(library_id: str, user_id: str, language: Language) -> None:
    """Explain why a user reaches a library, or why not.

    A sentence, then every share that reaches the user and what becomes of it.
    """
    answer = _answer(library_id, user_id, language)
    if wants_json():
        from entaku.modules.sharing import library_access

        print_json(library_access(answer))
        return
    print_text(answer.why.sentence)
    if answer.why.sources:
        click.echo()
        show_list(Part(answer.why.sources, None), SOURCE_COLUMNS, what="shares")


def _answer(library_id: str, user_id: str, language: Language = Language.ENGLISH) -> AccessAnswer:
    return in_tenant(lambda app, actor: app.sharing.checks.access(actor, library_id, user_id, language=language))
