"""`/api/tenants/{tenant_id}/issuers` for operators, `/api/tenant/issuers` for administrators: who says who one is."""

from __future__ import annotations

from litestar import Response, delete, get, put
from litestar.params import FromPath, JSONBody

from entaku.api.answering import BODY_ETAG
from entaku.api.auth import CallingActor
from entaku.api.replies import reply
from entaku.modules.accounts.routes.dependencies import AccountsService
from entaku.modules.accounts.sign_in.issuer_bodies import IssuerBody, IssuersView, IssuerView, issuer_view, issuers_view


@get("/tenant/issuers", opt=BODY_ETAG, tags=["Tenant"], summary="Whose tokens your tenant takes")
async def list_own_issuers(actor: CallingActor, accounts: AccountsService) -> IssuersView:
    """For administrators of the tenant. Operators change it."""
    return issuers_view(await accounts.issuers.list(actor, actor.tenant_id))


@get("/tenants/{tenant_id:str}/issuers", opt=BODY_ETAG, tags=["Tenants"], summary="Whose tokens a tenant takes")
async def list_issuers(actor: CallingActor, accounts: AccountsService, tenant_id: FromPath[str]) -> IssuersView:
    """Of any tenant for operators, of their own for administrators."""
    return issuers_view(await accounts.issuers.list(actor, tenant_id))


@put(
    "/tenants/{tenant_id:str}/issuers/{issuer_id:str}",
    tags=["Tenants"],
    summary="Let people of a tenant sign in with an issuer",
)
async def put_issuer(
    actor: CallingActor,
    accounts: AccountsService,
    tenant_id: FromPath[str],
    issuer_id: FromPath[str],
    data: JSONBody[IssuerBody],
) -> Response[IssuerView]:
    """For operators. Makes the rule of this id, or takes its place; which tokens it is about cannot be changed."""
    rule = await accounts.issuers.put(actor, tenant_id, data.rule(issuer_id))
    return reply(issuer_view(rule))


@delete(
    "/tenants/{tenant_id:str}/issuers/{issuer_id:str}", tags=["Tenants"], summary="Take no more tokens of an issuer"
)
async def delete_issuer(
    actor: CallingActor, accounts: AccountsService, tenant_id: FromPath[str], issuer_id: FromPath[str]
) -> None:
    """For operators. Its tokens are refused from the next request on."""
    await accounts.issuers.delete(actor, tenant_id, issuer_id)


ISSUER_HANDLERS = [list_own_issuers, list_issuers, put_issuer, delete_issuer]
