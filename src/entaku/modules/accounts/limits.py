"""How much a tenant may use: the limits of its tier, its own overrides, and the counters they are held against."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from entaku.core.config import Tier
from entaku.core.errors import Conflict, Internal, Invalid, Limited
from entaku.core.ids import shown
from entaku.core.limits import TIER_DEFAULT
from entaku.modules.accounts.model import Tenant, TenantState, Usage
from entaku.table import BoundTable, Condition, Table, Transaction, add, field

LIMIT_NAMES = ("users", "libraries", "requests_per_s")
"""What is refused over the limit. `storage_bytes` is agreed only, so it is not shown as a limit: what a tenant stores
is counted nowhere, since a counter that every write changes would make all writes of a tenant wait for each other."""

TIERS: Mapping[str, Tier] = {
    "free": Tier(users=50, libraries=100, requests_per_s=20, storage_bytes=10**9),
    TIER_DEFAULT: Tier(users=5_000, libraries=25_000, requests_per_s=500, storage_bytes=10**12),
    "enterprise": Tier(users=100_000, libraries=1_000_000, requests_per_s=20_000, storage_bytes=10**14),
}
"""The tiers that configuration starts from."""


class Limits:
    """Knows the limits of each tenant and counts what it uses."""

    def __init__(self, table: Table, tiers: Mapping[str, Tier]) -> None:
        self._table, self.tiers = table, tiers

    def check_tier(self, tier: str) -> str:
        """The tier itself. Raises Invalid, which lists those there are."""
        if tier not in self.tiers:
            raise Invalid(f"there is no tier {shown(tier)}; there are {', '.join(self.tiers)}")
        return tier

    def check_overrides(self, limits: Mapping[str, int]) -> dict[str, int]:
        """The overrides themselves. Raises Invalid for an unknown name or a negative number."""
        for name, value in limits.items():
            if name not in LIMIT_NAMES or value < 0:
                raise Invalid(
                    f"limit {shown(name)}: {value} is not possible; there are {', '.join(LIMIT_NAMES)}, from 0"
                )
        return dict(limits)

    def of(self, tenant: Tenant) -> dict[str, int]:
        """The limits of a tenant: its overrides over those of its tier."""
        if tenant.tier not in self.tiers:
            raise Internal(
                f"tenant {tenant.tenant_id!r} is of tier {tenant.tier!r}, which the configuration has no more"
                "; put it back, or give the tenant another"
            )
        tier: dict[str, int] = msgspec.structs.asdict(self.tiers[tenant.tier])
        limits = {**tier, **tenant.limits}
        return {name: limits[name] for name in LIMIT_NAMES}

    def find_rate(self, tenant: Tenant) -> int | None:
        """Requests a second that the tenant may send; None where the configuration does not know its tier any more, for
        which nobody is locked out."""
        if "requests_per_s" in tenant.limits:
            return tenant.limits["requests_per_s"]
        tier = self.tiers.get(tenant.tier)
        return None if tier is None else tier.requests_per_s

    async def count(self, tx: Transaction, table: BoundTable, *, users: int = 0, libraries: int = 0) -> None:
        """Adds to the counters in the transaction that creates or deletes; one action. Raises Limited over a limit, and
        Conflict when the tenant is deleted.

        One call of the table and one of the platform's. Counting down is never refused.
        """
        deltas = {name: delta for name, delta in (("users", users), ("libraries", libraries)) if delta}
        conditions: list[Condition] = []
        if any(delta > 0 for delta in deltas.values()):
            tenant = await self._table.platform.get(Tenant.at(tenant_id=table.tenant_id))
            if tenant.state in (TenantState.DELETED, TenantState.PURGING):
                raise Conflict(f"tenant {tenant.tenant_id!r} is deleted; bring it back before you add to it")
            usage = await table.get(Usage.at())
            limits = self.of(tenant)
            for name, delta in deltas.items():
                if getattr(usage, name) + delta > limits[name]:
                    raise Limited(
                        f"the tenant has {getattr(usage, name)} {name} and its limit is {limits[name]};"
                        " delete some or ask for a higher tier"
                    )
                conditions.append(field(name).at_most(limits[name] - delta))
        tx.patch(Usage.at(), where=conditions, **{name: add(delta) for name, delta in deltas.items()})

    async def check_within(self, table: BoundTable, name: str) -> None:
        """Raises Limited where a tenant has more of something than it may, because its limit was lowered: what is
        counted already does not come back to use then. Two calls."""
        tenant = await self._table.platform.get(Tenant.at(tenant_id=table.tenant_id))
        count, limit = getattr(await table.get(Usage.at()), name), self.of(tenant)[name]
        if count > limit:
            raise Limited(
                f"the tenant has {count} {name} and its limit is {limit}; delete some for good or ask for a higher tier"
            )
