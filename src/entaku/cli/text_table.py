"""Aligned columns on a terminal or in a file, where Japanese characters take two places and accents none."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Sequence

import click

GAP = "  "


def print_table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Prints the rows: drawn by rich on a terminal, as plain aligned text everywhere else."""
    clean = [[printable(cell) for cell in row] for row in rows]
    if sys.stdout.isatty():
        _print_drawn(titles, clean)
    else:
        click.echo("\n".join(aligned([[title.upper() for title in titles], *clean])))


def print_fields(fields: Sequence[tuple[str, str]]) -> None:
    """Prints one thing: a line for each field, its name first."""
    click.echo("\n".join(aligned([[f"{name}:", printable(value)] for name, value in fields])))


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines whose columns begin in the same place."""
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    return [
        GAP.join(cell + " " * (w - width(cell)) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def width(text: str) -> int:
    """Places that the text takes on a terminal (UAX #11; the ambiguous ones are narrow)."""
    return sum(_width_of(character) for character in text)


def _width_of(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def printable(text: str) -> str:
    """The text with controls escaped: what somebody wrote into a description must not command the terminal."""
    return "".join(_escaped(character) for character in text)


def _escaped(character: str) -> str:
    return repr(character)[1:-1] if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") else character


def _print_drawn(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for title in titles:
        table.add_column(title, overflow="fold")
    for row in rows:
        # Text, because a name such as "[red]" is a name and no markup.
        table.add_row(*map(Text, row))
    Console().print(table)
