"""From when until when: a period, and a listing of records cut to it.

Every listing of records is sorted by the time of the record, so a period is a stretch of it and costs nothing more.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from entaku.core.errors import Flaw, Invalid
from entaku.modules.audit.model import AuditRecord
from entaku.table import Query
from entaku.table.keys import time_text

MS = timedelta(milliseconds=1)


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """`since` belongs to it, `until` does not; None is from the beginning, and for ever."""

    since: datetime | None = None
    until: datetime | None = None

    def __post_init__(self) -> None:
        for name, instant in (("from", self.since), ("to", self.until)):
            if instant is not None and instant.tzinfo is None:
                raise _flaw(f"{name} {instant.isoformat()} has no time zone; add Z or an offset", name)
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise _flaw(f"the period from {self.since.isoformat()} to {self.until.isoformat()} holds no instant", "to")


ALWAYS = Period()


def narrowed(query: Query[AuditRecord], period: Period) -> Query[AuditRecord]:
    """The listing with the records of the period alone."""
    low = query.low if period.since is None else time_text(_whole_ms(period.since))
    high = query.high if period.until is None else time_text(_whole_ms(period.until))
    return Query(query.entity, query.pattern, query.index, query.partitions, low, high)


def _whole_ms(instant: datetime) -> datetime:
    """The first whole millisecond from then on: records have no finer times."""
    past = instant.microsecond % 1000
    if not past:
        return instant
    try:
        return instant.replace(microsecond=instant.microsecond - past) + MS
    except OverflowError as error:
        raise Invalid(f"{instant.isoformat()} is the end of all times; leave it out") from error


def _flaw(message: str, path: str) -> Invalid:
    return Invalid(message, flaws=(Flaw(message=message, path=path),))
