"""What a command prints: a table, the fields of one thing or a sentence for people; with --json one document."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from typing import Any, cast

import click
import msgspec

from entaku.cli.commands import wants_json
from entaku.cli.listing import Part
from entaku.cli.text_table import print_fields, print_table
from entaku.table import Entity


class Column(msgspec.Struct, frozen=True):
    """A column of a list: its title, and its value in an item."""

    title: str
    value: Callable[[Any], object]


def show_list(part: Part[Any], columns: Sequence[Column], *, what: str) -> None:
    """A list: a table, or `{"items": [...], "next_cursor": ...}`. `what` names the items in the plural."""
    if wants_json():
        print_json({"items": [document(item) for item in part.items], "next_cursor": part.next_cursor})
        return
    if part.items:
        rows = [[as_text(column.value(item)) for column in columns] for item in part.items]
        print_table([column.title for column in columns], rows)
    else:
        click.echo(f"no {what}")
    say_more(part, what)


def say_more(part: Part[Any], what: str) -> None:
    """Tells on standard error how a list goes on, if it does."""
    if part.next_cursor is not None:
        message = f"there are more {what}: --all shows every one, --cursor {part.next_cursor} goes on from here"
        click.echo(f"entaku: {message}", err=True)


def show_one(thing: object, *, also: dict[str, object] | None = None) -> None:
    """One thing with all its fields."""
    fields = {**document(thing), **(also or {})}
    if wants_json():
        print_json(fields)
    else:
        print_fields([(name.replace("_", " "), as_text(value)) for name, value in fields.items()])


def show_done(sentence: str, result: object) -> None:
    """What a change came to: a sentence, or the thing as it is now."""
    if wants_json():
        print_json(document(result))
    else:
        click.echo(sentence)


def print_json(value: object) -> None:
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def document(thing: object) -> dict[str, Any]:
    """A struct as JSON shows it: its fields in their order, sets sorted; an entity with its version and times."""
    if isinstance(thing, dict):
        return cast("dict[str, Any]", msgspec.to_builtins(thing, order=None))
    assert isinstance(thing, msgspec.Struct)
    names = [name for name in thing.__struct_fields__ if not name.startswith("_")]
    fields = {name: msgspec.to_builtins(getattr(thing, name), order="deterministic") for name in names}
    if isinstance(thing, Entity) and thing.stored is not None:
        fields |= {
            "version": thing.version,
            "created_at": msgspec.to_builtins(thing.created_at),
            "updated_at": msgspec.to_builtins(thing.updated_at),
        }
    return fields


def as_text(value: object) -> str:
    """A value in a cell."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
        case enum.Enum():
            return str(value.value)
        case dict():
            entries = cast("dict[str, object]", value)
            return ", ".join(f"{name} {as_text(one)}" for name, one in entries.items())
        case frozenset() | set():
            return ", ".join(sorted(as_text(one) for one in cast("AbstractSet[object]", value)))
        case list() | tuple():
            return ", ".join(as_text(one) for one in cast("Sequence[object]", value))
        case _:
            return str(value)
