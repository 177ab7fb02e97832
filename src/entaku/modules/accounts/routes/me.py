"""`/api/me`: who calls."""

from __future__ import annotations

from litestar import get

from entaku.api.answering import BODY_ETAG
from entaku.api.auth import CallingActor
from entaku.modules.accounts.principals import ORGANISATION, individual
from entaku.modules.accounts.routes.dependencies import AccountsService
from entaku.modules.accounts.views import MeView, OwnTenantView, principal_view, user_view


@get("/me", opt=BODY_ETAG, tags=["Me"], summary="Who you are, and what a share can name to reach you")
async def get_me(actor: CallingActor, accounts: AccountsService) -> MeView:
    """The caller, the tenant, and the principals the caller is: nearest first, each with one shortest path."""
    tenant = await accounts.tenants.get(actor, actor.tenant_id)
    profile = await accounts.users.get(actor, actor.user_id)
    hierarchy = await accounts.directory.hierarchy(actor)
    names = {individual(profile.user_id): profile.name, ORGANISATION: tenant.name}
    return MeView(
        user=user_view(profile),
        tenant=OwnTenantView(tenant_id=tenant.tenant_id, name=tenant.name, subdomain=tenant.subdomain),
        principals=tuple(principal_view(m, hierarchy, names) for m in hierarchy.memberships(profile)),
    )


ME_HANDLERS = [get_me]
