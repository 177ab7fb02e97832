"""Reading a listing to its end."""

from __future__ import annotations

from typing import TypeVar

from entaku.table import Entity, Query, Reader

E = TypeVar("E", bound=Entity)

PAGES_MAX = 1000


async def walk(table: Reader, query: Query[E], *, limit: int = 7, reverse: bool = False) -> list[E]:
    """Every item of a listing, page by page."""
    found: list[E] = []
    cursor: str | None = None
    for _ in range(PAGES_MAX):
        page = await table.list(query, limit=limit, after=cursor, reverse=reverse)
        assert len(page.items) <= limit
        found += page.items
        cursor = page.cursor
        if cursor is None:
            return found
    raise AssertionError(f"{query!r} does not end")
