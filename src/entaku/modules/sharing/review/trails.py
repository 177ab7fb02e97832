"""The records of things, and which things there ever were.

Things are found by an index of their beginnings, deleted ones too; what they were is read from their own trails, which
are base items. So an index that lags lets a review miss, for a moment, only what has just come into being.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence

import msgspec

from entaku.core.limits import PAGE_SIZE_MAX
from entaku.modules.audit import AuditRecord, Target
from entaku.modules.sharing.review.model import RECORDS_OF_TARGET_MAX, USERS_AT_ONCE
from entaku.table import Reader

TARGETS_AT_ONCE = USERS_AT_ONCE
"""Trails read in one call, where none is longer than a page."""


class Ids(msgspec.Struct, frozen=True):
    """Some ids of one kind, in order."""

    ids: tuple[str, ...]
    cursor: str | None


class Trails:
    """Reads the trails of one tenant."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def of(self, target: Target) -> Sequence[AuditRecord]:
        """All records of one thing. Raises Limited above `RECORDS_OF_TARGET_MAX`."""
        return (await self.of_each([target]))[0]

    async def of_each(self, targets: Iterable[Target]) -> list[list[AuditRecord]]:
        """The same for at most `TARGETS_AT_ONCE` of them: one call for every 200 records of the longest."""
        queries = [AuditRecord.of_target(target=target) for target in targets]
        await asyncio.sleep(0)  # Reads of the embedded engine wait for nothing; others get their turn.
        return await self._reader.list_all(*queries, at_most=RECORDS_OF_TARGET_MAX) if queries else []

    async def some_ids(self, kind: str, *, limit: int, after: str | None = None, last_id: str = "") -> Ids:
        """Ids of things of a kind that there ever were, above `last_id`; one call. An id that was used again has a
        beginning for each time, and they may be in two parts."""
        page = await self._reader.list(AuditRecord.of_beginnings(beginning_of=kind), limit=limit, after=after)
        ids = dict.fromkeys(record.target.id for record in page.items if record.target.id > last_id)
        return Ids(tuple(ids), page.cursor)

    async def each_id(self, kind: str) -> AsyncIterator[tuple[str, ...]]:
        """All ids of a kind, a page at a time, in order."""
        after, last_id = None, ""
        while True:
            found = await self.some_ids(kind, limit=PAGE_SIZE_MAX, after=after, last_id=last_id)
            yield found.ids
            after, last_id = found.cursor, found.ids[-1] if found.ids else last_id
            if after is None:
                return

    async def each(self, kind: str) -> AsyncIterator[list[tuple[str, list[AuditRecord]]]]:
        """All things of a kind with their records, some at a time, by id."""
        async for page in self.each_id(kind):
            for start in range(0, len(page), TARGETS_AT_ONCE):
                ids = page[start : start + TARGETS_AT_ONCE]
                records = await self.of_each(Target(kind, each) for each in ids)
                yield list(zip(ids, records, strict=True))
