"""Instants on the command line: RFC 3339 with a zone, as in 2027-03-31T18:00+09:00 or 2027-03-31T09:00Z."""

from __future__ import annotations

from datetime import datetime

import click


class InstantType(click.ParamType[datetime]):
    """Reads an instant; one without a zone is refused, because nobody could say when it is."""

    name = "instant"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            instant = datetime.fromisoformat(str(value))
        except ValueError:
            instant = None
        if instant is None or instant.tzinfo is None:
            self.fail(f"{value!r} is no instant; write date, time and zone, as in 2027-03-31T18:00+09:00", param, ctx)
        return instant


INSTANT = InstantType()
