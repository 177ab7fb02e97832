"""Who acts, in which tenant, and under which request: what an edge finds out once and hands to every service."""

from __future__ import annotations

import enum

import msgspec


class AccessLevel(enum.StrEnum):
    """What a person may administer. Not a role: a role is a job title one can share with."""

    MEMBER = "member"
    TENANT_ADMIN = "tenant_admin"
    OPERATOR = "operator"


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who calls. Services trust it; only an edge makes one, from a verified access token or on the local machine."""

    tenant_id: str
    user_id: str
    level: AccessLevel = AccessLevel.MEMBER
    request_id: str = ""

    @property
    def is_admin(self) -> bool:
        """May administer the tenant."""
        return self.level is not AccessLevel.MEMBER

    @property
    def is_operator(self) -> bool:
        """May administer the platform: create, suspend and delete tenants."""
        return self.level is AccessLevel.OPERATOR
