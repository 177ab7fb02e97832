"""Who acts, in which tenant, and under which request: what an edge finds out once and hands to every service."""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec

from entaku.core.errors import Forbidden


class AccessLevel(enum.StrEnum):
    """What a person may administer, least first. Not a role: a role is a job title one can share with."""

    MEMBER = "member"
    TENANT_ADMIN = "tenant_admin"
    OPERATOR = "operator"

    def includes(self, other: AccessLevel) -> bool:
        """Whether who has this level may do all that the other allows."""
        levels = list(AccessLevel)
        return levels.index(self) >= levels.index(other)


class Scope(enum.StrEnum):
    """What an API key is good for."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"
    """What the access level of its account allows beyond that of a member."""


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who calls, as it was when the request began; only an edge makes one, from a verified access token or on the local
    machine. Services trust it, and what changes something asks again who that is by now."""

    tenant_id: str
    """The tenant that is acted in."""
    user_id: str
    level: AccessLevel = AccessLevel.MEMBER
    request_id: str = ""
    user_since: datetime | None = None
    """When the user was created, where a token says who calls: another user of the same id is somebody else."""
    home_tenant_id: str | None = None
    """The tenant whose user calls, where an operator acts in another."""
    scopes: frozenset[Scope] | None = None
    """What the API key allows that was sent; None where it was none, which allows all that the level does."""
    api_key: str | None = None
    """The id of that key, within the account of who calls."""

    @property
    def is_admin(self) -> bool:
        """May administer the tenant."""
        return self.level.includes(AccessLevel.TENANT_ADMIN)

    @property
    def is_operator(self) -> bool:
        """May administer the platform: create, suspend and delete tenants."""
        return self.level.includes(AccessLevel.OPERATOR)

    @property
    def is_user(self) -> bool:
        """Whether there is a profile of who calls. The operator of the local machine has none, and an id that no user
        can have: it begins with `@`."""
        return not self.user_id.startswith("@")

    def home_outside(self, tenant_id: str) -> str | None:
        """The tenant whose user calls, where it is another than this; None for the operator of the local machine."""
        home = self.home_tenant_id or self.tenant_id
        return home if self.is_user and home != tenant_id else None

    def check_scope(self, scope: Scope) -> None:
        """Raises Forbidden where an API key calls that is not good for this."""
        if self.scopes is not None and scope not in self.scopes:
            held = ", ".join(sorted(self.scopes))
            raise Forbidden(f"the API key is for {held}, and this needs {scope.value!r}; take a key that has it")

    def acting_in(self, tenant_id: str) -> Actor:
        """The same caller in another tenant: for operators, where a route is meant to reach there."""
        home = self.home_tenant_id or self.tenant_id
        return msgspec.structs.replace(self, tenant_id=tenant_id, home_tenant_id=home)
