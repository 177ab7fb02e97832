"""What goes over the wire about those who reach a library. Of other kinds of resource it is the page itself."""

from __future__ import annotations

import msgspec

from entaku.modules.sharing.reachers.model import Reacher, ReachersPage


class LibraryUsers(msgspec.Struct, frozen=True, kw_only=True):
    """Some of those who reach a library."""

    library_id: str
    total: int | None
    """Of the whole list, exactly; null where there are many: ask for it with `total=exact`."""
    users: tuple[Reacher, ...]
    next_cursor: str | None
    """Send it as `cursor` to go on. A page may be short, or empty, although more follow."""
    complete: bool
    """Whether the list is certain to hold everybody; false only in tenants from before there was a roll of users, where
    a share is with the organisation."""


def library_users(page: ReachersPage) -> LibraryUsers:
    return LibraryUsers(
        library_id=page.resource.id,
        total=page.total,
        users=page.users,
        next_cursor=page.next_cursor,
        complete=page.complete,
    )
