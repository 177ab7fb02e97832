"""`entaku libraries`: collections of documents, who owns them, and what a user reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

import click

from entaku.cli.commands import EntakuGroup
from entaku.cli.listing import Batch, Part, collect, list_options, wanted
from entaku.cli.output import Column, show_changed, show_done, show_list, show_one
from entaku.cli.session import in_tenant
from entaku.cli.unset import unset_if_none
from entaku.core.errors import Invalid

if TYPE_CHECKING:
    from entaku.core.context import Actor
    from entaku.main import App
    from entaku.modules.sharing import Library, LibraryChange, ReachedLibrary

Sort = Literal["name", "granted_at", "owner", "id"]
SORTS: tuple[Sort, ...] = ("name", "granted_at", "owner", "id")

LIBRARY_COLUMNS = (
    Column("library", lambda library: library.library_id),
    Column("name", lambda library: library.name),
    Column("owner", lambda library: library.owner),
    Column("shares", lambda library: sum(library.share_counts.values())),
    Column("discoverable", lambda library: library.is_discoverable),
)
REACHED_COLUMNS = (
    Column("library", lambda row: row.library_id),
    Column("name", lambda row: row.name),
    Column("permissions", lambda row: row.permissions),
    Column("through", lambda row: row.access_type),
    Column("until", lambda row: row.expires_at),
    Column("owner", lambda row: row.owner, is_spare=True),
)


@click.group(cls=EntakuGroup)
def libraries() -> None:
    """Libraries: who owns them, and who reaches them."""


@libraries.command("list", example="entaku libraries list\nentaku libraries list --user kimura.aoi --sort granted_at")
@click.option("--user", "user_id", metavar="USER", help="Only what this user reaches, with what the user may do there.")
@click.option("--q", metavar="TEXT", help="Only those whose name contains it.")
@click.option("--sort", type=click.Choice(SORTS), help="The order of a user's list; by default by name.")
@click.option("--include-expired", is_flag=True, help="In a user's list also what the user reached once.")
@list_options
def list_libraries(
    user_id: str | None,
    q: str | None,
    sort: str | None,
    include_expired: bool,
    limit: int,
    everything: bool,
    cursor: str | None,
) -> None:
    """List the libraries by name: all of them, or what one user reaches."""
    part = wanted(limit, everything, cursor)
    if user_id is None:
        if sort is not None or include_expired:
            raise Invalid("--sort and --include-expired are about a user's list; name the user with --user")
        listed = in_tenant(
            lambda app, actor: collect(
                lambda size, after: app.sharing.libraries.list(actor, limit=size, after=after, q=q), part
            )
        )
        show_list(listed, LIBRARY_COLUMNS, what="libraries")
        return

    async def work(app: App, actor: Actor) -> Part[ReachedLibrary]:
        from entaku.modules.sharing import ListRequest

        async def fetch(size: int, after: str | None) -> Batch[ReachedLibrary]:
            order = cast("Sort", sort or SORTS[0])
            request = ListRequest(limit=size, sort=order, q=q or "", include_expired=include_expired, cursor=after)
            page = await app.sharing.lists.of_user(actor, user_id, request)
            return Batch(page.libraries, page.next_cursor)

        return await collect(fetch, part)

    show_list(in_tenant(work), REACHED_COLUMNS, what=f"libraries that {user_id} reaches")


@libraries.command("show", example="entaku libraries show handbook")
@click.argument("library_id", metavar="LIBRARY")
def show_library(library_id: str) -> None:
    """Show a library."""
    show_one(in_tenant(lambda app, actor: app.sharing.libraries.get(actor, library_id)).thing)


@libraries.command("create", example="entaku libraries create drafts --name 'Drafts' --owner endo.riku")
@click.argument("library_id", metavar="LIBRARY")
@click.option("--name", help="What people call it; by default its id.")
@click.option("--owner", metavar="USER", required=True, help="The user who has all of it.")
@click.option("--description", default="", help="What it is for.")
@click.option("--discoverable", is_flag=True, help="Everybody of the tenant may know that it exists.")
def create_library(library_id: str, name: str | None, owner: str, description: str, discoverable: bool) -> None:
    """Create a library."""

    async def work(app: App, actor: Actor) -> Library:
        from entaku.modules.sharing import NewLibrary

        new = NewLibrary(
            library_id=library_id,
            name=library_id if name is None else name,
            owner=owner,
            description=description,
            is_discoverable=discoverable,
        )
        return await app.sharing.libraries.create(actor, new)

    show_done(f"created library {library_id}", in_tenant(work))


@libraries.command("change", example="entaku libraries change drafts --discoverable")
@click.argument("library_id", metavar="LIBRARY")
@click.option("--name", help="What people call it.")
@click.option("--description", help="What it is for.")
@click.option("--discoverable/--hidden", default=None, help="Whether everybody of the tenant may know that it exists.")
@click.option("--reason", help="Why, for the audit trail.")
def change_library(
    library_id: str, name: str | None, description: str | None, discoverable: bool | None, reason: str | None
) -> None:
    """Rename a library, describe it, show or hide it; what is not named stays."""
    from entaku.modules.sharing import LibraryChange

    change = LibraryChange(
        name=unset_if_none(name),
        description=unset_if_none(description),
        is_discoverable=unset_if_none(discoverable),
    )
    after, is_changed = _changed(library_id, change, reason)
    show_changed(f"library {library_id}", after, is_changed=is_changed)


@libraries.command("transfer", example="entaku libraries transfer drafts fujita.mei --reason 'moved to another desk'")
@click.argument("library_id", metavar="LIBRARY")
@click.argument("owner", metavar="USER")
@click.option("--reason", help="Why, for the audit trail.")
def transfer_library(library_id: str, owner: str, reason: str | None) -> None:
    """Hand a library over to another owner; the old one keeps nothing of it."""
    from entaku.modules.sharing import LibraryChange

    after, is_changed = _changed(library_id, LibraryChange(owner=owner), reason)
    show_done(f"{owner} owns library {library_id}" + ("" if is_changed else " already"), after)


@libraries.command("delete", example="entaku libraries delete drafts")
@click.argument("library_id", metavar="LIBRARY")
@click.option("--reason", help="Why, for the audit trail.")
def delete_library(library_id: str, reason: str | None) -> None:
    """Take a library from everybody's list and close it."""
    in_tenant(lambda app, actor: app.sharing.libraries.delete(actor, library_id, reason=reason))
    show_done(f"deleted library {library_id}", {"deleted": f"library:{library_id}"})


def _changed(library_id: str, change: LibraryChange, reason: str | None) -> tuple[Library, bool]:
    """The library with the change, and whether it was anything new."""

    async def work(app: App, actor: Actor) -> tuple[Library, bool]:
        before = (await app.sharing.libraries.get(actor, library_id)).thing
        after = await app.sharing.libraries.change(actor, library_id, change, reason=reason)
        return after, after.version != before.version

    return in_tenant(work)
