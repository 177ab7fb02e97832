"""One page cut from everything a user reaches: filtered, sorted, and where the last page ended."""

from __future__ import annotations

from typing import Any

from entaku.modules.sharing.lists.model import ListRequest, Reached, ReachedPage, Sort
from entaku.modules.sharing.lists.reached import ListedLibrary, ReachedLibrary
from entaku.modules.sharing.shareable import ResourceKind
from entaku.table import BoundTable, fold


def page_of(table: BoundTable, kind: ResourceKind[Any], reached: Reached, request: ListRequest) -> ReachedPage:
    """The page that the request asks for. Raises Invalid for a cursor of another list."""
    wanted = fold(request.q)
    found = sorted(
        (
            (_sort_key(library, entry, request.sort), entry)
            for library, entry in reached.libraries
            if (not wanted or wanted in library.folded_name)
            and (request.permission is None or request.permission in entry.permissions)
        ),
        key=lambda pair: pair[0],
    )
    order = f"{request.sort} who {request.permission or ''}"
    listing = f"{kind.name} of {reached.user_id} by {order} with {wanted} {request.include_expired}"
    total = len(found)
    if request.cursor is not None:
        library_id, _, text = table.open_cursor(listing, request.cursor).partition(" ")
        found = [pair for pair in found if pair[0] > (text, library_id)]
    page = found[: request.limit]
    cursor = None
    if len(found) > len(page):
        text, library_id = page[-1][0]
        cursor = table.seal_cursor(listing, f"{library_id} {text}")  # No id holds a space.
    return ReachedPage(
        user_id=reached.user_id,
        total=total,
        libraries=tuple(entry for _, entry in page),
        next_cursor=cursor,
        valid_until=reached.valid_until,
        depends_on=reached,
    )


def _sort_key(library: ListedLibrary, entry: ReachedLibrary, sort: Sort) -> tuple[str, str]:
    """What it sorts by; the id makes every key another one."""
    match sort:
        case "name":
            return library.sorts_as, library.library_id
        case "granted_at":
            return entry.granted_at.isoformat(timespec="milliseconds"), library.library_id
        case "owner":
            return library.owner, library.library_id
        case "id":
            return "", library.library_id
