"""Issuers: who may say for a tenant who somebody is. Operators decide it, administrators of the tenant see it.

Only operators, because a rule is about the tokens of others: who could claim any audience of any issuer would draw
people of another tenant into their own, or keep them out of theirs; and the service asks each issuer for its keys, so a
rule also says which addresses it visits.
"""

from __future__ import annotations

import builtins

from entaku.core.context import Actor
from entaku.core.errors import Conflict, Forbidden, Limited, NotFound
from entaku.core.ids import check_id, shown
from entaku.modules.accounts.acting import check_from_afar
from entaku.modules.accounts.model import Tenant, TenantState
from entaku.modules.accounts.sign_in.audiences import claim, is_claimed, let_go
from entaku.modules.accounts.sign_in.issuer_rules import ISSUERS_MAX, IssuerRule, check_rule
from entaku.modules.accounts.tenant_trail import TenantTrail
from entaku.modules.accounts.tenants import Tenants, check_operator
from entaku.table import Table, Transaction, changed


class Issuers:
    """The rules by which people of a tenant sign in."""

    def __init__(self, table: Table, tenants: Tenants) -> None:
        self._table, self._tenants, self._trail = table, tenants, TenantTrail(table)

    async def list(self, actor: Actor, tenant_id: str) -> tuple[IssuerRule, ...]:
        """All rules by id: of any tenant for operators, of their own for administrators. Raises Forbidden, NotFound."""
        tenant = await self._tenants.get(actor, tenant_id)
        if not actor.is_admin:
            raise Forbidden("how a tenant signs in is shown to its administrators")
        return tenant.issuers

    async def put(self, actor: Actor, tenant_id: str, rule: IssuerRule) -> IssuerRule:
        """Make a rule, or put it in the place of the one of its id. Who is signed in by the old one is looked at again
        with their next request. Safe to repeat.

        Raises Forbidden, NotFound, Invalid, Limited; Conflict where the tokens are another tenant's, the tenant is
        deleted, or the old rule is about other tokens: delete that first.
        """
        check_operator(actor)
        check_rule(rule)

        async def work(tx: Transaction) -> Tenant:
            await check_from_afar(self._table, actor)
            before = _changeable(await self._tenants.get(actor, tenant_id))
            old = find_rule(before, rule.issuer_id)
            is_ours = old is not None and await is_claimed(self._table.platform, tenant_id, old)
            if old == rule and is_ours:
                return before
            if old is None:
                if len(before.issuers) >= ISSUERS_MAX:
                    raise Limited(f"tenant {tenant_id!r} has {ISSUERS_MAX} issuers, as many as it may; delete one")
            elif (old.place, old.tenant_claim) != (rule.place, rule.tenant_claim):
                raise Conflict(f"issuer {rule.issuer_id!r} is about other tokens; delete it first, or take another id")
            if not is_ours:
                await claim(tx, self._table.platform, tenant_id, rule)
            others = [each for each in before.issuers if each.issuer_id != rule.issuer_id]
            if any(each.place == rule.place for each in others):
                raise Conflict(
                    f"tenant {tenant_id!r} has another issuer for the tokens of {rule.issuer_id!r}; change that"
                )
            return self._replace(tx, actor, "issuer_changed" if old else "issuer_added", before, [*others, rule])

        await self._trail.complete(await self._table.platform.run(work))
        return rule

    async def delete(self, actor: Actor, tenant_id: str, issuer_id: str) -> None:
        """Tokens of the rule are refused from the next request on. Raises Forbidden, NotFound, Conflict."""
        check_operator(actor)
        check_id(issuer_id, "issuer")

        async def work(tx: Transaction) -> Tenant:
            await check_from_afar(self._table, actor)
            before = _changeable(await self._tenants.get(actor, tenant_id))
            rule = find_rule(before, issuer_id)
            if rule is None:
                raise NotFound(f"tenant {tenant_id!r} has no issuer {shown(issuer_id)}")
            await let_go(tx, self._table.platform, tenant_id, rule)
            others = [each for each in before.issuers if each.issuer_id != issuer_id]
            return self._replace(tx, actor, "issuer_deleted", before, others)

        await self._trail.complete(await self._table.platform.run(work))

    def _replace(
        self, tx: Transaction, actor: Actor, action: str, before: Tenant, rules: builtins.list[IssuerRule]
    ) -> Tenant:
        ordered = tuple(sorted(rules, key=lambda rule: rule.issuer_id))
        stored = tx.replace(changed(before, issuers=ordered))
        self._trail.note(tx, actor, action, before, stored)
        return stored


async def forget_issuers(table: Table, tenant_id: str) -> None:
    """Lets go of all tokens of a tenant that is being purged. Safe to repeat."""

    async def work(tx: Transaction) -> bool:
        tenant = await table.platform.find(Tenant.at(tenant_id=tenant_id))
        if tenant is None or not tenant.issuers:
            return False
        # One by one: several may rest on one audience.
        await let_go(tx, table.platform, tenant_id, tenant.issuers[0])
        tx.replace(changed(tenant, issuers=tenant.issuers[1:]))
        return True

    while await table.platform.run(work):
        pass


def find_rule(tenant: Tenant, issuer_id: str) -> IssuerRule | None:
    return next((rule for rule in tenant.issuers if rule.issuer_id == issuer_id), None)


def _changeable(tenant: Tenant) -> Tenant:
    if tenant.state in (TenantState.DELETED, TenantState.PURGING):
        raise Conflict(f"tenant {tenant.tenant_id!r} is {tenant.state}; bring it back first")
    return tenant
