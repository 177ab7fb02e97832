"""Key templates: `LIBRARY#{library_id}` parsed against the fields of an entity, compared, and compiled to Python.

A template is a row of segments. A segment is a fixed word or one component in braces: a path of fields, and after a
colon how to write it.

    {library_id}        text, escaped                     {expires_at}       a time, fixed width, milliseconds
    {principal}         a struct: one segment a field     {expires_at:day}   the day of a time, in UTC
    {principal.kind}    one field of a struct             {attempt:w6}       a number in six digits
    {name:fold}         a name as people sort it          {user_id:shard8}   one of eight partitions, by hash
    {resource.kind:upper}  a word kept in small letters, written in capitals
"""

from __future__ import annotations

import enum
import re
import types
import typing
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal

import msgspec

from entaku.table import keys

Form = Literal["text", "upper", "choice", "time", "day", "number", "fold", "shard"]


class Component(msgspec.Struct, frozen=True):
    """A segment that varies: which value stands there, and in which form."""

    path: tuple[str, ...]
    form: Form
    size: int = 0
    """Digits of a number, partitions of a shard."""
    choices: frozenset[str] = frozenset()
    """The texts that can stand here; empty when any can."""
    nullable: bool = False

    @property
    def root(self) -> str:
        """The field of the entity."""
        return self.path[0]

    def may_be(self, word: str) -> bool:
        """Whether the fixed word could stand in place of this component."""
        match self.form:
            case "choice":
                return word in self.choices
            case "number":
                return word.isdigit() and len(word) == self.size
            case "shard":
                return word.isdigit() and len(word) == 2
            case "time" | "day":
                return word[:1].isdigit()
            case _:
                return True

    def expression(self, value: str) -> str:
        """Python source that renders the value which the given source denotes."""
        match self.form:
            case "time":
                return f"time_text({value})"
            case "day":
                return f"day_text({value})"
            case "number":
                return f"number_text({value}, {self.size})"
            case "fold":
                return f"fold_text({value})"
            case "upper":
                return f"upper_text({value})"
            case "shard":
                return f"shard_text({value}, {self.size})"
            case _:
                return f"escape({value})"

    def __str__(self) -> str:
        suffix = {
            "day": ":day",
            "upper": ":upper",
            "fold": ":fold",
            "number": f":w{self.size}",
            "shard": f":shard{self.size}",
        }
        return "{" + ".".join(self.path) + suffix.get(self.form, "") + "}"


Segment = str | Component
Template = tuple[Segment, ...]

RENDERERS: Mapping[str, Any] = {
    name: getattr(keys, name)
    for name in ("escape", "upper_text", "time_text", "day_text", "number_text", "fold_text", "shard_text")
}
"""What compiled templates call."""

_WORD = re.compile(r"[A-Za-z0-9_-]+")
_COMPONENT = re.compile(r"\{([a-z_][a-z0-9_.]*)(?::([a-z]+)(\d*))?\}")


def parse(text: str, fields: Mapping[str, Any]) -> Template:
    """The segments of a template, given the types of the entity's fields. A trailing `#` is allowed, and dropped;
    the empty text is the template of a whole partition.

    Raises TypeError for what is no template: it is a mistake in a declaration.
    """
    if not text:
        return ()
    segments: list[Segment] = []
    for part in text.removesuffix(keys.SEPARATOR).split(keys.SEPARATOR):
        if _WORD.fullmatch(part):
            segments.append(part)
            continue
        match = _COMPONENT.fullmatch(part)
        if match is None:
            raise TypeError(f"{text!r}: {part!r} is neither a word nor one component in braces")
        path = tuple(match[1].split("."))
        annotation, nullable = _type_at(text, path, fields)
        segments.extend(_components(text, path, annotation, nullable, match[2], int(match[3] or 0)))
    return tuple(segments)


def _type_at(text: str, path: tuple[str, ...], fields: Mapping[str, Any]) -> tuple[Any, bool]:
    """The type that a path of fields leads to, and whether something on the way may be absent."""
    found: Any = None
    nullable = False
    for name in path:
        if name not in fields:
            raise TypeError(f"{text!r}: there is no field {name!r}; there are {', '.join(fields)}")
        found = fields[name]
        inner, may_be_none = _without_none(found)
        nullable = nullable or may_be_none
        fields = (
            {field.name: field.type for field in msgspec.structs.fields(inner)}
            if isinstance(inner, type) and issubclass(inner, msgspec.Struct)
            else {}
        )
    return found, nullable


def _without_none(annotation: Any) -> tuple[Any, bool]:
    """The type without None, and whether None was allowed."""
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        rest = [arg for arg in typing.get_args(annotation) if arg not in (types.NoneType, msgspec.UnsetType)]
        if len(rest) == 1:
            return rest[0], True
    return annotation, False


def _components(
    text: str, path: tuple[str, ...], annotation: Any, nullable: bool, form: str | None, size: int
) -> list[Segment]:
    """The segments of one pair of braces: one, or one for each field of a struct."""
    bare, may_be_none = _without_none(annotation)
    nullable = nullable or may_be_none
    if form == "shard" and size and size <= 64:
        return [Component(path, "shard", size, nullable=nullable)]
    if isinstance(bare, type) and issubclass(bare, msgspec.Struct) and form is None:
        return [
            segment
            for field in msgspec.structs.fields(bare)
            for segment in _components(text, (*path, field.name), field.type, nullable, None, 0)
        ]
    if bare is datetime and form in (None, "day"):
        return [Component(path, "day" if form else "time", nullable=nullable)]
    if bare is date and form in (None, "day"):
        return [Component(path, "day", nullable=nullable)]
    if bare is int and form == "w" and size:
        return [Component(path, "number", size, nullable=nullable)]
    if bare is str and form in (None, "fold", "upper"):
        return [Component(path, form or "text", nullable=nullable)]
    if form is None and isinstance(bare, type) and issubclass(bare, enum.StrEnum):
        return [Component(path, "choice", choices=frozenset(str(member) for member in bare), nullable=nullable)]
    if form is None and typing.get_origin(bare) is Literal and all(isinstance(c, str) for c in typing.get_args(bare)):
        return [Component(path, "choice", choices=frozenset(typing.get_args(bare)), nullable=nullable)]
    hint = "; a number needs a width, as in {n:w6}" if bare is int else ""
    raise TypeError(f"{text!r}: {'.'.join(path)} of type {annotation} cannot stand in a key in this form{hint}")


def components(template: Template) -> tuple[Component, ...]:
    """The segments that vary."""
    return tuple(segment for segment in template if isinstance(segment, Component))


def source(template: Template, values: Mapping[str, str]) -> str:
    """An f-string that renders the template; `values` says, for a root, which source denotes its value."""
    parts: list[str] = []
    for segment in template:
        if isinstance(segment, str):
            parts.append(segment)
        else:
            value = ".".join((values[segment.root], *segment.path[1:]))
            parts.append("{" + segment.expression(value) + "}")
    return "f'" + keys.SEPARATOR.join(parts) + "'"


def is_prefix(short: Template, long: Template) -> bool:
    """Whether the one begins the other, segment by segment."""
    return len(short) <= len(long) and all(a == b for a, b in zip(short, long, strict=False))


def overlap(one: Template, other: Template, *, prefixes: bool = False) -> bool:
    """Whether some values make both render the same key (or, with `prefixes`, make one begin the other)."""
    if len(one) != len(other) and not prefixes:
        return False
    return all(_segments_meet(a, b) for a, b in zip(one, other, strict=False))


def _segments_meet(a: Segment, b: Segment) -> bool:
    if isinstance(a, str) and isinstance(b, str):
        return a == b
    if isinstance(a, str):
        return isinstance(b, Component) and b.may_be(a)
    if isinstance(b, str):
        return a.may_be(b)
    if a.choices and b.choices:
        return not a.choices.isdisjoint(b.choices)
    return True


def text_of(template: Template) -> str:
    """The template as it is written."""
    return keys.SEPARATOR.join(str(segment) for segment in template)
