"""`entaku token`: an access token for a user, signed with the newest key of the data folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from entaku.cli.commands import EntakuCommand, wants_json
from entaku.cli.exit_status import say
from entaku.cli.output import print_json
from entaku.cli.session import tenant_of, with_app
from entaku.cli.user_names import user_and_tenant
from entaku.core.errors import Conflict

if TYPE_CHECKING:
    from entaku.main import App


@click.command(cls=EntakuCommand, example="entaku token kimura.aoi@maru\nentaku token --rotate-keys")
@click.argument("user", metavar="USER@TENANT", required=False)
@click.option(
    "--rotate-keys",
    is_flag=True,
    help="Make a new signing key first. Tokens of the old one stay good until they expire.",
)
def token(user: str | None, rotate_keys: bool) -> None:
    """Print an access token for a user.

    It is good for an hour. Send it as 'Authorization: Bearer TOKEN'.
    """
    if user is None and not rotate_keys:
        raise click.UsageError("for whom? write USER@TENANT", click.get_current_context())
    minted = with_app(lambda app: _minted(app, user, rotate_keys))
    if wants_json():
        print_json(minted)
    elif user is not None:
        click.echo(minted["access_token"])


async def _minted(app: App, user: str | None, rotates: bool) -> dict[str, object]:
    result: dict[str, object] = {}
    if user is not None:
        user_id, named = user_and_tenant(user)
        actor = app.operator(await tenant_of(app, named))
        tenant = await app.accounts.tenants.get(actor, actor.tenant_id)
        profile = await app.accounts.users.get(actor, user_id)
        # Such a token would be refused wherever it is sent.
        if tenant.state != "active":
            raise Conflict(f"tenant {tenant.tenant_id!r} is {tenant.state}; let it in first: entaku tenants resume")
        if profile.state != "active":
            raise Conflict(f"user {user_id!r} is {profile.state}; let them in first: entaku users activate")
        result = {"tenant_id": tenant.tenant_id, "user_id": user_id}
    if rotates:
        key = app.keys.rotate()
        result["key_id"] = key.key_id
        say(f"key {key.key_id} signs from now on")
    if user is not None:
        text = app.tokens.mint(str(result["tenant_id"]), str(result["user_id"]))
        result |= {"access_token": text, "token_type": "Bearer", "expires_at": app.tokens.read(text).expires_at}
    return result
