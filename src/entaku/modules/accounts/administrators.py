"""Administrators from outside: how an operator lets the first person into a tenant, or the next when none is left.

The only way from one tenant into another. It makes an administrator and nothing else: what there is in the tenant is
theirs to look after, and their tokens are as any other user's.
"""

from __future__ import annotations

import msgspec

from entaku.core.context import AccessLevel, Actor
from entaku.modules.accounts.model import UserProfile
from entaku.modules.accounts.profiles import NewUser
from entaku.modules.accounts.tenants import Tenants, check_operator
from entaku.modules.accounts.users import Users
from entaku.table import IdempotencyKey


class NewAdministrator(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant administrator to create."""

    user_id: str
    name: str
    email: str | None = None


class Administrators:
    """Those who administer a tenant, as operators of the platform make them."""

    def __init__(self, tenants: Tenants, users: Users) -> None:
        self._tenants, self._users = tenants, users

    async def create(
        self, actor: Actor, tenant_id: str, new: NewAdministrator, *, idempotency: IdempotencyKey | None = None
    ) -> UserProfile:
        """A new user of the tenant who may administer it; the tenant's trail names the operator.

        Raises Forbidden, NotFound for the tenant, Conflict when it is deleted and what `Users.create` raises.
        """
        check_operator(actor)
        tenant = await self._tenants.get(actor, tenant_id)
        user = NewUser(user_id=new.user_id, name=new.name, email=new.email, level=AccessLevel.TENANT_ADMIN)
        return await self._users.create(actor.acting_in(tenant.tenant_id), user, idempotency=idempotency)
