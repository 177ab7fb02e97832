"""What is pending of a tenant, and how far it has come, as administrators are shown it."""

from __future__ import annotations

from datetime import datetime

import msgspec

from entaku.core.limits import PAGE_SIZE_MAX
from entaku.modules.sharing.rows.model import Concern, Pending
from entaku.table import BoundTable

SHOWN_MAX = 20
"""Changes that are shown one by one."""


class PendingChange(msgspec.Struct, frozen=True, kw_only=True):
    """One change whose rows are still to be written."""

    what: str
    """In words, as in `shares of library:handbook`."""
    settled: int
    """Rows that were looked at so far."""
    since: datetime


class PendingChanges(msgspec.Struct, frozen=True, kw_only=True):
    """What changes have left to be done to rows. Lists are right all the same."""

    count: int
    more: bool
    """Whether there are more than were counted: 200."""
    settled: int
    """Rows that were looked at so far for those that were counted."""
    summary: str
    """All in all, as in `rows: 4,200 settled, 1 change pending`."""
    changes: tuple[PendingChange, ...]
    """The oldest 20, oldest first."""


async def pending_changes(table: BoundTable) -> PendingChanges:
    """One call."""
    page = await table.list(Pending.all(), limit=PAGE_SIZE_MAX)
    count, settled, more = len(page.items), sum(each.settled for each in page.items), page.cursor is not None
    pending = f"{'more than ' if more else ''}{count} {'change' if count == 1 else 'changes'} pending"
    return PendingChanges(
        count=count,
        more=more,
        settled=settled,
        summary=f"rows: {settled:,} settled, {pending}" if count else "rows: nothing is pending",
        changes=tuple(
            PendingChange(what=_what(each), settled=each.settled, since=each.created_at)
            for each in page.items[:SHOWN_MAX]
        ),
    )


def _what(pending: Pending) -> str:
    match pending.concern:
        case Concern.SHARES:
            return f"shares of {pending.resource}"
        case Concern.THING:
            return str(pending.resource)
        case Concern.USER:
            return f"user {', '.join(pending.users)}"
        case _:
            named = ", ".join(str(principal) for principal in pending.principals)
            return f"{pending.concern.value} of {named}" if named else pending.concern.value
