"""Sharing in one piece: what the rest of the system is given of this module."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any, Generic

from entaku.core.clock import Clock
from entaku.core.ids import Randomness
from entaku.modules.accounts import Accounts
from entaku.modules.audit import Audit
from entaku.modules.sharing.checks import Checks
from entaku.modules.sharing.libraries import Libraries
from entaku.modules.sharing.list_facts import ListMemory
from entaku.modules.sharing.list_pages import ListPages
from entaku.modules.sharing.lists import Lists
from entaku.modules.sharing.model import Library
from entaku.modules.sharing.releasing import Releasing
from entaku.modules.sharing.resources import Resources
from entaku.modules.sharing.rows.service import Rows
from entaku.modules.sharing.shareable import ResourceKind, ResourceKinds, S
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
        kinds: Sequence[type[Any]] = (Library,),
        *,
        rows_threshold: int | None = None,
    ) -> None:
        """`kinds` are the entities of all kinds of resource, libraries among them. Principals with more
        members than `rows_threshold` have no rows; None is for no such size."""
        self._table, self._accounts, self._audit, self._clock = table, accounts, audit, clock
        self.kinds = ResourceKinds(kinds)
        hierarchies, limits, library = accounts.hierarchies, accounts.limits, self.kinds.of(Library)
        self.rows = Rows(table, hierarchies, self.kinds, audit, clock, randomness, threshold=rows_threshold)
        pendings = self.rows.pendings
        self.libraries = Libraries(table, hierarchies, limits, audit, clock, library, pendings, randomness)
        self.shares = Shares(table, hierarchies, audit, clock, library, pendings)
        self.releasing = Releasing(table, limits, audit, self.kinds, pendings)
        # Half for the pages as they are answered again, half for what they are made of.
        half = page_cache_bytes // 2
        memory = ListMemory(tail, hierarchies, library, half) if tail is not None and half else None
        self.lists = Lists(table, clock, library, self.rows.lists_of(library), memory)
        self.pages = ListPages(self.lists, clock, tail, half)
        self.checks = Checks(table, hierarchies, clock, self.kinds, library)

    def of(self, entity: type[S]) -> SharedKind[S]:
        """The same for another kind of resource, a module's own, by its entity. Raises TypeError for one that no module
        names among its resource kinds."""
        kind = self.kinds.of(entity)
        return SharedKind(self._table, self._accounts, self._audit, self._clock, self.kinds, kind, self.rows)


class SharedKind(Generic[S]):
    """Sharing of one kind of resource. What it answers is worked out each time: only libraries are remembered."""

    def __init__(
        self,
        table: Table,
        accounts: Accounts,
        audit: Audit,
        clock: Clock,
        kinds: ResourceKinds,
        kind: ResourceKind[S],
        rows: Rows,
    ) -> None:
        hierarchies = accounts.hierarchies
        self.kind = kind
        self.resources = Resources(table, hierarchies, accounts.limits, audit, clock, kind, rows.pendings)
        self.shares = Shares(table, hierarchies, audit, clock, kind, rows.pendings)
        self.checks = Checks(table, hierarchies, clock, kinds, kind)
        self.lists = Lists(table, clock, kind, rows.lists_of(kind))
