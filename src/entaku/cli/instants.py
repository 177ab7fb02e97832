"""Instants on the command line: RFC 3339 with a zone, as in 2027-03-31T18:00+09:00 or 2027-03-31T09:00Z."""

from __future__ import annotations

from datetime import datetime

import click


def read_instant(text: str) -> datetime:
    """The instant. One without a zone is refused, because nobody could say when it is."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise click.BadParameter(f"{text!r} is no instant; write date, time and zone, as in 2027-03-31T18:00+09:00")
    return instant
