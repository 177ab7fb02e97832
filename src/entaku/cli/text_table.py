"""Aligned columns, the same on a terminal and in a file; a narrow terminal gets long texts in several lines.

Nothing is broken inside a word, so that an id can be copied whole.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Collection, Sequence
from itertools import zip_longest

import click
import msgspec

from entaku.cli.terminal_text import parts_of, printable, width, words_of, wrapped

GAP = "  "


class Layout(msgspec.Struct, frozen=True):
    """A table as lines, and the columns that it has no room for."""

    lines: tuple[str, ...]
    left_out: tuple[str, ...] = ()


def print_table(titles: Sequence[str], rows: Sequence[Sequence[str]], *, spare: Collection[str] = ()) -> Sequence[str]:
    """Prints the rows below their titles, without columns that are empty in every row. Returns the titles that a
    terminal had no room for; only `spare` ones are given up."""
    layout = laid_out(titles, [[printable(cell) for cell in row] for row in rows], terminal_places(), spare=spare)
    click.echo("\n".join(layout.lines))
    return layout.left_out


def print_text(text: str) -> None:
    """Prints sentences; on a terminal no line ends inside a word."""
    places = terminal_places()
    click.echo(printable(text) if places is None else "\n".join(wrapped(printable(text), places)))


def print_fields(fields: Sequence[tuple[str, str]]) -> None:
    """Prints one thing: its fields below each other, each name with its value behind it."""
    print_rows([(f"{name}:", value) for name, value in fields])


def print_rows(rows: Sequence[Sequence[str]], *, below: Sequence[str] = ()) -> None:
    """Prints rows that have no titles. `below` has a line for each row, printed whole below it unless it is empty: a
    command to copy, say."""
    clean = [[printable(cell) for cell in row] for row in rows]
    widths = _fitting_widths(clean, terminal_places()) or _natural_widths(clean)
    for row, note in zip_longest(clean, below, fillvalue=""):
        click.echo("\n".join([*_lines_of(row, widths), *filter(None, [printable(note)])]))


def terminal_places() -> int | None:
    """How wide the terminal is; None where the output goes somewhere else and lines may have any length."""
    return shutil.get_terminal_size().columns if sys.stdout is not None and sys.stdout.isatty() else None


def laid_out(
    titles: Sequence[str], rows: Sequence[Sequence[str]], places: int | None, *, spare: Collection[str] = ()
) -> Layout:
    """The table within so many places. Where words are too long for that, its lines are longer all the same."""
    shown = [index for index in range(len(titles)) if any(row[index] for row in rows)]
    left_out: list[str] = []
    while True:
        table = [[line[index] for index in shown] for line in ([title.upper() for title in titles], *rows)]
        widths = _natural_widths(table) if places is None else _fitting_widths(table, places)
        first_spare = next((index for index in shown if titles[index] in spare), None)
        if widths is not None or first_spare is None:
            widths = widths or _least_widths(table)
            return Layout(tuple(line for row in table for line in _lines_of(row, widths)), tuple(left_out))
        shown.remove(first_spare)
        left_out.append(titles[first_spare])


def _fitting_widths(rows: Sequence[Sequence[str]], places: int | None) -> list[int] | None:
    """The widths of the columns, the widest made narrower until all fit; None where no column can be any more."""
    widths, least = _natural_widths(rows), _least_widths(rows)
    while places is not None and sum(widths) + len(GAP) * (len(widths) - 1) > places:
        widest = max(
            (index for index in range(len(widths)) if widths[index] > least[index]),
            key=lambda index: widths[index],
            default=None,
        )
        if widest is None:
            return None
        widths[widest] -= 1
    return widths


def _natural_widths(rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(width, column)) for column in zip(*rows, strict=True)]


def _least_widths(rows: Sequence[Sequence[str]]) -> list[int]:
    """For each column the width of what is longest and cannot be broken."""
    return [
        max(width(part.rstrip()) for cell in column for word in words_of(cell) for part in parts_of(word))
        for column in zip(*rows, strict=True)
    ]


def _lines_of(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    """One row in columns of these widths; where a cell needs several lines, so does the row."""
    cells = [wrapped(cell, places) for cell, places in zip(row, widths, strict=True)]
    lines: list[str] = []
    for parts in zip_longest(*cells, fillvalue=""):
        padded = (part + " " * (places - width(part)) for part, places in zip(parts, widths, strict=True))
        lines.append(GAP.join(padded).rstrip())
    return lines
