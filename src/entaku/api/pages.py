"""How lists are cut over REST: `?limit=&cursor=` in, `{items, next_cursor}` out."""

from __future__ import annotations

from typing import Annotated, Generic, TypeAlias, TypeVar

import msgspec
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from entaku.core.errors import Flaw, Invalid
from entaku.core.ids import shown
from entaku.core.limits import CURSOR_BYTES_MAX, PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX

T = TypeVar("T")


class PageView(msgspec.Struct, Generic[T], frozen=True):
    """Some items of a listing. A page may be short; only a missing `next_cursor` means that it was the last."""

    items: tuple[T, ...]
    next_cursor: str | None = None
    """Send it as `cursor` to go on; good for this listing of this tenant only."""


class PageRequest(msgspec.Struct, frozen=True):
    """Which part of a listing the caller wants."""

    limit: int
    cursor: str | None


RequestedPage: TypeAlias = NamedDependency[PageRequest]
"""What a handler writes to take `limit` and `cursor`: `page: RequestedPage`."""


async def provide_page(
    limit: Annotated[
        int,
        QueryParameter(
            name="limit",
            description=f"Items of a page: 1 to {PAGE_SIZE_MAX}, {PAGE_SIZE_DEFAULT} by default.",
            schema_extra={"minimum": 1, "maximum": PAGE_SIZE_MAX},
        ),
    ] = PAGE_SIZE_DEFAULT,
    cursor: Annotated[
        str | None,
        QueryParameter(
            name="cursor",
            description="`next_cursor` of the page before; leave it out for the first page.",
            schema_extra={"minLength": 1, "maxLength": CURSOR_BYTES_MAX},
        ),
    ] = None,
) -> PageRequest:
    """The dependency `page`. Raises Invalid that names the bound."""
    if not 1 <= limit <= PAGE_SIZE_MAX:
        message = f"limit {limit} is out of range: ask for 1 to {PAGE_SIZE_MAX} items"
        raise Invalid(message, flaws=(Flaw(message=message, path="limit"),))
    if cursor is not None and not 0 < len(cursor.encode()) <= CURSOR_BYTES_MAX:
        message = f"cursor {shown(cursor)} is none of ours; send next_cursor as it came, or nothing for the first page"
        raise Invalid(message, flaws=(Flaw(message=message, path="cursor"),))
    return PageRequest(limit=limit, cursor=cursor)
