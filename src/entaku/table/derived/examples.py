"""An example of an entity, made from nothing but its declaration: to estimate its size, and to show its keys.

The same declaration gives the same example. Values are of ordinary length; text holds the name of its field.
"""

from __future__ import annotations

import enum
import types
import typing
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Literal, cast

import msgspec

from entaku.core.errors import Invalid
from entaku.table.entity import EntityInfo
from entaku.table.templates import components

AT = datetime(2026, 4, 1, 9, 30, tzinfo=UTC)
"""The time of every example."""

PROSE_FIELDS = frozenset({"answer", "body", "content", "description", "message", "reason", "summary", "text"})
PROSE = "A few words, so that the example is as long as what people write into such a field."

_UUID_TEXT = "01234567-89ab-cdef-0123-456789abcdef"
_PLAIN: Mapping[Any, Any] = {
    bool: False,
    int: 1,
    float: 1.5,
    Decimal: Decimal("12.50"),
    bytes: b"example",
    datetime: AT,
    date: AT.date(),
    time: AT.time(),
    timedelta: timedelta(hours=1),
    Any: "example",
    object: "example",
}


def example_of(info: EntityInfo, number: int = 1) -> Any:
    """The example of that number. Raises Invalid for an entity whose own checks no such values pass."""
    try:
        return _struct(info.cls, number, _upper_roots(info))
    except (TypeError, ValueError, msgspec.ValidationError) as error:
        raise Invalid(f"no example of {info.kind} can be made of its declaration: {error}") from error


def _upper_roots(info: EntityInfo) -> frozenset[str]:
    """Last names of the paths that stand in keys in capitals: they take words in small letters."""
    templates = (info.partition, info.sort, *(part for i in info.indexes for part in (i.partition, i.sort)))
    return frozenset(c.path[-1] for template in templates for c in components(template) if c.form == "upper")


def _struct(cls: type[Any], number: int, words: frozenset[str]) -> Any:
    values = {
        field.name: _value(field.name, field.type, number, words)
        for field in msgspec.structs.fields(cls)
        if field.name != "_stored"
    }
    try:
        return cls(**values)
    except ValueError:
        # Fields that do not go together: leave what has a default as it is.
        required = {field.name for field in msgspec.structs.fields(cls) if field.required}
        return cls(**{name: value for name, value in values.items() if name in required})


def _value(name: str, annotation: Any, number: int, words: frozenset[str]) -> Any:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _value(name, arguments[0], number, words)
    if origin in (typing.Union, types.UnionType):
        some = [each for each in arguments if each not in (types.NoneType, msgspec.UnsetType)]
        return _value(name, some[0], number, words) if some else None
    if origin is Literal:
        return arguments[0]
    if annotation is str:
        return _text(name, number, words)
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    made = origin or annotation
    if isinstance(made, type):
        if issubclass(made, enum.Enum):
            return next(iter(made))
        if issubclass(made, msgspec.Struct):
            return _struct(made, number, words)
        if issubclass(made, (frozenset, set, list, tuple)):
            return _collection(cast("type[Any]", made), name, arguments, number, words)
        if issubclass(made, Mapping):
            held = arguments[1] if len(arguments) == 2 else Any
            return {f"{name}-{number}": _value(name, held, number, words)}
    try:
        return msgspec.convert(_UUID_TEXT, annotation)
    except msgspec.ValidationError as error:
        raise TypeError(f"field {name!r} is {annotation}") from error


def _collection(kind: type[Any], name: str, arguments: tuple[Any, ...], number: int, words: frozenset[str]) -> Any:
    if arguments and kind is tuple and arguments[-1] is not Ellipsis:
        several: list[Any] = [_value(name, each, number, words) for each in arguments]
        return tuple(several)
    made: Any = kind
    return made([_value(name, arguments[0] if arguments else Any, number, words)])


def _text(name: str, number: int, words: frozenset[str]) -> str:
    if name in PROSE_FIELDS:
        return PROSE
    if name in words:
        return name.replace("_", "")
    if name == "name":
        return f"Example {number}"
    return f"{name.replace('_', '-')}-{number}"
