"""From an access token to the actor it stands for: verified once, remembered until something about it changes."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from datetime import datetime

import msgspec

from entaku.core.clock import Clock
from entaku.core.context import Actor
from entaku.core.errors import NotFound, Unauthenticated
from entaku.core.ids import shown
from entaku.modules.accounts.model import Tenant, TenantState, UserProfile, UserState
from entaku.modules.accounts.tokens import Claims, Tokens
from entaku.table import Kept, Table, Tail
from entaku.table.tail import EntityChange

REMEMBERED_MAX = 20_000


class Remembered(msgspec.Struct, frozen=True):
    """A verified token: whose it is and until when."""

    actor: Actor
    subdomain: str
    expires_at: datetime


class Authentication:
    """Knows who calls. The tenant comes from the token; sub-domain and X-Tenant must agree where they are present."""

    def __init__(self, table: Table, tokens: Tokens, clock: Clock, tail: Tail | None, base_domain: str | None) -> None:
        """`base_domain`: hosts below it carry a tenant's sub-domain; None when the service is not reached that way."""
        self._table, self._tokens, self._clock, self._tail = table, tokens, clock, tail
        self._suffix = f".{base_domain.lower()}" if base_domain else None
        self._kept: Kept[Remembered] | None = None
        if tail is not None:
            self._kept = Kept(tail, ("USER", "TENANT"), _moved_by, weight_max=REMEMBERED_MAX)

    async def authenticate(self, token: str, *, host: str, tenant_header: str | None, request_id: str) -> Actor:
        """The actor. `host` comes in lower case, without port and final dot. Raises Unauthenticated for a token that is
        not valid, not (any more) somebody's, or of another tenant than the request names."""
        digest = hashlib.blake2b(token.encode(errors="surrogateescape"), digest_size=16).digest()
        remembered = await self._find(digest)
        if remembered is None:
            remembered = await self._verify(digest, token)
        actor = remembered.actor
        named = self._subdomain(host)
        if named is not None and named != remembered.subdomain:
            raise Unauthenticated(f"the access token is not for the tenant at {shown(host)}; sign in there")
        if tenant_header is not None and tenant_header != actor.tenant_id:
            raise Unauthenticated(f"the access token is not for tenant {shown(tenant_header)}, which X-Tenant names")
        return msgspec.structs.replace(actor, request_id=request_id)

    async def _find(self, digest: bytes) -> Remembered | None:
        if self._kept is None or self._tail is None:
            return None
        await self._tail.catch_up()
        remembered = self._kept.find(digest)
        if remembered is not None and self._clock.now() >= remembered.expires_at:
            self._kept.drop(digest)
            return None
        return remembered

    async def _verify(self, digest: bytes, token: str) -> Remembered:
        as_of = self._tail.clock if self._tail is not None else 0
        claims = self._tokens.read(token)
        tenant, profile = await self._owner(claims)
        remembered = Remembered(
            Actor(
                tenant_id=tenant.tenant_id,
                user_id=profile.user_id,
                level=profile.level,
                user_since=profile.created_at,
            ),
            tenant.subdomain,
            claims.expires_at,
        )
        if self._kept is not None:
            tags = (("tenant", tenant.tenant_id), ("user", tenant.tenant_id, profile.user_id))
            self._kept.put(digest, remembered, tags=tags, weight=1, as_of=as_of)
        return remembered

    async def _owner(self, claims: Claims) -> tuple[Tenant, UserProfile]:
        """The tenant and the user that the claims name, if both may act."""
        try:
            tenant = await self._table.platform.get(Tenant.at(tenant_id=claims.tenant_id))
            table = self._table.for_tenant(tenant.tenant_id)
            profile = await table.get(UserProfile.at(user_id=claims.user_id))
        except NotFound as error:
            raise Unauthenticated("the access token is for a user who does not exist any more") from error
        if tenant.state is not TenantState.ACTIVE:
            raise Unauthenticated(f"tenant {tenant.tenant_id!r} is {tenant.state}; ask the operator of the platform")
        if profile.state is not UserState.ACTIVE:
            raise Unauthenticated(f"user {profile.user_id!r} is deactivated; ask an administrator of the tenant")
        ends = [at for at in (profile.tokens_valid_from, tenant.tokens_valid_from) if at is not None]
        # A token that is older than the profile was an earlier user's of the same id.
        if claims.issued_at < profile.created_at or any(claims.issued_at <= at for at in ends):
            raise Unauthenticated("the access token was revoked; get a new one")
        return tenant, profile

    def _subdomain(self, host: str) -> str | None:
        """The sub-domain that a host names; None when it names none."""
        if self._suffix is None or not host.endswith(self._suffix):
            return None
        return host.removesuffix(self._suffix)


def _moved_by(change: EntityChange) -> tuple[Hashable, ...]:
    """Whose tokens must be looked at again."""
    if isinstance(change.entity, UserProfile):
        return (("user", change.tenant_id, change.entity.user_id),)
    return (("tenant", change.entity.tenant_id),)
