"""`entaku tenants`: the customers of the platform, and a tenant's own settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from entaku.cli.commands import EntakuGroup, wants_json
from entaku.cli.exit_status import say
from entaku.cli.import_file import FORMATS, read, show_report
from entaku.cli.import_progress import watched
from entaku.cli.issuers import issuers
from entaku.cli.listing import collect, list_options, wanted
from entaku.cli.output import Column, print_json, show_changed, show_done, show_list, show_one
from entaku.cli.session import check_there, with_app
from entaku.cli.unset import unset_if_none
from entaku.core.errors import Invalid
from entaku.core.limits import TIER_DEFAULT

if TYPE_CHECKING:
    from entaku.main import App
    from entaku.modules.accounts import Tenant
    from entaku.modules.workspace import ImportReport, Workspace

# Written out, since the enumeration would load the module for a page of help. A test compares.
POLICIES = ("precedence", "union")
EXPORT_FORMATS = ("workspace", "openfga")

TENANT_COLUMNS = (
    Column("tenant", lambda tenant: tenant.tenant_id),
    Column("name", lambda tenant: tenant.name),
    Column("sub-domain", lambda tenant: tenant.subdomain),
    Column("tier", lambda tenant: tenant.tier),
    Column("state", lambda tenant: tenant.state),
)


@click.group(cls=EntakuGroup)
def tenants() -> None:
    """Tenants: the customers of the platform."""


@tenants.command("list", example="entaku tenants list")
@list_options
def list_tenants(limit: int, everything: bool, cursor: str | None) -> None:
    """List the tenants by name."""
    part = wanted(limit, everything, cursor)
    listed = with_app(
        lambda app: collect(
            lambda size, after: app.accounts.tenants.list(app.operator(), limit=size, after=after), part
        )
    )
    show_list(listed, TENANT_COLUMNS, what="tenants")


@tenants.command("show", example="entaku tenants show acme")
@click.argument("tenant_id", metavar="TENANT")
def show_tenant(tenant_id: str) -> None:
    """Show a tenant with its settings, limits and usage."""

    async def work(app: App) -> tuple[Any, Any]:
        tenant = await app.accounts.tenants.get(app.operator(), tenant_id)
        return tenant, await app.accounts.tenants.settings(app.operator(tenant_id))

    tenant, settings = with_app(work)
    also: dict[str, object] = {
        "issuers": [rule.issuer_id for rule in tenant.issuers],
        "sharing_policy": settings.sharing_policy,
        "limits": settings.limits,
        "usage": settings.usage,
    }
    show_one(tenant, also=also)


@tenants.command("create", example="entaku tenants create acme --name 'Acme K.K.'")
@click.argument("tenant_id", metavar="TENANT")
@click.option("--name", help="What people call it; by default its id.")
@click.option("--subdomain", metavar="LABEL", help="Its sub-domain; by default made from its id.")
@click.option("--tier", default=TIER_DEFAULT, show_default=True, help="Its tier, which sets its limits.")
@click.option(
    "--policy",
    type=click.Choice(POLICIES),
    default=POLICIES[0],
    show_default=True,
    help="How overlapping shares add up: the nearest level decides, or all unite.",
)
def create_tenant(tenant_id: str, name: str | None, subdomain: str | None, tier: str, policy: str) -> None:
    """Create a tenant.

    The first one makes the data folder.
    """

    async def work(app: App) -> Tenant:
        from entaku.modules.accounts import NewTenant, SharingPolicy

        new = NewTenant(
            tenant_id=tenant_id,
            name=tenant_id if name is None else name,
            subdomain=subdomain,
            tier=tier,
            sharing_policy=SharingPolicy(policy),
        )
        return await app.accounts.tenants.create(app.operator(), new)

    show_done(f"created tenant {tenant_id}", with_app(work, founds=True))


@tenants.command("change", example="entaku tenants change acme --tier enterprise --set-limit users=500")
@click.argument("tenant_id", metavar="TENANT")
@click.option("--name", help="What people call it.")
@click.option("--subdomain", metavar="LABEL", help="Its sub-domain.")
@click.option("--tier", help="Its tier, which sets its limits.")
@click.option(
    "--set-limit",
    "limits",
    metavar="NAME=NUMBER",
    multiple=True,
    help="A limit of its own in place of the tier's; may be repeated. NAME= goes back to the tier's.",
)
@click.option("--policy", type=click.Choice(POLICIES), help="How overlapping shares add up.")
@click.option("--revoke-tokens", is_flag=True, help="Refuse every access token and API key issued until now.")
def change_tenant(
    tenant_id: str,
    name: str | None,
    subdomain: str | None,
    tier: str | None,
    limits: tuple[str, ...],
    policy: str | None,
    revoke_tokens: bool,
) -> None:
    """Change a tenant; what is not named stays."""

    async def work(app: App) -> tuple[Tenant, bool]:
        from entaku.modules.accounts import SharingPolicy, TenantChange

        before = tenant = await app.accounts.tenants.get(app.operator(), tenant_id)
        is_changed = False
        change = TenantChange(
            name=unset_if_none(name),
            subdomain=unset_if_none(subdomain),
            tier=unset_if_none(tier),
            limits=_overrides(tenant.limits, limits) if limits else msgspec.UNSET,
            revoke_tokens=revoke_tokens,
        )
        if change != TenantChange():
            tenant = await app.accounts.tenants.change(app.operator(), tenant_id, change, expect=tenant.version)
            is_changed = tenant.version != before.version
        if policy is not None:
            own = app.operator(tenant_id)
            is_changed |= (await app.accounts.tenants.settings(own)).sharing_policy != policy
            await app.accounts.tenants.change_policy(own, SharingPolicy(policy))
        return tenant, is_changed

    tenant, is_changed = with_app(work)
    show_changed(f"tenant {tenant_id}", tenant, is_changed=is_changed)


tenants.add_command(issuers)


@tenants.command("suspend", example="entaku tenants suspend acme")
@click.argument("tenant_id", metavar="TENANT")
def suspend_tenant(tenant_id: str) -> None:
    """Lock everybody of a tenant out; nothing is lost."""
    show_done(
        f"suspended tenant {tenant_id}; let it in again with 'entaku tenants resume'", _set_suspended(tenant_id, True)
    )


@tenants.command("resume", example="entaku tenants resume acme")
@click.argument("tenant_id", metavar="TENANT")
def resume_tenant(tenant_id: str) -> None:
    """Let a tenant in again that was suspended or deleted."""
    show_done(f"tenant {tenant_id} is active", _set_suspended(tenant_id, False))


@tenants.command("delete", example="entaku tenants suspend acme\nentaku tenants delete acme")
@click.argument("tenant_id", metavar="TENANT")
def delete_tenant(tenant_id: str) -> None:
    """Delete a suspended tenant.

    What it has is kept for 30 days, in which 'entaku tenants resume' brings it back.
    """
    tenant = with_app(lambda app: app.accounts.tenants.delete(app.operator(), tenant_id))
    until = "" if tenant.purge_after is None else f"; it can be brought back until {tenant.purge_after:%Y-%m-%d}"
    show_done(f"deleted tenant {tenant_id}{until}", tenant)


@tenants.command("purge", example="entaku tenants purge\nentaku tenants purge acme")
@click.argument("tenant_id", metavar="[TENANT]", required=False)
@list_options
def purge_tenant(tenant_id: str | None, limit: int, everything: bool, cursor: str | None) -> None:
    """Erase a deleted tenant for good, or list those that may be.

    A tenant may be purged 30 days after it was deleted. Nothing of it can be brought back; its id and sub-domain are
    free again.
    """
    if tenant_id is None:
        part = wanted(limit, everything, cursor)
        due = with_app(
            lambda app: collect(
                lambda size, after: app.accounts.purging.list_due(app.operator(), limit=size, after=after), part
            )
        )
        show_list(due, TENANT_COLUMNS, what="tenants to purge")
        return
    erased = with_app(lambda app: app.accounts.purging.purge(app.operator(), tenant_id))
    show_done(f"purged tenant {tenant_id}: {erased} items", {"purged": tenant_id, "items": erased})


@tenants.command(
    "export",
    example=(
        "entaku tenants export acme > acme.yaml\n"
        "entaku tenants export acme --format openfga --answers 1000 > acme.fga.yaml"
    ),
)
@click.argument("tenant_id", metavar="TENANT")
@click.option(
    "--format",
    type=click.Choice(EXPORT_FORMATS),
    default=EXPORT_FORMATS[0],
    show_default=True,
    help="A workspace file, which holds all of it, or a store of OpenFGA: who may do what with which library.",
)
@click.option(
    "--answers",
    type=click.IntRange(0),
    default=0,
    metavar="NUMBER",
    help="Put our own answers for so many pairs of a user and a library into the store, as tests of it.",
)
def export_tenant(tenant_id: str, format: str, answers: int) -> None:
    """Print a tenant as a file: its directory, users, libraries and shares.

    'entaku tenants import' makes the tenant from it, here or elsewhere. What a file cannot say is told as a warning,
    with the way out: of a workspace file tier, sub-domain and limits, operators, what is archived. Not part of it are
    the audit trail, access tokens, API keys, issuers, and what is deleted. A store of OpenFGA has no names and
    addresses either; `fga model test --tests FILE` holds our answers against its own.
    """
    if format == "openfga":
        from entaku.cli.openfga_export import print_store

        print_store(tenant_id, answers)
        return
    if answers:
        raise Invalid("a workspace file holds no answers; add --format openfga")

    from entaku.cli.tenant_export import exported, to_yaml

    file, warnings = with_app(lambda app: exported(app, tenant_id))
    if wants_json():
        print_json(file)
    else:
        click.echo(to_yaml(file), nl=False)
    for warning in warnings:
        say(f"warning: {warning}")


@tenants.command("import", example="entaku tenants import acme acme.yaml")
@click.argument("tenant_id", metavar="TENANT")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--format", type=click.Choice(FORMATS), help="What kind of file it is; by default its keys tell.")
def import_tenant(tenant_id: str, file: Path, format: str | None) -> None:
    """Make a tenant from a file, or bring one that is there up to it.

    The file is checked as a whole before anything is written.
    """
    workspace = read(file, format)
    with watched() as progress:
        report = with_app(lambda app: _restored(app, tenant_id, workspace, progress), founds=True)
    show_report(report)


async def _restored(app: App, tenant_id: str, workspace: Workspace, progress: Any) -> ImportReport:
    from entaku.core.errors import NotFound
    from entaku.modules.accounts import NewTenant

    operator = app.operator(tenant_id)
    try:
        check_there(await app.accounts.tenants.get(operator, tenant_id))
    except NotFound:
        await app.accounts.tenants.create(operator, NewTenant(tenant_id=tenant_id, name=workspace.name or tenant_id))
    return await app.importer.apply(operator, workspace, progress=progress)


def _set_suspended(tenant_id: str, is_suspended: bool) -> Tenant:
    async def work(app: App) -> Tenant:
        from entaku.modules.accounts import TenantChange

        change = TenantChange(is_suspended=is_suspended)
        return await app.accounts.tenants.change(app.operator(), tenant_id, change)

    return with_app(work)


def _overrides(present: dict[str, int], given: tuple[str, ...]) -> dict[str, int]:
    """The tenant's own limits with those given; a name without a number goes."""
    limits = dict(present)
    for text in given:
        name, equals, number = text.partition("=")
        if not equals or not (number.isdecimal() or not number):
            raise click.BadParameter(f"{text!r} is no limit; write it as in users=500", param_hint="'--set-limit'")
        if number:
            limits[name] = int(number)
        else:
            limits.pop(name, None)
    return limits
