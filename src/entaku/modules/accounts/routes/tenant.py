"""`/api/tenant`: one's own tenant."""

from __future__ import annotations

from litestar import Response, get, patch
from litestar.params import JSONBody

from entaku.api.auth import CallingActor
from entaku.api.etags import ExpectedVersion
from entaku.api.idempotency import SentIdempotency, was_replayed
from entaku.api.replies import reply
from entaku.modules.accounts.bodies import SettingsChangeBody
from entaku.modules.accounts.routes.dependencies import AccountsService
from entaku.modules.accounts.tenants import TenantSettings
from entaku.modules.accounts.views import TenantSettingsView


@get("/tenant", tags=["Tenant"], summary="Settings, limits and usage of your tenant")
async def get_tenant(actor: CallingActor, accounts: AccountsService) -> Response[TenantSettingsView]:
    """For everybody of the tenant."""
    settings = await accounts.tenants.settings(actor)
    return reply(_settings_view(settings), version=settings.version)


@patch("/tenant", tags=["Tenant"], summary="Change the settings of your tenant")
async def change_tenant(
    actor: CallingActor,
    accounts: AccountsService,
    data: JSONBody[SettingsChangeBody],
    expected_version: ExpectedVersion,
    idempotency: SentIdempotency,
) -> Response[TenantSettingsView]:
    """For administrators of the tenant. Every answer about access follows the new policy at once."""
    settings = await accounts.tenants.change_policy(
        actor, data.sharing_policy, expect=expected_version, idempotency=idempotency
    )
    return reply(_settings_view(settings), version=settings.version, replayed=was_replayed(idempotency))


def _settings_view(settings: TenantSettings) -> TenantSettingsView:
    return TenantSettingsView(
        tenant_id=settings.tenant_id,
        name=settings.name,
        subdomain=settings.subdomain,
        tier=settings.tier,
        sharing_policy=settings.sharing_policy,
        limits=settings.limits,
        usage=settings.usage,
        version=settings.version,
    )


TENANT_HANDLERS = [get_tenant, change_tenant]
