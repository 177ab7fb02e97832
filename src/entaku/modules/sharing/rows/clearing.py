"""Clearing away what is left over: shares that have ended, and counts that are wrong.

Nothing depends on it: a share that has ended gives nobody anything. It is kept for some time, so that a list can show
what has ended, and then removed. Both are safe to run twice, and beside changes.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any, cast

from entaku.core.clock import Clock
from entaku.core.context import Actor
from entaku.modules.accounts import Usage
from entaku.modules.audit import Audit
from entaku.modules.sharing.jobs.kinds import Counted, JobKind, job_actor
from entaku.modules.sharing.jobs.running import Run
from entaku.modules.sharing.model import SHARES_OF_LIBRARY_MAX, Library, PrincipalShare, Share
from entaku.modules.sharing.rows.model import RowsState, Transition
from entaku.modules.sharing.rows.pending import Pendings
from entaku.modules.sharing.rows.transitions import between, place_of, transition_of
from entaku.modules.sharing.shareable import ResourceKinds, ResourceState, Shareable, recounted
from entaku.modules.sharing.trail import note_share
from entaku.table import BoundTable, Key, Transaction, changed, pages_of

ENDED = "ended"
"""Why a share was removed, as the audit trail has it."""
NOTED_EVERY = 20
"""Starts and ends between two notes of progress."""


class Clearing:
    """Ends shares for good, and counts again."""

    def __init__(
        self, pendings: Pendings, audit: Audit, clock: Clock, kinds: ResourceKinds, *, ended_kept: timedelta
    ) -> None:
        """`ended_kept`: for how long a share is kept that has ended."""
        self._pendings, self._audit, self._clock, self._kinds = pendings, audit, clock, kinds
        self._ended_kept = ended_kept

    @property
    def kinds(self) -> tuple[JobKind, ...]:
        """The jobs of this file."""
        return (
            JobKind(
                "expiry",
                "Remove shares that ended long enough ago, each with a record in the trail.",
                Counted("start or end", "starts and ends"),
                Counted("share removed", "shares removed"),
                self.expire,
            ),
            JobKind(
                "statistics",
                "Count the shares of each library again, and set right what was wrong.",
                Counted("library", "libraries"),
                Counted("count set right", "counts set right"),
                self.count_again,
            ),
        )

    async def expire(self, table: BoundTable, run: Run) -> None:
        """Removes what has ended and was kept long enough, by the index of instants.

        A share that was extended before it is looked at lives on; one that is extended meanwhile, too. Where a run was
        killed, the next one finds the rest.
        """
        until = self._clock.now() - self._ended_kept
        actor = job_actor(table.tenant_id, run.job.name)
        state = await table.find(RowsState.at())
        looked_at = found = 0
        async for transition in between(table, None if state is None else state.cleared_until, until):
            found += await table.run(lambda tx, transition=transition: self._end(tx, table, actor, transition, until))
            looked_at += 1
            if looked_at == NOTED_EVERY:
                await run.note(looked_at=looked_at, found=found)
                looked_at = found = 0
        await run.note(looked_at=looked_at, found=found)
        if state is not None:
            await table.run(lambda tx: _note_cleared(tx, table, state, until))

    async def _end(
        self, tx: Transaction, table: BoundTable, actor: Actor, transition: Transition, until: datetime
    ) -> int:
        """Whether it was the end of a share that is there still, and had ended long enough before."""
        resource, principal = transition.resource, transition.principal
        kind = self._kinds.find(resource.kind)
        keys: list[Key[Any]] = [
            place_of(transition),
            Share.at(resource=resource, principal=principal),
            PrincipalShare.at(principal=principal, resource=resource),
            *([] if kind is None else [kind.at(resource.id)]),
        ]
        found = cast("list[Any]", await table.find_many(keys))
        noted = cast("Transition | None", found[0])
        share, twin = cast("Share | None", found[1]), cast("PrincipalShare | None", found[2])
        thing = cast("Shareable | None", found[3]) if kind is not None else None
        if noted is not None:
            tx.delete(noted)
            if not noted.is_swept:
                # Nobody has swept for so long. Whoever settles it finds whatever is there by then.
                self._pendings.shares_changed(tx, resource, [principal])
        if share is None or thing is None or not share.terms.has_ended(until):
            return 0
        if not thing.is_open:
            # Its shares are the affair of its deletion; if it is restored, they are looked at again. Start and end of a
            # share may come here in one millisecond: then one note stands for both.
            again = transition_of(tx.now, resource, principal, is_swept=True)
            if noted is not None and await table.find(place_of(again)) is None:
                tx.create(again)
            return 0
        tx.delete(share)
        if twin is not None:
            tx.delete(twin)
        if noted is None or noted.is_swept:
            self._pendings.shares_changed(tx, resource, [principal])
        stored = tx.replace(recounted(thing, {principal.kind.value: -1}))
        note_share(self._audit, tx, actor, stored, principal, share, None, ENDED)
        return 1

    async def count_again(self, table: BoundTable, run: Run) -> None:
        """Counts the shares of each library again and sets right what was wrong; one library after the other, by the
        index of names."""
        usage = await table.find(Usage.at())
        await run.expect(0 if usage is None else usage.libraries)
        async for page in pages_of(table, Library.by_name(), after=run.position):
            found = 0
            for each in page.items:
                found += await table.run(lambda tx, each=each: self._recount(tx, table, each.library_id))
            await run.note(looked_at=len(page.items), found=found, position=page.cursor)

    async def _recount(self, tx: Transaction, table: BoundTable, library_id: str) -> int:
        library = await table.find(Library.at(library_id=library_id))
        if library is None or library.state is ResourceState.PURGING:
            return 0  # What is being purged counts down to nothing by itself.
        query = Share.of_resource(resource=library.resource)
        (shares,) = await table.list_all(query, at_most=2 * SHARES_OF_LIBRARY_MAX)
        counts = dict(sorted(Counter(share.principal.kind.value for share in shares).items()))
        if counts == library.share_counts:
            return 0
        # Every change of shares advances the library, so it commits only if they are the ones that were counted.
        tx.replace(changed(library, share_counts=counts, revision=library.revision + 1))
        return 1


async def _note_cleared(tx: Transaction, table: BoundTable, begun: RowsState, until: datetime) -> None:
    """Unless something was noted meanwhile that lies further back: then the next run looks there again."""
    state = await table.get(RowsState.at())
    if state.cleared_until == begun.cleared_until:
        tx.replace(changed(state, cleared_until=until))
