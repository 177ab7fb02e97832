"""From an API key to who calls with it. The day of its last use is noted once a day, never by every request."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, time, timedelta
from typing import cast

from entaku.core.context import AccessLevel, Scope
from entaku.core.errors import EntakuError, Unauthenticated
from entaku.modules.accounts.api_key_text import KeyName, find_key_name, is_key
from entaku.modules.accounts.model import ApiKey, Tenant, UserProfile
from entaku.modules.accounts.standing import Verified, check_standing
from entaku.table import Entity, Key, Table

_REFUSAL = (
    "the API key is not good (any more): it was mistyped, deleted or has expired; ask an administrator for another"
)


class ApiKeys:
    """Verifies API keys."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._noting: set[KeyName] = set()

    async def verify(self, text: str) -> Verified:
        """Who calls with this key. Two calls, and one more on its first use of a day. Raises Unauthenticated."""
        name = find_key_name(text)
        if name is None:
            raise Unauthenticated(_REFUSAL)
        tenant = await self._table.platform.find(Tenant.at(tenant_id=name.tenant_id))
        if tenant is None:
            raise Unauthenticated(_REFUSAL)
        profile, key = await self._found(name)
        if profile is None or key is None or not is_key(text, key.secret_hash):
            raise Unauthenticated(_REFUSAL)
        check_standing(tenant, profile, key.created_at, "API key")
        now = self._table.clock.now().astimezone(UTC)
        if key.last_used_on != now.date():
            await self._note_use(name, key, now)
        # Looked at again tomorrow, to note that day.
        ends = datetime.combine(now.date() + timedelta(days=1), time(), UTC)
        return Verified(
            tenant=tenant,
            profile=profile,
            level_max=AccessLevel.OPERATOR if Scope.ADMIN in key.scopes else AccessLevel.MEMBER,
            scopes=key.scopes,
            until=ends if key.expires_at is None else min(ends, key.expires_at),
            key_id=key.key_id,
        )

    async def _found(self, name: KeyName) -> tuple[UserProfile | None, ApiKey | None]:
        keys = (UserProfile.at(user_id=name.user_id), ApiKey.at(user_id=name.user_id, key_id=name.key_id))
        found = await self._table.for_tenant(name.tenant_id).find_many(cast("tuple[Key[Entity], ...]", keys))
        return cast("UserProfile | None", found[0]), cast("ApiKey | None", found[1])

    async def _note_use(self, name: KeyName, key: ApiKey, now: datetime) -> None:
        """Nobody is refused because this could not be written; somebody else may just have, or the key is gone."""
        if name in self._noting:
            return
        self._noting.add(name)
        try:
            with contextlib.suppress(EntakuError):
                await self._table.for_tenant(name.tenant_id).patch(key, last_used_on=now.date())
        finally:
            self._noting.discard(name)
