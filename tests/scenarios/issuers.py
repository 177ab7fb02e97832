"""Scenarios of sign-in: operators say whose tokens a tenant takes, its administrators see it."""

from __future__ import annotations

from entaku.core.context import Actor
from entaku.main import App
from entaku.modules.accounts import IssuerRule
from tests.scenarios.scenario import Caller, Scenario

OF_TENANT = "/api/tenants/{tenant_id}/issuers"
RULE = {"issuer": "https://login.example.com", "audience": "TENANT", "provisions": True, "clients": ["b", "a"]}


async def furnish(app: App, actor: Actor, mark: str) -> None:
    """One issuer that all tenants share, told apart by a claim."""
    rule = IssuerRule(
        issuer_id="shared",
        issuer="https://accounts.example.com",
        audience="entaku",
        tenant_claim="org",
        tenant_value=mark,
    )
    await app.accounts.issuers.put(app.operator(), actor.tenant_id, rule)


SCENARIOS = [
    Scenario(method="GET", route="/api/tenant/issuers", caller=Caller.ADMIN, contains=('"tenant_claim":"org"', "MARK")),
    Scenario(
        method="GET",
        route=OF_TENANT,
        target="/api/tenants/TENANT/issuers",
        caller=Caller.ADMIN,
        contains=('"issuer_id":"shared"', "MARK"),
    ),
    Scenario(
        method="PUT",
        route=f"{OF_TENANT}/{{issuer_id}}",
        target="/api/tenants/TENANT/issuers/staff",
        caller=Caller.OPERATOR,
        body=RULE,
        contains=('"clients":["a","b"]', '"user_claim":"sub"', '"level_max":"tenant_admin"'),
    ),
    Scenario(
        method="DELETE",
        route=f"{OF_TENANT}/{{issuer_id}}",
        target="/api/tenants/TENANT/issuers/shared",
        caller=Caller.OPERATOR,
        status=204,
    ),
]
