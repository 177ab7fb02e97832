"""`entaku tenants issuers`: whose tokens a tenant takes, and whom they stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from entaku.cli.commands import EntakuGroup
from entaku.cli.listing import Part
from entaku.cli.output import Column, show_done, show_list
from entaku.cli.session import with_app
from entaku.cli.users import LEVELS

if TYPE_CHECKING:
    from entaku.main import App
    from entaku.modules.accounts import IssuerRule

# Written out, since the enumeration would load the module for a page of help. A test compares.
FOUND_BY = ("id", "email")

ISSUER_COLUMNS = (
    Column("id", lambda rule: rule.issuer_id),
    Column("issuer", lambda rule: rule.issuer),
    Column("audience", lambda rule: rule.audience),
    Column(
        "tenant claim", lambda rule: "" if rule.tenant_claim is None else f"{rule.tenant_claim}={rule.tenant_value}"
    ),
    Column("user claim", lambda rule: rule.user_claim, is_spare=True),
    Column("provisions", lambda rule: rule.provisions, is_spare=True),
)


@click.group("issuers", cls=EntakuGroup)
def issuers() -> None:
    """Sign-in: whose tokens a tenant takes, and whom they stand for."""


@issuers.command("list", example="entaku tenants issuers list acme")
@click.argument("tenant_id", metavar="TENANT")
def list_issuers(tenant_id: str) -> None:
    """List the issuers of a tenant by id."""
    rules = with_app(lambda app: app.accounts.issuers.list(app.operator(), tenant_id))
    show_list(Part(rules, None), ISSUER_COLUMNS, what="issuers")


@issuers.command(
    "put",
    example="entaku tenants issuers put acme staff --issuer https://login.acme.example --audience entaku",
)
@click.argument("tenant_id", metavar="TENANT")
@click.argument("issuer_id", metavar="ID")
@click.option("--issuer", required=True, metavar="ADDRESS", help="The claim iss, letter by letter.")
@click.option(
    "--audience",
    metavar="AUDIENCE",
    required=True,
    help="What the claim aud holds: the id of the client, or of the API.",
)
@click.option(
    "--tenant-claim",
    metavar="CLAIM=VALUE",
    help="What says that a token is for this tenant, where several share issuer and audience.",
)
@click.option("--user-claim", default="sub", show_default=True, metavar="CLAIM", help="What says who somebody is.")
@click.option(
    "--found-by",
    type=click.Choice(FOUND_BY),
    default=FOUND_BY[0],
    show_default=True,
    help="Whether that is the user's id or the e-mail address.",
)
@click.option(
    "--client",
    "clients",
    metavar="CLIENT",
    multiple=True,
    help="Whom tokens may have been issued to (azp); may be repeated.",
)
@click.option(
    "--level-max",
    type=click.Choice(LEVELS),
    default="tenant_admin",
    show_default=True,
    help="The access level that callers act with at most.",
)
@click.option("--provision", is_flag=True, help="Make a member of whom nobody has made a user yet.")
@click.option("--name-claim", metavar="CLAIM", help="What a new user is called; by default the id.")
@click.option("--email-claim", metavar="CLAIM", help="The e-mail address of a new user, where it is verified.")
def put_issuer(
    tenant_id: str,
    issuer_id: str,
    issuer: str,
    audience: str,
    tenant_claim: str | None,
    user_claim: str,
    found_by: str,
    clients: tuple[str, ...],
    level_max: str,
    provision: bool,
    name_claim: str | None,
    email_claim: str | None,
) -> None:
    """Take tokens of an issuer, or change whom they stand for.

    The rule is told whole: what is not named goes back to its default.
    """
    claim, equals, value = (tenant_claim or "").partition("=")
    if tenant_claim is not None and not (claim and equals and value):
        raise click.BadParameter(f"{tenant_claim!r}: write it as in tid=1234", param_hint="'--tenant-claim'")

    async def work(app: App) -> IssuerRule:
        from entaku.core.context import AccessLevel
        from entaku.modules.accounts import FoundBy, IssuerRule

        rule = IssuerRule(
            issuer_id=issuer_id,
            issuer=issuer,
            audience=audience,
            tenant_claim=claim or None,
            tenant_value=value or None,
            user_claim=user_claim,
            found_by=FoundBy(found_by),
            clients=frozenset(clients),
            level_max=AccessLevel(level_max),
            provisions=provision,
            name_claim=name_claim,
            email_claim=email_claim,
        )
        return await app.accounts.issuers.put(app.operator(), tenant_id, rule)

    show_done(f"tenant {tenant_id} takes tokens of {issuer} for {audience}", with_app(work))


@issuers.command("delete", example="entaku tenants issuers delete acme staff")
@click.argument("tenant_id", metavar="TENANT")
@click.argument("issuer_id", metavar="ID")
def delete_issuer(tenant_id: str, issuer_id: str) -> None:
    """Take no more tokens of an issuer, from the next request on."""
    with_app(lambda app: app.accounts.issuers.delete(app.operator(), tenant_id, issuer_id))
    show_done(f"deleted issuer {issuer_id} of tenant {tenant_id}", {"deleted": f"issuer:{issuer_id}"})
