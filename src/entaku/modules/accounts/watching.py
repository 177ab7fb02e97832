"""Who else wants to know, inside the transaction, that somebody belongs elsewhere now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from entaku.modules.accounts.model import UserProfile
from entaku.modules.accounts.principals import Principal
from entaku.table import Transaction


class MembershipWatcher(Protocol):
    """What else in the system keeps what follows from memberships. Joined in the composition root.

    All are told before the commit and may add at most one action to the transaction, which may be tried again.
    """

    def user_changed(self, tx: Transaction, before: UserProfile | None, after: UserProfile | None) -> None:
        """A profile is written: None before for one that is created, after for one that is removed."""
        ...

    def entries_moved(self, tx: Transaction, principals: Sequence[Principal]) -> None:
        """Departments or groups that were there stand below others, or inside others, from now on."""
        ...

    def policy_changed(self, tx: Transaction) -> None:
        """Shares of several levels add up in another way from now on."""
        ...
