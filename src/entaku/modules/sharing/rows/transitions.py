"""Shares that start and end by themselves: time has no event, so an index of instants by day and shard stands for it.

No list needs it, for rows are evaluated when they are read. It is for what must happen at the instant: what users are
told, and shares that are cleared away. The worker notes instants before it acknowledges a change of shares. A sweep
makes of each that has come what a change makes: a pending item.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

from entaku.core.errors import Conflict
from entaku.core.limits import PAGE_SIZE_MAX
from entaku.modules.accounts import Principal
from entaku.modules.sharing.model import Share
from entaku.modules.sharing.rows.model import RowsState, Transition
from entaku.modules.sharing.rows.pending import Pendings
from entaku.modules.sharing.shareable import Resource
from entaku.table import BoundTable, Key, Transaction, changed

SHARDS = 4
OVERLAP = timedelta(hours=48)
"""A sweep looks so far back behind the last one: an instant may be noted after it has come."""


class Transitions:
    """Notes starts and ends, and turns those that have come into pending work."""

    def __init__(self, pendings: Pendings) -> None:
        self._pendings = pendings

    async def note(self, table: BoundTable, resource: Resource, principals: Sequence[Principal], now: datetime) -> None:
        """Notes when the shares of the resource with these principals start and end. Safe to repeat.

        What has come by now is noted as swept: whoever asks for this settles the pairs afterwards.
        """
        shares = await table.find_many([Share.at(resource=resource, principal=p) for p in principals])
        for share in shares:
            for instant in () if share is None else (share.terms.starts_at, share.terms.expires_at):
                if share is None or instant is None:
                    continue
                new = transition_of(instant, resource, share.principal, is_swept=instant <= now)
                try:
                    await table.create(new)
                except Conflict:
                    continue  # It is noted already.

    async def sweep(self, table: BoundTable, now: datetime) -> int:
        """Makes pending what has started or ended until now, and says how much it was. Safe to repeat.

        Whether a share still starts or ends then is nobody's business here: settling a pair once more changes nothing.
        """
        state = await table.find(RowsState.at())
        since = None if state is None else state.swept_until
        count = 0
        async for transition in self.between(table, since, now):
            if not transition.is_swept:
                count += await table.run(lambda tx, transition=transition: self._happen(tx, table, transition))
        if state is not None:
            await table.run(lambda tx: _note_swept(tx, table, now))
        return count

    async def between(self, table: BoundTable, since: datetime | None, now: datetime) -> AsyncIterator[Transition]:
        """What has come until now, from 48 hours before `since` on; the whole of the first day."""
        for day in days((now if since is None else since) - OVERLAP, now):
            for shard in range(SHARDS):
                cursor: str | None = None
                while True:
                    query = Transition.of_day(day=day, shard=str(shard))
                    page = await table.list(query, limit=PAGE_SIZE_MAX, after=cursor)
                    for transition in page.items:
                        if transition.happens_at <= now:
                            yield transition
                    cursor = page.cursor
                    if cursor is None:
                        break

    async def _happen(self, tx: Transaction, table: BoundTable, transition: Transition) -> int:
        current = await table.find(place_of(transition))
        if current is None or current.is_swept:
            return 0
        tx.replace(changed(current, is_swept=True))
        self._pendings.shares_changed(tx, transition.resource, [transition.principal])
        return 1


async def _note_swept(tx: Transaction, table: BoundTable, now: datetime) -> None:
    state = await table.find(RowsState.at())
    if state is not None and (state.swept_until is None or state.swept_until < now):
        tx.replace(changed(state, swept_until=now))


def place_of(transition: Transition) -> Key[Transition]:
    return Transition.at(
        day=transition.day,
        shard=transition.shard,
        happens_at=transition.happens_at,
        resource=transition.resource,
        principal=transition.principal,
    )


def transition_of(instant: datetime, resource: Resource, principal: Principal, *, is_swept: bool) -> Transition:
    shard = hashlib.blake2b(f"{resource} {principal}".encode(), digest_size=2).digest()[0] % SHARDS
    return Transition(
        day=_day(instant),
        shard=str(shard),
        happens_at=instant,
        resource=resource,
        principal=principal,
        is_swept=is_swept,
    )


def days(first: datetime, last: datetime) -> list[str]:
    """The days from one instant to another, both included."""
    found = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return sorted({_day(each) for each in (*found, last)})


def _day(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%d")
