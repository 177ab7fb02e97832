"""The routes of accounts, one file a noun. Handlers only translate: what may be done is decided by the services."""

from __future__ import annotations

from litestar import Router

from entaku.modules.accounts.routes.departments import DEPARTMENT_HANDLERS
from entaku.modules.accounts.routes.groups import GROUP_HANDLERS
from entaku.modules.accounts.routes.issuers import ISSUER_HANDLERS
from entaku.modules.accounts.routes.me import ME_HANDLERS
from entaku.modules.accounts.routes.roles import ROLE_HANDLERS
from entaku.modules.accounts.routes.service_accounts import SERVICE_ACCOUNT_HANDLERS
from entaku.modules.accounts.routes.tenant import TENANT_HANDLERS
from entaku.modules.accounts.routes.tenants import TENANTS_HANDLERS
from entaku.modules.accounts.routes.users import USER_HANDLERS

ROUTES = [
    Router(
        "/api",
        route_handlers=[
            *ME_HANDLERS,
            *TENANT_HANDLERS,
            *TENANTS_HANDLERS,
            *ISSUER_HANDLERS,
            *USER_HANDLERS,
            *SERVICE_ACCOUNT_HANDLERS,
            *DEPARTMENT_HANDLERS,
            *ROLE_HANDLERS,
            *GROUP_HANDLERS,
        ],
    )
]

__all__ = ["ROUTES"]
