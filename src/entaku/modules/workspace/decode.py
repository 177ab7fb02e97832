"""Turns a parsed file into msgspec structs and reports everything that is wrong, where msgspec would stop at the first.

The types say it all: what a struct forbids is a flaw, and what is flawed is replaced by an empty value of its type, so
that the rest is still checked and every entry keeps its position.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from entaku.core.clock import EPOCH
from entaku.core.errors import Flaw
from entaku.core.ids import shown
from entaku.modules.workspace.flaws import FLAWS_MAX
from entaku.modules.workspace.places import at_index, at_key
from entaku.modules.workspace.source import Node, Source
from entaku.modules.workspace.suggest import closest, did_you_mean

SHOWN_LENGTH_MAX = 40

T = TypeVar("T", bound=msgspec.Struct)


def decode(source: Source, node: Node, place: str, into: type[T]) -> tuple[T, tuple[Flaw, ...]]:
    """The struct at a place of the source, and what is wrong with it.

    A struct that forbids unknown fields refuses every unknown key. Any other ignores the keys it does not know, but
    refuses one that is nearly the name of a field that is missing: a misspelt `members` would lose people silently.
    After `FLAWS_MAX` flaws the rest is not read.
    """
    decoder = _Decoder(source)
    value = decoder.value(node, place, inspect.type_info(into))
    assert isinstance(value, into)
    return value, tuple(decoder.flaws)


class _Decoder:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.flaws: list[Flaw] = []

    def value(self, node: Node, place: str, kind: inspect.Type) -> Any:
        if len(self.flaws) >= FLAWS_MAX:
            return empty(kind)
        match kind:
            case inspect.Metadata():
                return self.value(node, place, kind.type)
            case inspect.UnionType():
                return None if node.value is None else self._optional(node, place, _without_none(kind))
            case inspect.StructType():
                return self._struct(node, place, kind)
            case inspect.DictType():
                return self._mapping(node, place, kind)
            case inspect.VarTupleType():
                return self._list(node, place, kind)
            case _:
                return self._scalar(node, place, kind)

    def _optional(self, node: Node, place: str, kind: inspect.Type) -> Any:
        """The value, or None for a flawed scalar: nothing follows from what is not there."""
        flaws_before = len(self.flaws)
        value = self.value(node, place, kind)
        is_scalar = not isinstance(kind, inspect.StructType | inspect.DictType | inspect.VarTupleType)
        return None if is_scalar and len(self.flaws) > flaws_before else value

    def _struct(self, node: Node, place: str, kind: inspect.StructType) -> Any:
        entries = self._entries(node, place)
        names = [field.encode_name for field in kind.fields]
        unknown = [key for key in entries if key not in names]
        for key in unknown[:FLAWS_MAX]:
            self._unknown_key(place, key, names, entries, kind)
        values: dict[str, Any] = {}
        for field in kind.fields:
            entry = entries.get(field.encode_name)
            if entry is not None:
                values[field.name] = self.value(entry, at_key(place, field.encode_name), field.type)
            elif field.required:
                values[field.name] = empty(field.type)
                if isinstance(node.value, dict):
                    self._note(at_key(place, field.encode_name), f"key `{field.encode_name}` is missing")
        return kind.cls(**values)

    def _unknown_key(
        self, place: str, key: str, names: list[str], entries: Mapping[str, Node], kind: inspect.StructType
    ) -> None:
        meant = closest(key, [name for name in names if name not in entries])
        if meant is not None:
            self._note(at_key(place, key), f"unknown key {shown(key)}; did you mean {meant!r}?")
        elif kind.forbid_unknown_fields:
            self._note(at_key(place, key), f"unknown key {shown(key)}; known here: {', '.join(names)}")

    def _mapping(self, node: Node, place: str, kind: inspect.DictType) -> dict[str, Any]:
        return {
            key: self.value(entry, at_key(place, key), kind.value_type)
            for key, entry in self._entries(node, place).items()
        }

    def _entries(self, node: Node, place: str) -> Mapping[str, Node]:
        if isinstance(node.value, dict):
            return node.value
        self._note(place, f"{_described(node)} stands where keys with values are expected")
        return {}

    def _list(self, node: Node, place: str, kind: inspect.VarTupleType) -> tuple[Any, ...]:
        if isinstance(node.value, tuple):
            items = enumerate(node.value)
            return tuple(self.value(item, at_index(place, index), kind.item_type) for index, item in items)
        is_text_list = isinstance(_inner(kind.item_type), inspect.StrType | inspect.LiteralType | inspect.EnumType)
        is_short = 0 < len(node.text) <= SHOWN_LENGTH_MAX
        way_out = f"; write [{node.text}]" if is_text_list and is_short else "; leave the key out or write []"
        self._note(place, f"{_described(node)} stands where a list is expected{way_out}")
        return ()

    def _scalar(self, node: Node, place: str, kind: inspect.Type) -> Any:
        value = node.value
        match kind:
            case inspect.StrType() if isinstance(value, str):
                return value
            case inspect.BoolType() if isinstance(value, bool):
                return value
            case inspect.LiteralType() if value in kind.values and isinstance(value, str):
                return value
            case inspect.EnumType() if value in _choices(kind):
                return kind.cls(value)
            case inspect.DateTimeType() if isinstance(value, str):
                return self._instant(value, place)
            case _:
                self._note(place, _mismatch(node, kind))
                return empty(kind)

    def _instant(self, text: str, place: str) -> datetime:
        try:
            at = msgspec.convert(text, datetime)
            if at.tzinfo is not None:
                return at.astimezone(UTC)
        except (msgspec.ValidationError, OverflowError):
            pass
        self._note(place, f"{shown(text)} is no time with a zone; write it like 2027-04-01T09:00:00+09:00")
        return EPOCH

    def _note(self, place: str, message: str) -> None:
        self.flaws.append(self.source.flaw(place, message))


def empty(kind: inspect.Type) -> Any:
    """What stands in for a flawed value: the least value of its type, which no later check takes for a real one."""
    match kind:
        case inspect.Metadata():
            return empty(kind.type)
        case inspect.UnionType():
            return None
        case inspect.LiteralType():
            return kind.values[0]
        case inspect.EnumType():
            return next(iter(kind.cls))
        case inspect.VarTupleType():
            return ()
        case inspect.DictType():
            return {}
        case inspect.BoolType():
            return False
        case inspect.DateTimeType():
            return EPOCH
        case inspect.StructType():
            return kind.cls(**{field.name: empty(field.type) for field in kind.fields if field.required})
        case _:
            return ""


def _inner(kind: inspect.Type) -> inspect.Type:
    return kind.type if isinstance(kind, inspect.Metadata) else kind


def _without_none(kind: inspect.UnionType) -> inspect.Type:
    (only,) = (member for member in kind.types if not isinstance(member, inspect.NoneType))
    return only


def _described(node: Node) -> str:
    match node.value:
        case None:
            return "nothing"
        case dict():
            return "a mapping"
        case tuple():
            return "a list"
        case str():
            return shown(node.value)
        case bool():
            return f"the truth value {node.text}"
        case _:
            return f"the number {shown(node.text)[1:-1]}"


def _mismatch(node: Node, kind: inspect.Type) -> str:
    found = _described(node)
    if node.value is None:
        return f"{found} stands where a value is expected; write one, or leave the key out"
    match kind:
        case inspect.LiteralType() | inspect.EnumType():
            choices = _choices(kind)
            return f"{found} is none of {', '.join(choices)}{did_you_mean(node.text, choices)}"
        case inspect.BoolType():
            return f"{found} stands where true or false is expected"
        case inspect.DateTimeType():
            return f"{found} stands where a time is expected; write it like 2027-04-01T09:00:00+09:00"
        case _:
            is_scalar = not isinstance(node.value, dict | tuple)
            way_out = f'; write it in quotes: "{node.text}"' if is_scalar else ""
            return f"{found} stands where text is expected{way_out}"


def _choices(kind: inspect.LiteralType | inspect.EnumType) -> list[str]:
    values = kind.values if isinstance(kind, inspect.LiteralType) else [member.value for member in kind.cls]
    return [str(value) for value in values]
