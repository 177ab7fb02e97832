"""`entaku users`: the people of a tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from entaku.cli.commands import EntakuGroup
from entaku.cli.listing import collect, list_options, wanted
from entaku.cli.output import Column, show_changed, show_done, show_list, show_one
from entaku.cli.session import in_tenant
from entaku.cli.unset import none_if_empty, unset_if_none

if TYPE_CHECKING:
    from entaku.core.context import Actor
    from entaku.main import App
    from entaku.modules.accounts import UserChange, UserProfile

# Written out, since the enumeration would load the module for a page of help. A test compares.
LEVELS = ("member", "tenant_admin", "operator")

USER_COLUMNS = (
    Column("user", lambda user: user.user_id),
    Column("name", lambda user: user.name),
    Column("e-mail", lambda user: user.email, is_spare=True),
    Column("department", lambda user: user.department),
    Column("role", lambda user: user.role, is_spare=True),
    Column("level", lambda user: user.level),
    Column("state", lambda user: user.state),
)


@click.group(cls=EntakuGroup)
def users() -> None:
    """Users: the people of a tenant, and its service accounts."""


@users.command("list", example="entaku users list --q sato")
@click.option("--q", metavar="TEXT", help="Only those whose name, id or e-mail address contains it.")
@list_options
def list_users(q: str | None, limit: int, everything: bool, cursor: str | None) -> None:
    """List the users by name."""
    part = wanted(limit, everything, cursor)
    listed = in_tenant(
        lambda app, actor: collect(
            lambda size, after: app.accounts.users.list(actor, limit=size, after=after, q=q), part
        )
    )
    show_list(listed, USER_COLUMNS, what="users")


@users.command("show", example="entaku users show kimura.aoi")
@click.argument("user_id", metavar="USER")
def show_user(user_id: str) -> None:
    """Show a user, and everything the user counts as when something is shared."""

    async def work(app: App, actor: Actor) -> tuple[UserProfile, list[str]]:
        profile = await app.accounts.users.get(actor, user_id)
        hierarchy = await app.accounts.directory.hierarchy(actor)
        return profile, [str(membership.principal) for membership in hierarchy.memberships(profile)]

    profile, principals = in_tenant(work)
    show_one(profile, also={"principals": principals})


@users.command("create", example="entaku users create mei --name 'Mei Fujita' --department fiction --group series")
@click.argument("user_id", metavar="USER")
@click.option("--name", help="What people call the user; by default the id.")
@click.option("--email", metavar="ADDRESS", help="The e-mail address; no two users have the same.")
@click.option(
    "--level", type=click.Choice(LEVELS), default=LEVELS[0], show_default=True, help="What the user may administer."
)
@click.option("--service", is_flag=True, help="An account that no person signs in with.")
@click.option("--department", metavar="DEPARTMENT", help="The department the user works in.")
@click.option("--role", metavar="ROLE", help="The user's job title.")
@click.option("--group", "groups", metavar="GROUP", multiple=True, help="A group to be in; may be repeated.")
def create_user(
    user_id: str,
    name: str | None,
    email: str | None,
    level: str,
    service: bool,
    department: str | None,
    role: str | None,
    groups: tuple[str, ...],
) -> None:
    """Create a user."""

    async def work(app: App, actor: Actor) -> UserProfile:
        from entaku.core.context import AccessLevel
        from entaku.modules.accounts import NewUser

        new = NewUser(
            user_id=user_id,
            name=user_id if name is None else name,
            email=email,
            level=AccessLevel(level),
            is_service=service,
            department=department,
            role=role,
            groups=frozenset(groups),
        )
        return await app.accounts.users.create(actor, new)

    show_done(f"created user {user_id}", in_tenant(work))


@users.command(
    "change", example="entaku users change mei --department manga --join iron-tea\nentaku users change mei --role ''"
)
@click.argument("user_id", metavar="USER")
@click.option("--name", help="What people call the user.")
@click.option("--email", metavar="ADDRESS", help="The e-mail address; '' for none.")
@click.option("--level", type=click.Choice(LEVELS), help="What the user may administer.")
@click.option("--department", metavar="DEPARTMENT", help="The department the user works in; '' for none.")
@click.option("--role", metavar="ROLE", help="The user's job title; '' for none.")
@click.option("--join", metavar="GROUP", multiple=True, help="A group to join; may be repeated.")
@click.option("--leave", metavar="GROUP", multiple=True, help="A group to leave; may be repeated.")
def change_user(
    user_id: str,
    name: str | None,
    email: str | None,
    level: str | None,
    department: str | None,
    role: str | None,
    join: tuple[str, ...],
    leave: tuple[str, ...],
) -> None:
    """Change a user; what is not named stays."""
    from entaku.core.context import AccessLevel
    from entaku.modules.accounts import UserChange

    change = UserChange(
        name=unset_if_none(name),
        email=none_if_empty(email),
        level=unset_if_none(None if level is None else AccessLevel(level)),
        department=none_if_empty(department),
        role=none_if_empty(role),
        join=frozenset(join),
        leave=frozenset(leave),
    )
    after, is_changed = _changed(user_id, change)
    show_changed(f"user {user_id}", after, is_changed=is_changed)


@users.command("deactivate", example="entaku users deactivate mei")
@click.argument("user_id", metavar="USER")
def deactivate_user(user_id: str) -> None:
    """Lock a user out; what the user owns and is given stays."""
    from entaku.modules.accounts import UserChange

    after, is_changed = _changed(user_id, UserChange(is_active=False))
    show_done(f"deactivated user {user_id}" if is_changed else f"user {user_id} is deactivated already", after)


@users.command("activate", example="entaku users activate mei")
@click.argument("user_id", metavar="USER")
def activate_user(user_id: str) -> None:
    """Let a deactivated user in again."""
    from entaku.modules.accounts import UserChange

    after, is_changed = _changed(user_id, UserChange(is_active=True))
    show_done(f"activated user {user_id}" if is_changed else f"user {user_id} is active already", after)


@users.command("delete", example="entaku users delete mei")
@click.argument("user_id", metavar="USER")
def delete_user(user_id: str) -> None:
    """Delete a user who owns no library; shares with the user go too."""
    in_tenant(lambda app, actor: app.accounts.users.delete(actor, user_id))
    show_done(f"deleted user {user_id}", {"deleted": f"individual:{user_id}"})


def _changed(user_id: str, change: UserChange) -> tuple[UserProfile, bool]:
    """The profile with the change, and whether it was anything new."""

    async def work(app: App, actor: Actor) -> tuple[UserProfile, bool]:
        before = await app.accounts.users.get(actor, user_id)
        after = await app.accounts.users.change(actor, user_id, change)
        return after, after.version != before.version

    return in_tenant(work)
