"""Clearing away what is left over: shares that have ended, and counts that are wrong.

Nothing depends on it: a share that has ended gives nobody anything. Both are safe to run twice, and beside changes.
"""

from __future__ import annotations

from collections import Counter

from entaku.core.clock import Clock
from entaku.core.context import Actor
from entaku.core.limits import PAGE_SIZE_MAX
from entaku.modules.audit import Audit
from entaku.modules.sharing.model import SHARES_OF_LIBRARY_MAX, Library, PrincipalShare, Share
from entaku.modules.sharing.rows.job_notes import JobNotes
from entaku.modules.sharing.rows.model import Job, RowsState, Transition
from entaku.modules.sharing.rows.pending import Pendings
from entaku.modules.sharing.rows.transitions import Transitions, place_of
from entaku.modules.sharing.shareable import ResourceKinds, ResourceState, recounted
from entaku.modules.sharing.trail import note_share
from entaku.table import BoundTable, Transaction, changed

ENDED = "it has ended"
"""Why a share was removed, as the audit trail has it."""


class Clearing:
    """Ends shares for good, and counts again."""

    def __init__(
        self, pendings: Pendings, transitions: Transitions, audit: Audit, clock: Clock, kinds: ResourceKinds
    ) -> None:
        self._pendings, self._transitions, self._audit = pendings, transitions, audit
        self._notes, self._clock, self._kinds = JobNotes(clock), clock, kinds

    async def expiry(self, table: BoundTable, actor: Actor) -> Job:
        """Removes shares that have ended, each with one audit record, by the index of instants; `found` counts them.

        A share that was extended before it is looked at lives on; one that is extended meanwhile, too.
        """
        job = await self._notes.begun(table, "expiry")
        now = self._clock.now()
        state = await table.find(RowsState.at())
        since = None if state is None else state.cleared_until
        async for transition in self._transitions.between(table, since, now):
            ended = await table.run(lambda tx, transition=transition: self._end(tx, table, actor, transition))
            job = changed(job, looked_at=job.looked_at + 1, found=job.found + ended)
        await table.run(lambda tx: self._cleared(tx, table))
        return await self._notes.done(table, job)

    async def _cleared(self, tx: Transaction, table: BoundTable) -> None:
        state = await table.find(RowsState.at())
        if state is not None:
            tx.replace(changed(state, cleared_until=tx.now))

    async def _end(self, tx: Transaction, table: BoundTable, actor: Actor, transition: Transition) -> int:
        """Whether it was the end of a share that is there still, and the end of that very one."""
        resource, principal = transition.resource, transition.principal
        noted = await table.find(place_of(transition))
        share = await table.find(Share.at(resource=resource, principal=principal))
        twin = await table.find(PrincipalShare.at(principal=principal, resource=resource))
        kind = self._kinds.find(resource.kind)
        thing = None if kind is None else await table.find(kind.at(resource.id))
        if noted is not None:
            tx.delete(noted)
        is_open = thing is not None and thing.state is ResourceState.ACTIVE  # Another deletes the shares of the others.
        is_over = share is not None and share.terms.has_ended(tx.now) and is_open
        if is_over or (noted is not None and not noted.is_swept):
            self._pendings.shares_changed(tx, resource, [principal])
        if share is None or thing is None or not is_over:
            return 0
        tx.delete(share)
        if twin is not None:
            tx.delete(twin)
        stored = tx.replace(recounted(thing, {principal.kind.value: -1}))
        note_share(self._audit, tx, actor, stored, principal, share, None, ENDED)
        return 1

    async def statistics(self, table: BoundTable) -> Job:
        """Counts the shares of each library again and sets right what was wrong; `found` counts that."""
        job = await self._notes.begun(table, "statistics")
        while True:
            page = await table.list(Library.by_name(), limit=PAGE_SIZE_MAX, after=job.position or None)
            found = sum(
                [
                    await table.run(lambda tx, each=each: self._recount(tx, table, each.library_id))
                    for each in page.items
                ]
            )
            job = changed(
                job,
                position=page.cursor or "",
                looked_at=job.looked_at + len(page.items),
                found=job.found + found,
            )
            if page.cursor is None:
                return await self._notes.done(table, job)
            job = await table.replace(job)

    async def _recount(self, tx: Transaction, table: BoundTable, library_id: str) -> int:
        library = await table.find(Library.at(library_id=library_id))
        if library is None or library.state is not ResourceState.ACTIVE:
            return 0  # What is being deleted counts down to nothing by itself.
        query = Share.of_resource(resource=library.resource)
        (shares,) = await table.list_all(query, at_most=2 * SHARES_OF_LIBRARY_MAX)
        counts = dict(sorted(Counter(share.principal.kind.value for share in shares).items()))
        if counts == library.share_counts:
            return 0
        # Every change of shares advances the library, so it commits only if they are the ones that were counted.
        tx.replace(changed(library, share_counts=counts, revision=library.revision + 1))
        return 1
