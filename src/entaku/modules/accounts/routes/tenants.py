"""`/api/tenants`: the registry, for operators of the platform."""

from __future__ import annotations

from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody

from entaku.api.answering import BODY_ETAG
from entaku.api.auth import CallingActor
from entaku.api.etags import ExpectedVersion
from entaku.api.idempotency import SentIdempotency, was_replayed
from entaku.api.pages import PageView, RequestedPage
from entaku.api.replies import reply
from entaku.modules.accounts.bodies import NewAdministratorBody, NewTenantBody, TenantChangeBody
from entaku.modules.accounts.routes.dependencies import AccountsService
from entaku.modules.accounts.views import TenantView, UserView, tenant_view, user_view


@post("/tenants", tags=["Tenants"], summary="Create a tenant")
async def create_tenant(
    actor: CallingActor, accounts: AccountsService, data: JSONBody[NewTenantBody], idempotency: SentIdempotency
) -> Response[TenantView]:
    """For operators. Nobody is in it yet: see `POST /api/tenants/{tenant_id}/administrators`."""
    tenant = await accounts.tenants.create(actor, data.new_tenant(), idempotency=idempotency)
    return reply(
        tenant_view(tenant),
        version=tenant.version,
        location=f"/api/tenants/{tenant.tenant_id}",
        replayed=was_replayed(idempotency),
    )


@get("/tenants", opt=BODY_ETAG, tags=["Tenants"], summary="List all tenants")
async def list_tenants(actor: CallingActor, accounts: AccountsService, page: RequestedPage) -> PageView[TenantView]:
    """For operators, by name."""
    found = await accounts.tenants.list(actor, limit=page.limit, after=page.cursor)
    return PageView(tuple(tenant_view(tenant) for tenant in found.items), found.cursor)


@get("/tenants/{tenant_id:str}", tags=["Tenants"], summary="One tenant")
async def get_one_tenant(
    actor: CallingActor, accounts: AccountsService, tenant_id: FromPath[str]
) -> Response[TenantView]:
    """Any for operators, their own for everybody else."""
    tenant = await accounts.tenants.get(actor, tenant_id)
    return reply(tenant_view(tenant), version=tenant.version)


@patch("/tenants/{tenant_id:str}", tags=["Tenants"], summary="Change, suspend or bring back a tenant")
async def change_one_tenant(
    actor: CallingActor,
    accounts: AccountsService,
    tenant_id: FromPath[str],
    data: JSONBody[TenantChangeBody],
    expected_version: ExpectedVersion,
    idempotency: SentIdempotency,
) -> Response[TenantView]:
    """For operators. Nobody of a suspended tenant gets in; nothing of it is lost."""
    tenant = await accounts.tenants.change(
        actor, tenant_id, data.tenant_change(), expect=expected_version, idempotency=idempotency
    )
    return reply(tenant_view(tenant), version=tenant.version, replayed=was_replayed(idempotency))


@delete("/tenants/{tenant_id:str}", tags=["Tenants"], summary="Delete a suspended tenant")
async def delete_tenant(
    actor: CallingActor, accounts: AccountsService, tenant_id: FromPath[str], expected_version: ExpectedVersion
) -> None:
    """For operators. What it has is purged after the retention, until when a change can bring it back."""
    await accounts.tenants.delete(actor, tenant_id, expect=expected_version)


@post("/tenants/{tenant_id:str}/administrators", tags=["Tenants"], summary="Create an administrator of a tenant")
async def create_administrator(
    actor: CallingActor,
    accounts: AccountsService,
    tenant_id: FromPath[str],
    data: JSONBody[NewAdministratorBody],
    idempotency: SentIdempotency,
) -> Response[UserView]:
    """For operators: the first user of a tenant, or one who looks after it when no administrator is left."""
    profile = await accounts.administrators.create(actor, tenant_id, data.new_administrator(), idempotency=idempotency)
    # Without a Location: the way there is open to the tenant's own users only.
    return reply(user_view(profile), version=profile.version, replayed=was_replayed(idempotency))


TENANTS_HANDLERS = [
    create_tenant,
    list_tenants,
    get_one_tenant,
    change_one_tenant,
    delete_tenant,
    create_administrator,
]
