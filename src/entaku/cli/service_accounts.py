"""`entaku service-accounts`: users that are programs, and the API keys they call with."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from entaku.cli.commands import EntakuGroup, wants_json
from entaku.cli.exit_status import say
from entaku.cli.instants import read_instant
from entaku.cli.listing import Part, collect, list_options, wanted
from entaku.cli.output import Column, document, print_json, show_done, show_list, show_one
from entaku.cli.session import in_tenant
from entaku.cli.users import LEVELS

if TYPE_CHECKING:
    from entaku.core.context import Actor
    from entaku.main import App
    from entaku.modules.accounts import UserProfile

# Written out, since the enumeration would load the module for a page of help. A test compares.
SCOPES = ("read", "write", "admin")

ACCOUNT_COLUMNS = (
    Column("account", lambda account: account.user_id),
    Column("name", lambda account: account.name),
    Column("level", lambda account: account.level),
    Column("state", lambda account: account.state),
)
KEY_COLUMNS = (
    Column("key", lambda key: key["key_id"]),
    Column("scopes", lambda key: key["scopes"]),
    Column("last used on", lambda key: key["last_used_on"]),
    Column("expires at", lambda key: key["expires_at"]),
    Column("created at", lambda key: key["created_at"], is_spare=True),
)


@click.group("service-accounts", cls=EntakuGroup)
def service_accounts() -> None:
    """Service accounts: users that are programs, and their API keys."""


@service_accounts.command("list", example="entaku service-accounts list")
@list_options
def list_accounts(limit: int, everything: bool, cursor: str | None) -> None:
    """List the service accounts by id."""
    part = wanted(limit, everything, cursor)
    listed = in_tenant(
        lambda app, actor: collect(
            lambda size, after: app.accounts.service_accounts.list(actor, limit=size, after=after), part
        )
    )
    show_list(listed, ACCOUNT_COLUMNS, what="service accounts")


@service_accounts.command("show", example="entaku service-accounts show night-job")
@click.argument("user_id", metavar="ACCOUNT")
def show_account(user_id: str) -> None:
    """Show a service account with its keys."""

    async def work(app: App, actor: Actor) -> tuple[UserProfile, list[str]]:
        account = await app.accounts.service_accounts.get(actor, user_id)
        keys = await app.accounts.service_accounts.list_keys(actor, user_id)
        return account, [key.key_id for key in keys]

    account, keys = in_tenant(work)
    show_one(account, also={"keys": keys})


@service_accounts.command("create", example="entaku service-accounts create night-job --name 'Night job'")
@click.argument("user_id", metavar="ACCOUNT")
@click.option("--name", help="What people call it; by default its id.")
@click.option(
    "--level", type=click.Choice(LEVELS), default=LEVELS[0], show_default=True, help="What it may administer."
)
@click.option("--group", "groups", metavar="GROUP", multiple=True, help="A group to be in; may be repeated.")
def create_account(user_id: str, name: str | None, level: str, groups: tuple[str, ...]) -> None:
    """Create a service account; 'keys create' then makes it a key.

    'entaku users change' changes one: it is a user.
    """

    async def work(app: App, actor: Actor) -> UserProfile:
        from entaku.core.context import AccessLevel
        from entaku.modules.accounts import NewUser

        new = NewUser(
            user_id=user_id,
            name=user_id if name is None else name,
            level=AccessLevel(level),
            groups=frozenset(groups),
        )
        return await app.accounts.service_accounts.create(actor, new)

    show_done(f"created service account {user_id}", in_tenant(work))


@service_accounts.command("delete", example="entaku service-accounts delete night-job")
@click.argument("user_id", metavar="ACCOUNT")
def delete_account(user_id: str) -> None:
    """Delete a service account that owns no library; its keys go too."""
    in_tenant(lambda app, actor: app.accounts.service_accounts.delete(actor, user_id))
    show_done(f"deleted service account {user_id}", {"deleted": f"individual:{user_id}"})


@service_accounts.group("keys", cls=EntakuGroup)
def keys() -> None:
    """API keys of a service account: shown once, scoped, revoked at once."""


@keys.command("list", example="entaku service-accounts keys list night-job")
@click.argument("user_id", metavar="ACCOUNT")
def list_keys(user_id: str) -> None:
    """List the keys of a service account that have not expired."""
    found = in_tenant(lambda app, actor: app.accounts.service_accounts.list_keys(actor, user_id))
    show_list(Part(tuple(map(_shown, found)), None), KEY_COLUMNS, what="keys")


@keys.command(
    "create",
    example="entaku service-accounts keys create night-job --key ci --scope read --scope write\n"
    "entaku service-accounts keys create night-job --replaces ci --overlap-hours 2",
)
@click.argument("user_id", metavar="ACCOUNT")
@click.option("--key", "key_id", metavar="KEY", help="What to call it; by default something that sorts by time.")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(SCOPES),
    multiple=True,
    default=SCOPES[:1],
    show_default=True,
    help="What the key is for; may be repeated. Without admin it acts as a member.",
)
@click.option(
    "--expires-at", type=read_instant, metavar="INSTANT", help="When it ends by itself, as in 2027-03-31T18:00+09:00."
)
@click.option("--replaces", metavar="KEY", help="The key that this one follows, which ends after the overlap.")
@click.option(
    "--overlap-hours",
    metavar="HOURS",
    type=click.IntRange(0, 720),
    default=24,
    show_default=True,
    help="How long that one stays good.",
)
def create_key(
    user_id: str,
    key_id: str | None,
    scopes: tuple[str, ...],
    expires_at: datetime | None,
    replaces: str | None,
    overlap_hours: int,
) -> None:
    """Make an API key and print it: now, and never again.

    Send it as 'Authorization: Bearer KEY'.
    """
    from entaku.core.context import Scope
    from entaku.modules.accounts import NewApiKey

    new = NewApiKey(
        key_id=key_id,
        scopes=frozenset(map(Scope, scopes)),
        expires_at=expires_at,
        replaces=replaces,
        overlap=timedelta(hours=overlap_hours),
    )
    made = in_tenant(lambda app, actor: app.accounts.service_accounts.create_key(actor, user_id, new))
    if wants_json():
        print_json({**_shown(made.key), "api_key": made.text})
    else:
        say(f"made key {made.key.key_id} of service account {user_id}; it is not shown again")
        click.echo(made.text)


@keys.command("delete", example="entaku service-accounts keys delete night-job ci")
@click.argument("user_id", metavar="ACCOUNT")
@click.argument("key_id", metavar="KEY")
def delete_key(user_id: str, key_id: str) -> None:
    """Revoke a key, from the next request on."""
    in_tenant(lambda app, actor: app.accounts.service_accounts.delete_key(actor, user_id, key_id))
    show_done(f"deleted key {key_id} of service account {user_id}", {"deleted": f"api_key:{key_id}"})


def _shown(key: Any) -> dict[str, Any]:
    """A key without its hash: nobody needs to see that either."""
    return {name: value for name, value in document(key).items() if name != "secret_hash"}
