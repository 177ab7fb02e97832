"""`entaku libraries`: collections of documents, who owns them, and what a user reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

import click

from entaku.cli.commands import EntakuGroup
from entaku.cli.listing import Batch, Part, Wanted, collect, list_options, wanted
from entaku.cli.output import Column, as_text, fields_of, show_changed, show_done, show_list, show_one
from entaku.cli.session import in_tenant
from entaku.cli.unset import unset_if_none
from entaku.core.errors import Invalid

if TYPE_CHECKING:
    from entaku.core.context import Actor
    from entaku.main import App
    from entaku.modules.sharing import Library, LibraryChange, ListedState, Permission, ReachedLibrary

Sort = Literal["name", "granted_at", "owner", "id"]
SORTS: tuple[Sort, ...] = ("name", "granted_at", "owner", "id")
PERMISSIONS = ("read", "write", "delete", "share")

LIBRARY_COLUMNS = (
    Column("library", lambda library: library.library_id),
    Column("name", lambda library: library.name),
    Column("owner", lambda library: library.owner),
    Column("shares", lambda library: sum(library.share_counts.values())),
    Column("discoverable", lambda library: library.is_discoverable),
)
STATE = Column("state", lambda library: library.state)
"""Shown where something is archived."""
DELETED_COLUMNS = (
    *LIBRARY_COLUMNS[:-1],
    Column("deleted", lambda library: library.deletion and library.deletion.deleted_at),
    Column("kept until", lambda library: library.deletion and library.deletion.purge_at),
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


@libraries.command(
    "list",
    example="entaku libraries list\nentaku libraries list --user kimura.aoi --sort granted_at\n"
    "entaku libraries list --deleted",
)
@click.option("--user", "user_id", metavar="USER", help="Only what this user reaches, with what the user may do there.")
@click.option("--q", metavar="TEXT", help="Only those whose name contains it.")
@click.option("--sort", type=click.Choice(SORTS), help="The order of a user's list; by default by name.")
@click.option("--include-expired", is_flag=True, help="In a user's list also what the user reached once.")
@click.option("--permission", type=click.Choice(PERMISSIONS), help="In a user's list only where the user has it.")
@click.option("--deleted", is_flag=True, help="Those that can be restored, the first to be removed for good first.")
@click.option("--archived", is_flag=True, help="Only those that are archived.")
@list_options
def list_libraries(
    user_id: str | None,
    q: str | None,
    sort: str | None,
    include_expired: bool,
    permission: str | None,
    deleted: bool,
    archived: bool,
    limit: int,
    everything: bool,
    cursor: str | None,
) -> None:
    """List the libraries by name: all of them, or what one user reaches."""
    part = wanted(limit, everything, cursor)
    if deleted + archived + (user_id is not None) > 1:
        raise Invalid("--user, --deleted and --archived are lists of their own; choose one of them")
    if user_id is None:
        if sort is not None or include_expired or permission is not None:
            raise Invalid(
                "--sort, --include-expired and --permission are about a user's list; name the user with --user"
            )
        _show_all(part, q, deleted=deleted, archived=archived)
        return

    async def work(app: App, actor: Actor) -> Part[ReachedLibrary]:
        from entaku.modules.sharing import ListRequest, Permission

        async def fetch(size: int, after: str | None) -> Batch[ReachedLibrary]:
            order = cast("Sort", sort or SORTS[0])
            request = ListRequest(
                limit=size,
                sort=order,
                q=q or "",
                permission=None if permission is None else Permission(permission),
                include_expired=include_expired,
                cursor=after,
            )
            page = await app.sharing.lists.of_user(actor, user_id, request)
            return Batch(page.libraries, page.next_cursor)

        return await collect(fetch, part)

    reached = in_tenant(work)
    has_archived = any(row.state == "archived" for row in reached.items)
    columns = (*REACHED_COLUMNS, STATE) if has_archived else REACHED_COLUMNS
    show_list(reached, columns, what=f"libraries that {user_id} reaches")


def _show_all(part: Wanted, q: str | None, *, deleted: bool, archived: bool) -> None:
    """The libraries of the tenant, whoever reaches them."""
    from entaku.modules.sharing import ResourceState

    state: ListedState | None = "deleted" if deleted else "archived" if archived else None
    listed = in_tenant(
        lambda app, actor: collect(
            lambda size, after: app.sharing.libraries.list(actor, limit=size, after=after, q=q, state=state), part
        )
    )
    is_plain = all(library.state is ResourceState.ACTIVE for library in listed.items)
    columns = DELETED_COLUMNS if deleted else LIBRARY_COLUMNS if is_plain else (*LIBRARY_COLUMNS, STATE)
    show_list(listed, columns, what="deleted libraries" if deleted else "libraries")


@libraries.command("show", example="entaku libraries show handbook")
@click.argument("library_id", metavar="LIBRARY")
def show_library(library_id: str) -> None:
    """Show a library."""
    library = in_tenant(lambda app, actor: app.sharing.libraries.get(actor, library_id)).thing
    show_one({"library_id": library.library_id, **fields_of(library)})


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
@click.option("--keep", metavar="PERMISSIONS", help="What the old owner keeps, as in 'read,write'; else nothing.")
@click.option("--reason", help="Why, for the audit trail.")
def transfer_library(library_id: str, owner: str, keep: str | None, reason: str | None) -> None:
    """Hand a library over to another owner; also one that is deleted, to be restored by them."""
    from entaku.cli.share import permissions_of

    kept: frozenset[Permission] = frozenset() if keep is None else permissions_of(keep)
    after = in_tenant(
        lambda app, actor: app.sharing.libraries.transfer(actor, library_id, owner, keep=kept, reason=reason)
    )
    show_done(f"{owner} owns library {library_id}", after)


@libraries.command("delete", example="entaku libraries delete drafts")
@click.argument("library_id", metavar="LIBRARY")
@click.option("--permanently", is_flag=True, help="Remove it for good with its shares, also one that is deleted.")
@click.option("--reason", help="Why, for the audit trail.")
def delete_library(library_id: str, permanently: bool, reason: str | None) -> None:
    """Take a library from everybody's list and close it; for a while it can be restored."""
    if permanently:
        in_tenant(lambda app, actor: app.sharing.libraries.purge(actor, library_id, reason=reason))
        show_done(f"removed library {library_id} for good", {"deleted": f"library:{library_id}"})
        return
    after = in_tenant(lambda app, actor: app.sharing.libraries.delete(actor, library_id, reason=reason))
    until = "" if after.deletion is None else f"; until {as_text(after.deletion.purge_at)} it can be restored"
    show_done(f"deleted library {library_id}{until}", after)


@libraries.command("restore", example="entaku libraries restore drafts")
@click.argument("library_id", metavar="LIBRARY")
@click.option("--reason", help="Why, for the audit trail.")
def restore_library(library_id: str, reason: str | None) -> None:
    """Bring a deleted library back, with its shares."""
    after = in_tenant(lambda app, actor: app.sharing.libraries.restore(actor, library_id, reason=reason))
    show_done(f"library {library_id} is {after.state}", after)


@libraries.command("archive", example="entaku libraries archive annual-accounts --reason 'the year is over'")
@click.argument("library_id", metavar="LIBRARY")
@click.option("--reason", help="Why, for the audit trail.")
def archive_library(library_id: str, reason: str | None) -> None:
    """Let everybody who reaches a library read it and no more, its owner included."""
    after = in_tenant(lambda app, actor: app.sharing.libraries.archive(actor, library_id, reason=reason))
    show_done(f"library {library_id} is {after.state}", after)


@libraries.command("unarchive", example="entaku libraries unarchive annual-accounts")
@click.argument("library_id", metavar="LIBRARY")
@click.option("--reason", help="Why, for the audit trail.")
def unarchive_library(library_id: str, reason: str | None) -> None:
    """Let everybody do in a library again what they might before it was archived."""
    after = in_tenant(lambda app, actor: app.sharing.libraries.unarchive(actor, library_id, reason=reason))
    show_done(f"library {library_id} is {after.state}", after)


def _changed(library_id: str, change: LibraryChange, reason: str | None) -> tuple[Library, bool]:
    """The library with the change, and whether it was anything new."""

    async def work(app: App, actor: Actor) -> tuple[Library, bool]:
        before = (await app.sharing.libraries.get(actor, library_id)).thing
        after = await app.sharing.libraries.change(actor, library_id, change, reason=reason)
        return after, after.version != before.version

    return in_tenant(work)
