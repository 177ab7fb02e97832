"""A listing gone through to its end, a page at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TypeVar

from entaku.core.limits import PAGE_SIZE_MAX
from entaku.table.entity import Entity
from entaku.table.patterns import Query
from entaku.table.reader import Page, Reader

E = TypeVar("E", bound=Entity)


async def pages_of(
    table: Reader, query: Query[E], *, limit: int = PAGE_SIZE_MAX, after: str | None = None
) -> AsyncIterator[Page[E]]:
    """Every page behind the cursor `after`, one call each, read when it is asked for: nothing holds the whole listing.

    Whoever stops half-way and notes the cursor of the last page can go on there. Exactly once, and raises, as
    `Reader.list`.
    """
    while True:
        page = await table.list(query, limit=limit, after=after)
        yield page
        if page.cursor is None:
            return
        after = page.cursor
