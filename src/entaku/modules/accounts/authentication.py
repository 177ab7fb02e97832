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
from entaku.modules.accounts.api_key_text import PREFIX
from entaku.modules.accounts.api_keys import ApiKeys
from entaku.modules.accounts.model import ApiKey, Tenant, UserProfile
from entaku.modules.accounts.rates import Rates
from entaku.modules.accounts.service import Accounts
from entaku.modules.accounts.sign_in.foreign_tokens import find_issuer
from entaku.modules.accounts.sign_in.key_fetching import fetch_keys
from entaku.modules.accounts.sign_in.key_sets import KeySets
from entaku.modules.accounts.sign_in.provisioning import Provisioning
from entaku.modules.accounts.sign_in.sign_in import SignIn
from entaku.modules.accounts.standing import Verified, check_standing
from entaku.modules.accounts.tokens import ISSUER, Tokens
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

    def __init__(
        self,
        table: Table,
        tokens: Tokens,
        accounts: Accounts,
        clock: Clock,
        tail: Tail | None,
        *,
        base_domain: str | None,
        workers: int,
    ) -> None:
        """`base_domain`: hosts below it carry a tenant's sub-domain; None when the service is not reached that way.
        `workers` share what a tenant may ask."""
        self._table, self._tokens, self._clock, self._tail = table, tokens, clock, tail
        self._api_keys = ApiKeys(table)
        self._key_sets = KeySets(clock, fetch_keys)
        self._sign_in = SignIn(table, clock, self._key_sets, Provisioning(table, accounts.users))
        self._limits, self._rates = accounts.limits, Rates(workers)
        self._suffix = f".{base_domain.lower()}" if base_domain else None
        self._kept: Kept[Remembered] | None = None
        if tail is not None:
            self._kept = Kept(tail, ("USER", "TENANT", "API_KEY"), _moved_by, weight_max=REMEMBERED_MAX)

    async def authenticate(self, token: str, *, host: str, tenant_header: str | None, request_id: str) -> Actor:
        """The actor. `host` comes in lower case, without port and final dot. Raises Unauthenticated for a token that is
        not valid, not (any more) somebody's, or of another tenant than the request names."""
        digest = hashlib.blake2b(token.encode(errors="surrogateescape"), digest_size=16).digest()
        remembered = await self._find(digest)
        if remembered is None:
            remembered = await self._verify(digest, token, request_id)
        actor = remembered.actor
        named = self._subdomain(host)
        if named is not None and named != remembered.subdomain:
            raise Unauthenticated(f"the access token is not for the tenant at {shown(host)}; sign in there")
        if tenant_header is not None and tenant_header != actor.tenant_id:
            raise Unauthenticated(f"the access token is not for tenant {shown(tenant_header)}, which X-Tenant names")
        return msgspec.structs.replace(actor, request_id=request_id)

    def admit(self, actor: Actor) -> None:
        """Counts a request of somebody who was let in. Raises Limited for one too many of their tenant."""
        self._rates.admit(actor)

    async def _find(self, digest: bytes) -> Remembered | None:
        if self._kept is None or self._tail is None:
            return None
        await self._tail.catch_up()
        remembered = self._kept.find(digest)
        if remembered is not None and self._clock.now() >= remembered.expires_at:
            self._kept.drop(digest)
            return None
        return remembered

    async def _verify(self, digest: bytes, token: str, request_id: str) -> Remembered:
        as_of = self._tail.clock if self._tail is not None else 0
        verified = await self._verified(token, request_id)
        actor = verified.actor()
        self._rates.learn(actor.tenant_id, self._limits.find_rate(verified.tenant))
        remembered = Remembered(actor, verified.tenant.subdomain, verified.until)
        if self._kept is not None:
            tags: tuple[Hashable, ...] = (("tenant", actor.tenant_id), ("user", actor.tenant_id, actor.user_id))
            if verified.key_id is not None:
                tags += (("key", actor.tenant_id, actor.user_id, verified.key_id),)
            self._kept.put(digest, remembered, tags=tags, weight=1, as_of=as_of)
        return remembered

    async def _verified(self, token: str, request_id: str) -> Verified:
        """Asks who can say whose this is. What is not recognised is told by those that know our own tokens."""
        if token.startswith(PREFIX):
            return await self._api_keys.verify(token)
        if find_issuer(token) in (None, ISSUER):
            return await self._own(token)
        return await self._sign_in.verify(token, request_id)

    async def close(self) -> None:
        await self._key_sets.close()

    async def _own(self, token: str) -> Verified:
        """Who calls with an access token of ours."""
        claims = self._tokens.read(token)
        try:
            tenant = await self._table.platform.get(Tenant.at(tenant_id=claims.tenant_id))
            table = self._table.for_tenant(tenant.tenant_id)
            profile = await table.get(UserProfile.at(user_id=claims.user_id))
        except NotFound as error:
            raise Unauthenticated("the access token is for a user who does not exist, or not any more") from error
        check_standing(tenant, profile, claims.issued_at, "access token")
        return Verified(tenant=tenant, profile=profile, until=claims.expires_at)

    def _subdomain(self, host: str) -> str | None:
        """The sub-domain that a host names; None when it names none."""
        if self._suffix is None or not host.endswith(self._suffix):
            return None
        return host.removesuffix(self._suffix)


def _moved_by(change: EntityChange) -> tuple[Hashable, ...]:
    """Whose tokens must be looked at again."""
    if isinstance(change.entity, UserProfile):
        return (("user", change.tenant_id, change.entity.user_id),)
    if isinstance(change.entity, ApiKey):
        return (("key", change.tenant_id, change.entity.user_id, change.entity.key_id),)
    return (("tenant", change.entity.tenant_id),)
