"""What a command prints: a table, the fields of one thing or a sentence for people; with --json one document."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from typing import Any, cast

import click
import msgspec

from entaku.cli.commands import wants_json
from entaku.cli.exit_status import say
from entaku.cli.listing import Part
from entaku.cli.text_table import print_fields, print_table, print_text
from entaku.table import Entity

NOTHING = "-"
"""Of one thing, where a field has no value: so that nobody waits for what does not come."""


class Column(msgspec.Struct, frozen=True):
    """A column of a list: its title, and its value in an item."""

    title: str
    value: Callable[[Any], object]
    is_spare: bool = False
    """Whether a terminal that is too narrow for all columns may do without it; the first such column goes first."""


def show_list(part: Part[Any], columns: Sequence[Column], *, what: str) -> None:
    """A list: a table, or `{"items": [...], "next_cursor": ...}`. `what` names the items in the plural."""
    if wants_json():
        print_json({"items": [document(item) for item in part.items], "next_cursor": part.next_cursor})
        return
    if part.items:
        rows = [[as_text(column.value(item)) for column in columns] for item in part.items]
        spare = [column.title for column in columns if column.is_spare]
        left_out = print_table([column.title for column in columns], rows, spare=spare)
        if left_out:
            say(f"this terminal is too narrow to show {', '.join(left_out)}; a wider one does, and so does --json")
    else:
        click.echo(f"no {what}")
    say_more(part, what)


def say_more(part: Part[Any], what: str) -> None:
    """Tells on standard error how a list goes on, if it does."""
    if part.next_cursor is not None:
        say(f"there are more {what}: --all shows every one, --cursor {part.next_cursor} goes on from here")


def show_one(thing: object, *, also: dict[str, object] | None = None) -> None:
    """One thing with all its fields."""
    fields = {**fields_of(thing), **(also or {})}
    if wants_json():
        print_json(plain(fields))
    else:
        print_fields([(name.replace("_", " "), as_text(value) or NOTHING) for name, value in fields.items()])


def show_done(sentence: str, result: object) -> None:
    """What a change came to: a sentence, or the thing as it is now."""
    if wants_json():
        print_json(document(result))
    else:
        print_text(sentence)


def show_changed(what: str, after: object, *, is_changed: bool) -> None:
    """What became of a thing that was to be changed, and may have been so before."""
    show_done(f"changed {what}" if is_changed else f"{what} is so already; nothing was changed", after)


def print_json(value: object) -> None:
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def document(thing: object) -> dict[str, Any]:
    """A thing as JSON shows it."""
    return {name: plain(value) for name, value in fields_of(thing).items()}


def fields_of(thing: object) -> dict[str, object]:
    """The fields of a struct in their order; an entity with its version and times."""
    if isinstance(thing, dict):
        return cast("dict[str, object]", thing)
    assert isinstance(thing, msgspec.Struct)
    fields: dict[str, object] = {
        name: getattr(thing, name) for name in thing.__struct_fields__ if not name.startswith("_")
    }
    if isinstance(thing, Entity) and thing.stored is not None:
        fields |= {"version": thing.version, "created_at": thing.created_at, "updated_at": thing.updated_at}
    return fields


def plain(value: object) -> Any:
    """A value as JSON has it. Sets are lists in their usual order."""
    match value:
        case msgspec.Struct() | dict():
            return document(cast("object", value))
        case frozenset() | set():
            return [plain(one) for one in in_usual_order(cast("AbstractSet[object]", value))]
        case list() | tuple():
            return [plain(one) for one in cast("Sequence[object]", value)]
        case _:
            return msgspec.to_builtins(value)


def in_usual_order(values: Iterable[object]) -> list[object]:
    """Words of one enumeration as it has them, as in read, write, delete, share; everything else by its text."""
    return sorted(values, key=_place)


def _place(value: object) -> tuple[int, str]:
    return (list(type(value)).index(value), "") if isinstance(value, enum.Enum) else (0, as_text(value))


def as_text(value: object) -> str:
    """A value in a cell."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        case enum.Enum():
            return str(value.value)
        case dict():
            entries = cast("dict[str, object]", value)
            return ", ".join(f"{name} {as_text(one)}" for name, one in entries.items())
        case frozenset() | set():
            return ", ".join(as_text(one) for one in in_usual_order(cast("AbstractSet[object]", value)))
        case list() | tuple():
            return ", ".join(as_text(one) for one in cast("Sequence[object]", value))
        case _:
            return str(value)
