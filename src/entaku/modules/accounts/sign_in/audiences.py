"""Which tenant the tokens of an issuer are for: claimed and let go in the transaction that changes a tenant's rules.

A token must never be of two tenants. So an audience of an issuer either belongs to one tenant, or to several that one
claim tells apart, of which each value belongs to one.
"""

from __future__ import annotations

from typing import Any

from entaku.core.errors import Conflict
from entaku.core.ids import shown
from entaku.modules.accounts.sign_in.issuer_model import Audience, AudienceTenant
from entaku.modules.accounts.sign_in.issuer_rules import IssuerRule
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
        if audience is None and holder is not None and holder.tenant_id == tenant_id:
            return  # It came out of a backup, without the audience.
        if holder is not None:
            raise Conflict(
                f"{rule.tenant_claim} {shown(rule.tenant_value)} stands for tenant {holder.tenant_id!r}; name the value"
                f" of tenant {tenant_id!r}"
            )
        tx.create(
            AudienceTenant(
                issuer=rule.issuer, audience=rule.audience, tenant_value=rule.tenant_value, tenant_id=tenant_id
            )
        )


async def let_go(tx: Transaction, platform: BoundTable, tenant_id: str, rule: IssuerRule) -> None:
    """Takes back what `claim` did, and nothing where the tokens are another tenant's. Three calls."""
    audience = await _find(platform, rule)
    holder = None if rule.tenant_value is None else await platform.find(_place(rule, rule.tenant_value))
    if holder is not None and holder.tenant_id != tenant_id:
        holder = None
    if holder is not None:
        tx.delete(holder)
    if audience is None or not _holds(audience, holder, tenant_id):
        return
    if holder is not None and await _is_shared(platform, rule):
        tx.replace(changed(audience, rules=max(1, audience.rules - 1)))
    else:
        tx.delete(audience)


async def is_claimed(platform: BoundTable, tenant_id: str, rule: IssuerRule) -> bool:
    """Whether the tokens of the rule are for this tenant. They are not where the tenant came out of a backup and the
    claim did not. Two calls."""
    audience = await _find(platform, rule)
    holder = None if rule.tenant_value is None else await platform.find(_place(rule, rule.tenant_value))
    return audience is not None and _holds(audience, holder, tenant_id)


def _holds(audience: Audience, holder: AudienceTenant | None, tenant_id: str) -> bool:
    return tenant_id in (audience.tenant_id, None if holder is None else holder.tenant_id)


async def _is_shared(platform: BoundTable, rule: IssuerRule) -> bool:
    """Whether there is another tenant than the one of the rule. Not told by the number of rules, which a restored
    tenant is not in."""
    sharing = await platform.list(AudienceTenant.of_audience(issuer=rule.issuer, audience=rule.audience), limit=2)
    return any(each.tenant_value != rule.tenant_value for each in sharing.items)


async def _find(platform: BoundTable, rule: IssuerRule) -> Audience | None:
    return await platform.find(Audience.at(issuer=rule.issuer, audience=rule.audience))


def _place(rule: IssuerRule, tenant_value: str) -> Any:
    return AudienceTenant.at(issuer=rule.issuer, audience=rule.audience, tenant_value=tenant_value)
