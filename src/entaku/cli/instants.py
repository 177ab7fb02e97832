"""Instants and days on the command line: RFC 3339, an instant with its zone, as in 2027-03-31T18:00+09:00."""

from __future__ import annotations

from datetime import date, datetime

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


def read_day(text: str) -> date:
    """The day. In which zone it is, the help of the command says."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no day; write it as in 2026-11-01") from None
