"""Service accounts: users that are programs. They call with API keys, which are made here and shown once.

A key allows at most what its account may do: `read` and `write` say for which requests it is good, and without `admin`
it acts as a member, whatever the account's access level. It is replaced without a gap by making the next one first.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec

from entaku.core.context import Actor, Scope
from entaku.core.errors import Conflict, Forbidden, Invalid, Limited, NotFound
from entaku.core.ids import Randomness, check_id, new_id, shown
from entaku.modules.accounts.acting import Reads, run_acting
from entaku.modules.accounts.api_key_text import SECRET_BYTES, KeyName, hash_of_key, write_key
from entaku.modules.accounts.model import API_KEYS_MAX, ApiKey, ServiceAccount, UserProfile, UserState
from entaku.modules.accounts.profiles import NewUser, UserChange, check_may_touch
from entaku.modules.accounts.service_register import advance_register, keys_of
from entaku.modules.accounts.users import Users
from entaku.modules.audit import Audit, Target
from entaku.table import IdempotencyKey, Page, Table, Transaction, changed

OVERLAP = timedelta(days=1)
"""How long a key that is replaced stays good, unless the caller says otherwise."""
OVERLAP_MAX = timedelta(days=30)


class NewApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key to make."""

    key_id: str | None = None
    """What it is called within its account; by default something that sorts by time."""
    scopes: frozenset[Scope] = frozenset({Scope.READ})
    expires_at: datetime | None = None
    replaces: str | None = None
    """The key that this one follows: it ends after the overlap, if not before."""
    overlap: timedelta = OVERLAP


class MadeApiKey(msgspec.Struct, frozen=True):
    """A key that was just made: the only time that its text is told."""

    key: ApiKey
    text: str


class ServiceAccounts:
    """Service accounts and their keys. Everybody of the tenant sees the accounts; administrators see and make keys."""

    def __init__(self, table: Table, users: Users, audit: Audit, randomness: Randomness) -> None:
        self._table, self._users, self._audit, self._randomness = table, users, audit, randomness

    async def list(self, actor: Actor, *, limit: int, after: str | None = None) -> Page[UserProfile]:
        """The service accounts of the tenant, by id."""
        table = self._table.for_tenant(actor.tenant_id)
        page = await table.list(ServiceAccount.all(), limit=limit, after=after)
        profiles = await table.find_many([UserProfile.at(user_id=account.user_id) for account in page.items])
        return Page(tuple(profile for profile in profiles if profile is not None), page.cursor)

    async def get(self, actor: Actor, user_id: str) -> UserProfile:
        """One service account. Raises NotFound, for people too."""
        table = self._table.for_tenant(actor.tenant_id)
        return _service(await table.find(UserProfile.at(user_id=check_id(user_id, "service account"))), user_id)

    async def create(self, actor: Actor, new: NewUser, *, idempotency: IdempotencyKey | None = None) -> UserProfile:
        """As `Users.create`, of a service account whatever `is_service` says. It has no keys yet."""
        return await self._users.create(actor, msgspec.structs.replace(new, is_service=True), idempotency=idempotency)

    async def change(
        self,
        actor: Actor,
        user_id: str,
        change: UserChange,
        *,
        expect: int | None = None,
        idempotency: IdempotencyKey | None = None,
    ) -> UserProfile:
        """As `Users.change`. A key that was made before its account was deactivated stays refused ever after."""
        await self.get(actor, user_id)
        return await self._users.change(actor, user_id, change, expect=expect, idempotency=idempotency)

    async def delete(self, actor: Actor, user_id: str, *, expect: int | None = None) -> None:
        """As `Users.delete`; the keys go too. Repeated, it finishes a deletion that was interrupted."""
        table = self._table.for_tenant(actor.tenant_id)
        profile = await table.find(UserProfile.at(user_id=check_id(user_id, "service account")))
        if profile is None or not profile.is_service:
            raise NotFound(f"there is no service account {shown(user_id)}")
        await self._users.delete(actor, user_id, expect=expect)

    async def list_keys(self, actor: Actor, user_id: str) -> tuple[ApiKey, ...]:
        """All keys that have not expired, by id; at most `API_KEYS_MAX`. For administrators. Raises Forbidden,
        NotFound."""
        _check_may_see(actor)
        await self.get(actor, user_id)
        return await keys_of(self._table.for_tenant(actor.tenant_id), user_id)

    async def create_key(self, actor: Actor, user_id: str, new: NewApiKey) -> MadeApiKey:
        """A new key; its text is told now and never again. For administrators.

        Not to be repeated under an idempotency key, whose answer would be kept: where the answer was lost, delete the
        key and make another. Raises Forbidden for scopes that the caller lacks, NotFound, Invalid, Conflict for an id
        that is taken and for an account that is not active, Limited when the account has `API_KEYS_MAX` keys.
        """
        _check_may_see(actor)
        _check_scopes(actor, new.scopes)
        if not timedelta(0) <= new.overlap <= OVERLAP_MAX:
            raise Invalid(f"a key that is replaced stays good for {OVERLAP_MAX.days} days at most, and not less than 0")
        table = self._table.for_tenant(actor.tenant_id)
        own, register = UserProfile.at(user_id=check_id(user_id, "service account")), ServiceAccount.at(user_id=user_id)

        async def work(tx: Transaction, reads: Reads) -> MadeApiKey:
            account = _service(reads.find(own), user_id)
            check_may_touch(actor, account)
            if account.state is not UserState.ACTIVE:
                raise Conflict(f"service account {user_id!r} is {account.state}; activate it before it gets a key")
            if new.expires_at is not None and new.expires_at <= tx.now:
                raise Invalid(f"the key would have expired at {new.expires_at.isoformat()}; name a time to come")
            keys = {key.key_id: key for key in await keys_of(table, user_id)}
            key_id = new_id(tx.now, self._randomness) if new.key_id is None else check_id(new.key_id, "key")
            if key_id in keys:
                raise Conflict(f"service account {user_id!r} has a key {key_id!r} already; choose another id")
            if len(keys) >= API_KEYS_MAX:
                raise Limited(f"service account {user_id!r} has {len(keys)} keys, as many as it may; delete one")
            text = write_key(KeyName(actor.tenant_id, user_id, key_id), self._randomness(SECRET_BYTES))
            advance_register(tx, reads.find(register), user_id)
            tx.check(account)
            if new.replaces is not None:
                self._end(tx, actor, account, _key(keys.get(new.replaces), user_id, new.replaces), tx.now + new.overlap)
            key = tx.create(
                ApiKey(
                    user_id=user_id,
                    key_id=key_id,
                    secret_hash=hash_of_key(text),
                    scopes=new.scopes,
                    expires_at=new.expires_at,
                )
            )
            self._note(tx, actor, "api_key_created", account, None, key)
            return MadeApiKey(key, text)

        return await run_acting(self._table, actor, work, reading=(own, register))

    async def delete_key(self, actor: Actor, user_id: str, key_id: str) -> None:
        """Revoke a key: from now on nobody calls with it. For administrators. Raises Forbidden, NotFound."""
        _check_may_see(actor)
        own = UserProfile.at(user_id=check_id(user_id, "service account"))
        here = ApiKey.at(user_id=user_id, key_id=check_id(key_id, "key"))

        async def work(tx: Transaction, reads: Reads) -> None:
            account = _service(reads.find(own), user_id)
            check_may_touch(actor, account)
            key = _key(reads.find(here), user_id, key_id)
            tx.delete(key)
            self._note(tx, actor, "api_key_deleted", account, key, None)

        await run_acting(self._table, actor, work, reading=(own, here))

    def _end(self, tx: Transaction, actor: Actor, account: UserProfile, key: ApiKey, at: datetime) -> None:
        """Lets a key expire then, if it does not before."""
        if key.expires_at is None or at < key.expires_at:
            stored = tx.replace(changed(key, expires_at=at))
            self._note(tx, actor, "api_key_replaced", account, key, stored)

    def _note(
        self,
        tx: Transaction,
        actor: Actor,
        action: str,
        account: UserProfile,
        before: ApiKey | None,
        after: ApiKey | None,
    ) -> None:
        key = after or before
        assert key is not None
        self._audit.record(
            tx,
            actor,
            action,
            Target("user", account.user_id),
            subject=f"api_key:{key.key_id}",
            before=_shown(before),
            after=_shown(after),
            target_version=account.version,
        )


def _check_may_see(actor: Actor) -> None:
    if not actor.is_admin:
        raise Forbidden("API keys are looked after by tenant administrators")


def _check_scopes(actor: Actor, scopes: frozenset[Scope]) -> None:
    """Who calls with a key makes none that is good for more."""
    if not scopes:
        raise Invalid(f"a key without a scope is good for nothing; choose from {', '.join(Scope)}")
    for scope in sorted(scopes):
        actor.check_scope(scope)


def _service(profile: UserProfile | None, user_id: str) -> UserProfile:
    if profile is None or not profile.is_service or profile.state is UserState.DELETING:
        raise NotFound(f"there is no service account {shown(user_id)}")
    return profile


def _key(key: ApiKey | None, user_id: str, key_id: str) -> ApiKey:
    if key is None:
        raise NotFound(f"service account {user_id!r} has no key {shown(key_id)}")
    return key


def _shown(key: ApiKey | None) -> dict[str, Any] | None:
    """The key as the audit trail keeps it: without the hash, and without when it was used."""
    if key is None:
        return None
    return {"scopes": sorted(key.scopes), "expires_at": msgspec.to_builtins(key.expires_at)}
