"""Sharing in one piece: what the rest of the system is given of this module."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Generic

from entaku.core.clock import Clock
from entaku.core.ids import Randomness
from entaku.modules.accounts import Accounts
from entaku.modules.audit import Audit
from entaku.modules.sharing.access.checks import Checks
from entaku.modules.sharing.jobs.service import Jobs
from entaku.modules.sharing.lists.facts import ListMemory
from entaku.modules.sharing.lists.many import ManyLists
from entaku.modules.sharing.lists.pages import ListPages
from entaku.modules.sharing.lists.service import Lists
from entaku.modules.sharing.model import Library
from entaku.modules.sharing.preview.service import Previews
from entaku.modules.sharing.preview.tokens import check_preview
from entaku.modules.sharing.reachers import Reachers
from entaku.modules.sharing.requests.service import AccessRequests
from entaku.modules.sharing.resources.libraries import Libraries
from entaku.modules.sharing.resources.service import Resources
from entaku.modules.sharing.retention.purging import Purging
from entaku.modules.sharing.review.document import Sign
from entaku.modules.sharing.review.documents import ReviewDocuments
from entaku.modules.sharing.review.drift import TrailDrifts
from entaku.modules.sharing.review.reviews import Reviews
from entaku.modules.sharing.rows.service import Rows
from entaku.modules.sharing.shareable import ResourceKind, ResourceKinds, S
from entaku.modules.sharing.shares.releasing import Releasing
from entaku.modules.sharing.shares.service import Shares
from entaku.modules.sharing.undo.service import Undo
from entaku.modules.sharing.upkeep.service import Upkeep
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
        sign: Sign,
        rows_threshold: int | None = None,
        ended_shares_kept: timedelta = timedelta(days=30),
        deleted_kept: timedelta = timedelta(days=30),
    ) -> None:
        """`kinds` are the entities of all kinds of resource, libraries among them. `sign` signs documents with
        the keys of the service. Principals with more members than `rows_threshold` have no rows; None is for no such
        size. A share that has ended is kept for `ended_shares_kept`, what is deleted in the bin for `deleted_kept`."""
        self._table, self._accounts, self._audit, self._clock = table, accounts, audit, clock
        self.kinds = ResourceKinds(kinds)
        hierarchies, limits, library = accounts.hierarchies, accounts.limits, self.kinds.of(Library)
        self.rows = Rows(
            *(table, hierarchies, self.kinds, audit, clock, randomness),
            threshold=rows_threshold,
            ended_shares_kept=ended_shares_kept,
        )
        pendings = self.rows.pendings
        self.upkeep = Upkeep(table, clock, randomness, ended_shares_kept=ended_shares_kept)
        self._deleted_kept = deleted_kept
        self.purging = Purging(table, hierarchies, limits, audit, self.kinds, pendings)
        self.trail_drifts = TrailDrifts(table, hierarchies, self.kinds, clock)
        self.jobs = Jobs(
            *(table, clock, randomness), [*self.rows.job_kinds, self.purging.job(), self.trail_drifts.job()]
        )
        self.libraries = Libraries(
            *(table, hierarchies, limits, audit, clock, library, pendings, self.purging, deleted_kept, randomness)
        )
        self.shares = Shares(table, hierarchies, audit, clock, library, pendings, check_preview)
        self.releasing = Releasing(table, limits, audit, self.kinds, pendings)
        self.requests = AccessRequests(table, hierarchies, audit, clock, self.kinds, pendings)
        self.undo = Undo(table, hierarchies, audit, clock, self.kinds, pendings)
        # Half for the pages as they are answered again, half for what they are made of.
        half = page_cache_bytes // 2
        memory = ListMemory(tail, hierarchies, library, half) if tail is not None and half else None
        self.lists = Lists(table, clock, library, self.rows.lists_of(library), memory)
        self.pages = ListPages(self.lists, clock, tail, half)
        self.checks = Checks(table, hierarchies, clock, self.kinds, library)
        self.reachers = Reachers(table, hierarchies, clock, self.kinds)
        self.many_lists = ManyLists(table, hierarchies, clock, library)
        self.reviews = Reviews(table, self.kinds, clock)
        self.review_documents = ReviewDocuments(self.reviews, clock, sign)
        self.previews = Previews(
            *(table, hierarchies, self.kinds, audit, pendings), owned=self.libraries, clock=clock, randomness=randomness
        )

    def of(self, entity: type[S]) -> SharedKind[S]:
        """The same for another kind of resource, a module's own, by its entity. Raises TypeError for one that no module
        names among its resource kinds."""
        kind = self.kinds.of(entity)
        parts = (self._table, self._accounts, self._audit, self._clock, self.kinds, kind, self.rows)
        return SharedKind(*parts, self.purging, self._deleted_kept)


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
        purging: Purging,
        deleted_kept: timedelta,
    ) -> None:
        hierarchies = accounts.hierarchies
        self.kind = kind
        self.resources = Resources(
            *(table, hierarchies, accounts.limits, audit, clock, kind, rows.pendings, purging, deleted_kept)
        )
        self.shares = Shares(table, hierarchies, audit, clock, kind, rows.pendings, check_preview)
        self.checks = Checks(table, hierarchies, clock, kinds, kind)
        self.lists = Lists(table, clock, kind, rows.lists_of(kind))
