"""Shares that start and end by themselves: time has no event, so an index of instants by day and shard stands for it.

No list needs it, for rows are evaluated when they are read. It is for what must happen at the instant: what users are
told, and shares that are cleared away. The worker notes instants before it acknowledges a change of shares. A sweep
makes of each that has come what a change makes: a pending item.

A tenant is swept when something is due. A sweep first notes when it will be due again at the latest, then looks, then
moves that to the next instant it has seen; whoever notes an earlier one moves it there in the same transaction. So
what is noted while it looks is either seen or makes it due.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from entaku.core.errors import EntakuError
from entaku.modules.accounts import Principal
from entaku.modules.sharing.model import Share
from entaku.modules.sharing.rows.model import RowsState, Transition
from entaku.modules.sharing.rows.pending import Pendings
from entaku.modules.sharing.shareable import Resource
from entaku.table import BoundTable, Key, Transaction, changed, pages_of

SHARDS = 4
OVERLAP = timedelta(hours=48)
"""A sweep looks so far back behind the last one: an instant may be noted after it has come, and clocks differ."""
SWEPT_EVERY = timedelta(hours=1)
"""A tenant is swept again after so long even where nothing seems to be due."""


class Transitions:
    """Notes starts and ends, and turns those that have come into pending work."""

    def __init__(self, pendings: Pendings) -> None:
        self._pendings = pendings

    async def note(self, table: BoundTable, resource: Resource, principals: Sequence[Principal], now: datetime) -> None:
        """Notes when the shares of the resource with these principals start and end. Safe to repeat.

        What came longer ago than clocks can differ is noted as swept: whoever asks for this settles the pairs
        afterwards, and whoever does so in its place.
        """
        shares = await table.find_many([Share.at(resource=resource, principal=p) for p in principals])
        for share in shares:
            for instant in () if share is None else (share.terms.starts_at, share.terms.expires_at):
                if share is not None and instant is not None:
                    new = transition_of(instant, resource, share.principal, is_swept=instant <= now - OVERLAP)
                    await table.run(lambda tx, new=new: _note(tx, table, new))

    async def sweep(self, table: BoundTable, now: datetime) -> int:
        """Makes pending what has started or ended until now, and says how much it was. Safe to repeat, and beside
        others. Nothing to do where nothing is due, or where the rows of the tenant were never begun.

        Whether a share still starts or ends then is nobody's business here: settling a pair once more changes nothing.
        """
        state = await table.find(RowsState.at())
        if state is None or not is_due(state, now):
            return 0
        await table.run(lambda tx: _note_sweep(tx, table, now))
        try:
            count, upcoming = await self._look(table, state.swept_until, now)
        except BaseException:
            with contextlib.suppress(EntakuError):
                await table.run(lambda tx: _due(tx, table, now))
            raise
        await table.run(lambda tx: _note_swept(tx, table, state, now, upcoming))
        return count

    async def _look(self, table: BoundTable, since: datetime | None, now: datetime) -> tuple[int, datetime | None]:
        """How much was made pending, and the next instant to come that was seen."""
        count, upcoming = 0, None
        async for transition in between(table, since, now + SWEPT_EVERY):
            if transition.is_swept:
                continue
            if transition.happens_at <= now:
                count += await table.run(lambda tx, transition=transition: self._happen(tx, table, transition))
            elif upcoming is None or transition.happens_at < upcoming:
                upcoming = transition.happens_at
        return count, upcoming

    async def _happen(self, tx: Transaction, table: BoundTable, transition: Transition) -> int:
        current = await table.find(place_of(transition))
        if current is None or current.is_swept:
            return 0
        tx.replace(changed(current, is_swept=True))
        self._pendings.share_turns(tx, transition.resource, transition.principal, transition.happens_at)
        return 1


def is_due(state: RowsState, now: datetime) -> bool:
    """Whether something may have started or ended since the last sweep."""
    return state.sweep_due_at is None or now >= state.sweep_due_at


async def between(table: BoundTable, since: datetime | None, until: datetime) -> AsyncIterator[Transition]:
    """What comes until then, from 48 hours before `since` on; the whole of the first day. A query for each day and
    shard, and for each 200 that it holds."""
    for day in days((until if since is None else min(since, until)) - OVERLAP, until):
        for shard in range(SHARDS):
            async for page in pages_of(table, Transition.of_day(day=day, shard=str(shard))):
                for transition in page.items:
                    if transition.happens_at <= until:
                        yield transition


async def _note(tx: Transaction, table: BoundTable, new: Transition) -> None:
    """Unless it is noted already. It commits only if no sweep has begun since the state was read."""
    keys = cast("list[Key[Any]]", [place_of(new), RowsState.at()])
    noted, state = cast("tuple[Transition | None, RowsState | None]", tuple(await table.find_many(keys)))
    if noted is not None:
        return
    tx.create(new)
    if state is None:
        tx.check_absent(RowsState.at())
    else:
        tx.replace(_earlier(state, new))  # With equal values it is only checked.


def _earlier(state: RowsState, new: Transition) -> RowsState:
    """The state where the transition is still to be swept and cleared. What was so long ago that clearing would not
    look there again is looked at again."""
    if not new.is_swept and state.sweep_due_at is not None and new.happens_at < state.sweep_due_at:
        state = changed(state, sweep_due_at=new.happens_at)
    if not new.is_swept and state.swept_until is not None and new.happens_at < state.swept_until:
        state = changed(state, swept_until=new.happens_at)
    if state.cleared_until is not None and new.happens_at < state.cleared_until - OVERLAP:
        state = changed(state, cleared_until=new.happens_at)
    return state


async def _note_sweep(tx: Transaction, table: BoundTable, now: datetime) -> None:
    state = await table.get(RowsState.at())
    tx.replace(changed(state, sweep_due_at=now + SWEPT_EVERY))


async def _note_swept(
    tx: Transaction, table: BoundTable, begun: RowsState, now: datetime, upcoming: datetime | None
) -> None:
    """The mark is not moved where somebody has noted something meanwhile that lies before it."""
    state = await table.get(RowsState.at())
    swept_until = state.swept_until
    if swept_until == begun.swept_until:
        swept_until = now if swept_until is None else max(now, swept_until)
    due = [each for each in (state.sweep_due_at, upcoming) if each is not None]
    tx.replace(changed(state, swept_until=swept_until, sweep_due_at=min(due, default=None)))


async def _due(tx: Transaction, table: BoundTable, now: datetime) -> None:
    """A sweep that failed leaves everything due."""
    tx.replace(changed(await table.get(RowsState.at()), sweep_due_at=now))


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
