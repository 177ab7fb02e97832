"""A tenant's configuration as a value to keep outside and put back: what it is called, may use and has decided.

Its people and things are not part of it, nor is whether it is suspended.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from entaku.modules.accounts.model import Directory, SharingPolicy, Tenant


class TenantConfiguration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that was chosen for a tenant, and nothing that happened in it."""

    format: Literal["entaku tenant 1"] = "entaku tenant 1"
    """What this is, for whoever finds it in a file."""
    tenant_id: str
    name: str
    subdomain: str
    tier: str
    limits: dict[str, int]
    """Overrides of the tier's limits."""
    sharing_policy: SharingPolicy


def configuration_of(tenant: Tenant, directory: Directory) -> TenantConfiguration:
    return TenantConfiguration(
        tenant_id=tenant.tenant_id,
        name=tenant.name,
        subdomain=tenant.subdomain,
        tier=tenant.tier,
        limits=tenant.limits,
        sharing_policy=directory.sharing_policy,
    )
