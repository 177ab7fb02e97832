"""`entaku what-if`: who gains, loses, is changed or demoted by a change, and when, before it is made."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from entaku.cli.commands import EntakuGroup, wants_json
from entaku.cli.exit_status import say
from entaku.cli.instants import read_instant
from entaku.cli.language import language_option
from entaku.cli.listing import Part
from entaku.cli.output import Column, as_text, print_json, show_list
from entaku.cli.session import in_tenant
from entaku.cli.share import permissions_of
from entaku.cli.text_table import print_text
from entaku.cli.unset import none_if_empty, unset_if_none
from entaku.core.errors import Invalid
from entaku.core.languages import Language
from entaku.core.limits import PAGE_SIZE_MAX

if TYPE_CHECKING:
    from entaku.core.context import Actor
    from entaku.main import App
    from entaku.modules.sharing import Effect, Held, Permission, PreviewedChange, PreviewPage, Resource

F = TypeVar("F", bound=Callable[..., Any])

COLUMNS = (
    Column("user", lambda row: row["effect"].user_id),
    Column("name", lambda row: row["effect"].user_name, is_spare=True),
    Column("library", lambda row: row["effect"].resource.id),
    Column("from", lambda row: row["since"]),
    Column("until", lambda row: row["until"]),
    Column("becomes", lambda row: row["step"].kind.replace("_", " ")),
    Column("before", lambda row: _held(row["step"].before)),
    Column("after", lambda row: _held(row["step"].after)),
)


@click.group("what-if", cls=EntakuGroup)
def what_if() -> None:
    """What if: who gains or loses access by a change, before it is made.

    Nothing is changed. Each command shows every user and library that the change makes a difference to, with what the
    user may do without it and with it, now and when shares start or end later.
    """


def preview_options(function: F) -> F:
    """Adds the options of every preview; the command takes them as `at`, `everything` and `language`."""
    options = (
        click.option("--at", type=read_instant, metavar="INSTANT", help="When the change is made; by default now."),
        click.option("--all", "everything", is_flag=True, help=f"Name all pairs, not only the first {PAGE_SIZE_MAX}."),
        language_option,
    )
    for option in reversed(options):
        function = option(function)
    return function


@what_if.command("share", example="entaku what-if share fiction-manuscripts individual:ito.daichi read")
@click.argument("library_id", metavar="LIBRARY")
@click.argument("principal")
@click.argument("permissions", metavar="[PERMISSIONS]", default="read")
@click.option("--from", "starts_at", type=read_instant, metavar="INSTANT", help="When it begins; by default at once.")
@click.option("--until", "expires_at", type=read_instant, metavar="INSTANT", help="When it ends; by default never.")
@click.option("--only-itself", is_flag=True, help="Share with a department but not with those below it.")
@preview_options
def share(
    library_id: str,
    principal: str,
    permissions: str,
    starts_at: datetime | None,
    expires_at: datetime | None,
    only_itself: bool,
    at: datetime | None,
    everything: bool,
    language: Language,
) -> None:
    """A library is shared, or on other terms.

    PRINCIPAL and PERMISSIONS are written as for 'entaku share'.
    """
    granted = permissions_of(permissions)

    def change() -> PreviewedChange:
        from entaku.modules.accounts import parse_principal
        from entaku.modules.sharing import Grant, SharesChange

        grant = Grant(
            principal=parse_principal(principal),
            permissions=granted,
            starts_at=starts_at,
            expires_at=expires_at,
            include_children=not only_itself,
        )
        return SharesChange(resource=_library(library_id), add=(grant,))

    _show(change, at, everything, language)


@what_if.command("unshare", example="entaku what-if unshare fiction-manuscripts department:editorial")
@click.argument("library_id", metavar="LIBRARY")
@click.argument("principal")
@preview_options
def unshare(library_id: str, principal: str, at: datetime | None, everything: bool, language: Language) -> None:
    """A share of a library is taken back."""

    def change() -> PreviewedChange:
        from entaku.modules.accounts import parse_principal
        from entaku.modules.sharing import SharesChange

        return SharesChange(resource=_library(library_id), remove=(parse_principal(principal),))

    _show(change, at, everything, language)


@what_if.command("time", example="entaku what-if time fiction-manuscripts --at 2027-04-01T00:00Z")
@click.argument("library_id", metavar="LIBRARY")
@preview_options
def time(library_id: str, at: datetime | None, everything: bool, language: Language) -> None:
    """Nothing is changed: which shares of a library start and end by themselves, and for whom.

    Until the instant that --at names, and after it.
    """

    def change() -> PreviewedChange:
        from entaku.modules.sharing import SharesChange

        return SharesChange(resource=_library(library_id))

    _show(change, at, everything, language)


@what_if.command("transfer", example="entaku what-if transfer style-guide ito.daichi --keep read")
@click.argument("library_id", metavar="LIBRARY")
@click.argument("user_id", metavar="USER")
@click.option("--keep", metavar="PERMISSIONS", help="What the owner so far keeps; by default nothing.")
@preview_options
def transfer(
    library_id: str, user_id: str, keep: str | None, at: datetime | None, everything: bool, language: Language
) -> None:
    """A library is handed over to a user."""
    kept: frozenset[Permission] = frozenset() if keep is None else permissions_of(keep)

    def change() -> PreviewedChange:
        from entaku.modules.sharing import ResourceMove

        return ResourceMove(resource=_library(library_id), move="transfer", owner=user_id, keep=kept)

    _show(change, at, everything, language)


@what_if.command("library", example="entaku what-if library style-guide archive")
@click.argument("library_id", metavar="LIBRARY")
@click.argument("move", type=click.Choice(("archive", "unarchive", "delete", "restore")))
@preview_options
def library(library_id: str, move: Any, at: datetime | None, everything: bool, language: Language) -> None:
    """A library is archived, deleted, or brought back."""

    def change() -> PreviewedChange:
        from entaku.modules.sharing import ResourceMove

        return ResourceMove(resource=_library(library_id), move=move)

    _show(change, at, everything, language)


@what_if.command("move-user", example="entaku what-if move-user ito.daichi --department sales --leave fiction")
@click.argument("user_id", metavar="USER")
@click.option("--department", metavar="DEPARTMENT", help="Into this department; an empty text takes it away.")
@click.option("--role", metavar="ROLE", help="The new role; an empty text takes it away.")
@click.option("--join", metavar="GROUP", multiple=True, help="Into this group; may be given several times.")
@click.option("--leave", metavar="GROUP", multiple=True, help="Out of this group; may be given several times.")
@click.option("--active/--inactive", "is_active", default=None, help="Let in, or shut out.")
@preview_options
def move_user(
    user_id: str,
    department: str | None,
    role: str | None,
    join: tuple[str, ...],
    leave: tuple[str, ...],
    is_active: bool | None,
    at: datetime | None,
    everything: bool,
    language: Language,
) -> None:
    """A user comes into another department, role or group, or is let in or shut out.

    Without any of these: which shares start and end by themselves for the user.
    """

    def change() -> PreviewedChange:
        from entaku.modules.accounts import UserChange
        from entaku.modules.sharing import UserMove

        asked = UserChange(
            department=none_if_empty(department),
            role=none_if_empty(role),
            join=frozenset(join),
            leave=frozenset(leave),
            is_active=unset_if_none(is_active),
        )
        return UserMove(user_id=user_id, change=asked)

    _show(change, at, everything, language)


@what_if.command("delete-user", example="entaku what-if delete-user ito.daichi")
@click.argument("user_id", metavar="USER")
@preview_options
def delete_user(user_id: str, at: datetime | None, everything: bool, language: Language) -> None:
    """A user is deleted."""

    def change() -> PreviewedChange:
        from entaku.modules.sharing import UserDeletion

        return UserDeletion(user_id=user_id)

    _show(change, at, everything, language)


@what_if.command("move-department", example="entaku what-if move-department fiction --below sales")
@click.argument("department_id", metavar="DEPARTMENT")
@click.option("--below", "parent", metavar="DEPARTMENT", help="The department it would stand below; by default none.")
@preview_options
def move_department(
    department_id: str, parent: str | None, at: datetime | None, everything: bool, language: Language
) -> None:
    """A department comes to stand below another one, or at the top."""

    def change() -> PreviewedChange:
        from entaku.modules.accounts import EntryChange, Principal, PrincipalKind
        from entaku.modules.sharing import EntryMove

        principal = Principal(PrincipalKind.DEPARTMENT, department_id)
        return EntryMove(principal=principal, change=EntryChange(parent=parent))

    _show(change, at, everything, language)


@what_if.command("group", example="entaku what-if group series --join ito.daichi")
@click.argument("group_id", metavar="GROUP")
@click.option("--join", metavar="USER", multiple=True, help="Put this user in; may be given several times.")
@click.option("--leave", metavar="USER", multiple=True, help="Take this user out; may be given several times.")
@click.option("--inside", metavar="GROUP", multiple=True, help="Inside this group; may be given several times.")
@click.option("--inside-none", is_flag=True, help="Inside no group.")
@preview_options
def group(
    group_id: str,
    join: tuple[str, ...],
    leave: tuple[str, ...],
    inside: tuple[str, ...],
    inside_none: bool,
    at: datetime | None,
    everything: bool,
    language: Language,
) -> None:
    """Users are put into a group or taken out, or it comes to stand inside other groups.

    --inside names all groups that it would then be inside.
    """
    is_nested = bool(inside) or inside_none
    if is_nested == bool(join or leave) or (inside and inside_none):
        raise Invalid("what becomes of the group? name --join and --leave, or --inside, or --inside-none")

    def change() -> PreviewedChange:
        from entaku.modules.accounts import EntryChange, Principal, PrincipalKind
        from entaku.modules.sharing import EntryMove, MembersChange

        if not is_nested:
            return MembersChange(group_id=group_id, join=join, leave=leave)
        principal = Principal(PrincipalKind.GROUP, group_id)
        return EntryMove(principal=principal, change=EntryChange(parents=frozenset(inside)))

    _show(change, at, everything, language)


@what_if.command("policy", example="entaku what-if policy union")
@click.argument("policy", type=click.Choice(("precedence", "union")))
@preview_options
def policy(policy: str, at: datetime | None, everything: bool, language: Language) -> None:
    """Shares of several levels add up in another way."""

    def change() -> PreviewedChange:
        from entaku.modules.accounts import SharingPolicy
        from entaku.modules.sharing import PolicyChange

        return PolicyChange(policy=SharingPolicy(policy))

    _show(change, at, everything, language)


def _held(held: Held) -> str:
    """As in `read, write (group)`."""
    return f"{as_text(held.permissions)} ({held.access_type})" if held.permissions else "-"


def _library(library_id: str) -> Resource:
    from entaku.modules.sharing import Resource

    return Resource("library", library_id)


def _show(change: Callable[[], PreviewedChange], at: datetime | None, everything: bool, language: Language) -> None:
    from entaku.modules.sharing import preview_view

    async def work(app: App, actor: Actor) -> tuple[PreviewPage, dict[str, str]]:
        return await _whole(app, actor, change(), at, everything), app.sharing.kinds.called(language)

    page, kinds = in_tenant(work)
    view = preview_view(page, language, kinds=kinds)
    if wants_json():
        print_json(view)
        return
    for sentence in view.sentences:
        print_text(sentence)
    rows = [row for effect in page.pairs.effects for row in _rows_of(effect, page.preview.happens_at)]
    if rows:
        click.echo()
        show_list(Part(tuple(rows), None), COLUMNS, what="pairs")
    if page.pairs.cursor is not None:
        say(f"{page.preview.tally.named:,} pairs are different; --all names every one")
    for warning in view.warnings:
        say(f"warning: {warning}")


def _rows_of(effect: Effect, happens_at: datetime) -> list[dict[str, Any]]:
    """A line for each difference; from when on there is none any more stands in the line before."""
    rows: list[dict[str, Any]] = []
    for step in effect.steps:
        if step.kind == "same_again" and rows:
            rows[-1]["until"] = step.at
        else:
            since = None if step.at == happens_at else step.at
            rows.append({"effect": effect, "step": step, "since": since, "until": None})
    return rows


async def _whole(app: App, actor: Actor, change: PreviewedChange, at: datetime | None, everything: bool) -> PreviewPage:
    """The preview to its end, with the first pairs or with all."""
    from entaku.modules.sharing import continued

    previews = app.sharing.previews
    page = await previews.preview(actor, change, at=at)
    while page.preview.state == "running":
        page = await previews.get(actor, page.preview.preview_id, limit=PAGE_SIZE_MAX)
    while everything and page.pairs.cursor is not None:
        following = await previews.get(actor, page.preview.preview_id, limit=PAGE_SIZE_MAX, after=page.pairs.cursor)
        page = continued(page, following)
    return page
