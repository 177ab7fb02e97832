"""Whether somebody may call now: what every way of saying who one is has in common."""

from __future__ import annotations

from datetime import datetime

import msgspec

from entaku.core.context import AccessLevel, Actor, Scope
from entaku.core.errors import Unauthenticated
from entaku.modules.accounts.model import Tenant, TenantState, UserProfile, UserState


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """Who calls, as the table says it now."""

    tenant: Tenant
    profile: UserProfile
    level_max: AccessLevel = AccessLevel.OPERATOR
    """The caller acts with this access level at most."""
    scopes: frozenset[Scope] | None = None
    until: datetime
    """When it must be found out anew, if nothing changes before."""
    key_id: str | None = None
    """The API key that was sent."""

    def actor(self) -> Actor:
        level = self.profile.level
        return Actor(
            tenant_id=self.tenant.tenant_id,
            user_id=self.profile.user_id,
            level=level if self.level_max.includes(level) else self.level_max,
            user_since=self.profile.created_at,
            scopes=self.scopes,
            api_key=self.key_id,
        )


def check_standing(tenant: Tenant, profile: UserProfile, issued_at: datetime, what: str) -> None:
    """Raises Unauthenticated unless the tenant and the user may act, and what says so was issued since they may.

    `what` was issued to the caller, as in "access token".
    """
    check_tenant(tenant)
    if profile.state is not UserState.ACTIVE:
        raise Unauthenticated(f"user {profile.user_id!r} is deactivated; ask an administrator of the tenant")
    ends = [at for at in (profile.tokens_valid_from, tenant.tokens_valid_from) if at is not None]
    since = profile.created_at if profile.known_since is None else profile.known_since
    # What is older than the profile was an earlier user's of the same id.
    if issued_at < since or any(issued_at <= at for at in ends):
        raise Unauthenticated(f"the {what} was revoked; get a new one")


def check_tenant(tenant: Tenant) -> None:
    """Raises Unauthenticated unless people of the tenant may come in."""
    if tenant.state is not TenantState.ACTIVE:
        raise Unauthenticated(f"tenant {tenant.tenant_id!r} is {tenant.state}; ask the operator of the platform")
