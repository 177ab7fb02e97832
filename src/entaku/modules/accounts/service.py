"""Accounts in one piece: what the rest of the system is given of this module."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence

from entaku.core.context import Actor
from entaku.core.errors import Internal
from entaku.core.ids import Randomness
from entaku.modules.accounts.administrators import Administrators
from entaku.modules.accounts.directory import DirectoryService, Releaser, StillDeleted
from entaku.modules.accounts.hierarchies import Hierarchies
from entaku.modules.accounts.limits import Limits, Tier
from entaku.modules.accounts.model import UserProfile
from entaku.modules.accounts.principals import Principal
from entaku.modules.accounts.purging import Purging
from entaku.modules.accounts.service_accounts import ServiceAccounts
from entaku.modules.accounts.sign_in.issuers import Issuers
from entaku.modules.accounts.tenants import Tenants
from entaku.modules.accounts.users import OwnedThings, Users
from entaku.modules.accounts.watching import MembershipWatcher
from entaku.modules.audit import Audit
from entaku.table import Table, Transaction


class Accounts:
    """The services of the module, sharing what they keep."""

    def __init__(
        self,
        table: Table,
        audit: Audit,
        tiers: Mapping[str, Tier],
        randomness: Randomness = secrets.token_bytes,
    ) -> None:
        self._releaser: Releaser = NobodyRefers()
        self._owned: OwnedThings = NobodyRefers()
        self._watcher: MembershipWatcher = NobodyRefers()
        self.hierarchies = Hierarchies()
        self.limits = Limits(table, tiers)
        self.tenants = Tenants(table, self.limits, audit, lambda: self._watcher)
        self.purging = Purging(table, self.tenants)
        self.directory = DirectoryService(table, self.hierarchies, audit, lambda: self._releaser, lambda: self._watcher)
        self.users = Users(
            *(table, self.hierarchies, self.limits, audit),
            releaser=lambda: self._releaser,
            owned=lambda: self._owned,
            watcher=lambda: self._watcher,
        )
        self.administrators = Administrators(self.tenants, self.users)
        self.issuers = Issuers(table, self.tenants)
        self.service_accounts = ServiceAccounts(table, self.users, audit, randomness)

    def join(self, *, releaser: Releaser, owned: OwnedThings, watcher: MembershipWatcher | None = None) -> None:
        """Tells accounts who else refers to principals. Called once, where the system is put together."""
        if not isinstance(self._releaser, NobodyRefers):
            raise Internal("accounts is joined once")
        self._releaser, self._owned = releaser, owned
        self._watcher = watcher or self._watcher


class NobodyRefers:
    """A system in which nothing but accounts knows of principals."""

    async def release(self, actor: Actor, principal: Principal, still: StillDeleted) -> int:
        return 0

    async def find_owned(self, actor: Actor, user_id: str) -> str | None:
        return None

    def user_changed(self, tx: Transaction, before: UserProfile | None, after: UserProfile | None) -> None:
        """Nothing follows from it."""

    def entries_moved(self, tx: Transaction, principals: Sequence[Principal]) -> None:
        """Nothing follows from it."""

    def policy_changed(self, tx: Transaction) -> None:
        """Nothing follows from it."""
