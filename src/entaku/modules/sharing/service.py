"""Sharing in one piece: what the rest of the system is given of this module."""

from __future__ import annotations

import secrets

from entaku.core.clock import Clock
from entaku.core.ids import Randomness
from entaku.modules.accounts import Accounts
from entaku.modules.audit import Audit
from entaku.modules.sharing.checks import Checks
from entaku.modules.sharing.libraries import Libraries
from entaku.modules.sharing.list_facts import ListMemory
from entaku.modules.sharing.list_pages import ListPages
from entaku.modules.sharing.lists import Lists
from entaku.modules.sharing.shares import Shares
from entaku.table import Table, Tail


class Sharing:
    """The services of the module."""

    def __init__(
        self,
        table: Table,
        accounts: Accounts,
        audit: Audit,
        clock: Clock,
        randomness: Randomness = secrets.token_bytes,
        tail: Tail | None = None,
        page_cache_bytes: int = 0,
    ) -> None:
        self.libraries = Libraries(table, accounts.hierarchies, accounts.limits, audit, clock, randomness)
        self.shares = Shares(table, accounts.hierarchies, accounts.limits, audit, clock)
        # Half for the pages as they are answered again, half for what they are made of.
        half = page_cache_bytes // 2
        memory = ListMemory(tail, accounts.hierarchies, half) if tail is not None and half else None
        self.lists = Lists(table, accounts.hierarchies, clock, memory)
        self.pages = ListPages(self.lists, clock, tail, half)
        self.checks = Checks(table, accounts.hierarchies, clock)
