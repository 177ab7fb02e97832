"""Lists of any length: --limit, --all and --cursor, and how pages are put together until there is enough."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Generic, Protocol, TypeVar

import click
import msgspec

from entaku.core.limits import PAGE_SIZE_MAX

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
F = TypeVar("F", bound=Callable[..., Any])

LIMIT_DEFAULT = 100


class Wanted(msgspec.Struct, frozen=True):
    """Which part of a list to show."""

    limit: int | None
    """None is all of it."""
    cursor: str | None


class Fetched(Protocol[T_co]):
    """One page, as the table gives it."""

    @property
    def items(self) -> tuple[T_co, ...]: ...
    @property
    def cursor(self) -> str | None: ...


class Batch(msgspec.Struct, Generic[T], frozen=True):
    """One page of a service whose pages are of another form."""

    items: tuple[T, ...]
    cursor: str | None


class Part(msgspec.Struct, Generic[T], frozen=True):
    """The part of a list that was wanted."""

    items: tuple[T, ...]
    next_cursor: str | None


def list_options(function: F) -> F:
    """Adds the options of a list; the command takes them as `limit`, `everything` and `cursor`."""
    options = (
        click.option(
            "--limit",
            metavar="NUMBER",
            type=click.IntRange(min=1),
            default=LIMIT_DEFAULT,
            show_default=True,
            help="Show at most so many.",
        ),
        click.option("--all", "everything", is_flag=True, help="Show all, however many there are."),
        click.option("--cursor", metavar="CURSOR", help="Go on after a list that ended with this cursor."),
    )
    for option in reversed(options):
        function = option(function)
    return function


def wanted(limit: int, everything: bool, cursor: str | None) -> Wanted:
    return Wanted(None if everything else limit, cursor)


async def collect(fetch: Callable[[int, str | None], Awaitable[Fetched[T]]], part: Wanted) -> Part[T]:
    """Reads pages until the part is complete. `fetch` takes the size of a page and the cursor it begins after."""
    found: list[T] = []
    cursor = part.cursor
    while True:
        size = PAGE_SIZE_MAX if part.limit is None else min(PAGE_SIZE_MAX, part.limit - len(found))
        page = await fetch(size, cursor)
        found += page.items
        cursor = page.cursor
        if cursor is None or (part.limit is not None and len(found) >= part.limit):
            return Part(tuple(found), cursor)
