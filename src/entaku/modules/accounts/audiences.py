"""Which tenant the tokens of an issuer are for: claimed and let go in the transaction that changes a tenant's rules.

A token must never be of two tenants. So an audience of an issuer either belongs to one tenant, or to several that one
claim tells apart, of which each value belongs to one.
"""

from __future__ import annotations

from typing import Any

from entaku.core.errors import Conflict
from entaku.core.ids import shown
from entaku.modules.accounts.issuer_model import Audience, AudienceTenant
from entaku.modules.accounts.issuer_rules import IssuerRule
from entaku.table import BoundTable, Transaction, changed


async def claim(tx: Transaction, platform: BoundTable, tenant_id: str, rule: IssuerRule) -> None:
    """Makes the tokens of the rule be for this tenant. Two calls. Raises Conflict where they are for another."""
    audience = await _find(platform, rule)
    if audience is None:
        alone = tenant_id if rule.tenant_claim is None else None
        tx.create(Audience(issuer=rule.issuer, audience=rule.audience, tenant_claim=rule.tenant_claim, tenant_id=alone))
    elif audience.tenant_claim is None:
        raise Conflict(
            f"tokens of {rule.issuer} for {shown(rule.audience)} are for tenant {audience.tenant_id!r} alone; take that"
            " rule away first, or have another audience"
        )
    elif audience.tenant_claim != rule.tenant_claim:
        raise Conflict(
            f"tenants that share {rule.issuer} for {shown(rule.audience)} are told apart by the claim"
            f" {audience.tenant_claim!r}; name that one, with this tenant's value"
        )
    else:
        tx.replace(changed(audience, rules=audience.rules + 1))
    if rule.tenant_value is not None:
        place = _place(rule, rule.tenant_value)
        holder = await platform.find(place)
        if holder is not None:
            raise Conflict(f"{rule.tenant_claim} {shown(rule.tenant_value)} is tenant {holder.tenant_id!r} already")
        tx.create(
            AudienceTenant(
                issuer=rule.issuer, audience=rule.audience, tenant_value=rule.tenant_value, tenant_id=tenant_id
            )
        )


async def let_go(tx: Transaction, platform: BoundTable, tenant_id: str, rule: IssuerRule) -> None:
    """Takes back what `claim` did, and nothing where the tokens are another tenant's. Two calls."""
    audience = await _find(platform, rule)
    holder = None if rule.tenant_value is None else await platform.find(_place(rule, rule.tenant_value))
    if audience is None or not _holds(audience, holder, tenant_id):
        return
    if audience.rules > 1:
        tx.replace(changed(audience, rules=audience.rules - 1))
    else:
        tx.delete(audience)
    if holder is not None:
        tx.delete(holder)


async def is_claimed(platform: BoundTable, tenant_id: str, rule: IssuerRule) -> bool:
    """Whether the tokens of the rule are for this tenant. They are not where the tenant came out of a backup and the
    claim did not. Two calls."""
    audience = await _find(platform, rule)
    holder = None if rule.tenant_value is None else await platform.find(_place(rule, rule.tenant_value))
    return audience is not None and _holds(audience, holder, tenant_id)


def _holds(audience: Audience, holder: AudienceTenant | None, tenant_id: str) -> bool:
    return tenant_id in (audience.tenant_id, None if holder is None else holder.tenant_id)


async def _find(platform: BoundTable, rule: IssuerRule) -> Audience | None:
    return await platform.find(Audience.at(issuer=rule.issuer, audience=rule.audience))


def _place(rule: IssuerRule, tenant_value: str) -> Any:
    return AudienceTenant.at(issuer=rule.issuer, audience=rule.audience, tenant_value=tenant_value)
