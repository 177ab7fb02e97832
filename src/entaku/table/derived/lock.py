"""`model.lock`: the committed shape of everything that is stored, and what may change about it without losing items.

The shape of a model is plain text: the type of every field as it is stored, the key of every entity, index and pattern.
Names of classes are no part of it, because they are not stored. `compare` says what is different from the committed
shape, and for every difference that could strand stored items, how to make the change in a way that does not.

An entity or index that is given up for good is recorded by hand under "retired", as `"DRAFT"` or `"LIBRARY GSI2"`
with the reason: its items may still be there, so the name is never used again.
"""

from __future__ import annotations

import json
import os
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import inspect

from entaku.core.errors import Invalid, NotFound
from entaku.core.limits import INDEXES_MAX
from entaku.table.entity import EntityInfo
from entaku.table.keys import SEPARATOR
from entaku.table.model import Model
from entaku.table.patterns import Pattern
from entaku.table.templates import Component, Template

LOCK_FORMAT = 1

APART = ", kept apart"
"""After the type of a field whose large values are in the blob store. What is large may change; this may not end."""

Severity = Literal["breaking", "new"]


class LockedIndex(msgspec.Struct, frozen=True):
    """What one index stores of an entity."""

    partition: str
    sort: str

    def __str__(self) -> str:
        return f"{self.partition} / {self.sort}"


class LockedPattern(msgspec.Struct, frozen=True):
    """Where a pattern reads, and by what."""

    index: int
    """0 is the table itself."""
    parameters: tuple[str, ...]
    partition: str
    sort: str

    def __str__(self) -> str:
        where = f"GSI{self.index}" if self.index else "the table"
        return f"({', '.join(self.parameters)}) in {where}, {self.partition} / {self.sort}"


class LockedEntity(msgspec.Struct, frozen=True, kw_only=True):
    """The shape of one entity."""

    schema: int
    scope: str
    logged: bool
    expires: str | None
    partition: str
    sort: str
    fields: dict[str, str]
    """Type of each field as it is stored; ` = default` where an item may leave it out."""
    indexes: dict[int, LockedIndex]
    patterns: dict[str, LockedPattern]


class LockedModel(msgspec.Struct, frozen=True):
    """The shape of a model, entities by kind."""

    entities: dict[str, LockedEntity]
    retired: dict[str, str] = {}
    """Kinds and indexes that were given up, each with the reason."""
    format: int = LOCK_FORMAT


class Difference(msgspec.Struct, frozen=True):
    """One thing in which a model differs from its lock."""

    entity: str
    """The kind."""
    severity: Severity
    """`breaking`: stored items could be lost or misread. `new`: safe, and to be recorded in the lock."""
    sentence: str
    way_out: str


def shape_of(model: Model, retired: Mapping[str, str] | None = None) -> LockedModel:
    """The shape of a model as it is declared now, with the records of what was given up."""
    entities = {info.kind: _entity_shape(info) for info in model.entities}
    return LockedModel(dict(sorted(entities.items())), dict(sorted((retired or {}).items())))


def write_lock(path: Path, model: Model, *, retired: Mapping[str, str] | None = None) -> None:
    """Replaces the file by the shape of the model. Equal models give equal bytes. Raises Invalid where it cannot."""
    text = _pretty(msgspec.to_builtins(shape_of(model, retired), str_keys=True), levels=4) + "\n"
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(text, encoding="utf-8")
        os.replace(part, path)
    except OSError as error:
        raise Invalid(f"{path} cannot be written: {error.strerror}; name another file with --lock") from error


def read_lock(path: Path) -> LockedModel:
    """The shape that was committed. Raises NotFound without a file, Invalid for one that is no lock."""
    try:
        locked = msgspec.json.decode(path.read_bytes(), type=LockedModel, strict=False)
    except FileNotFoundError as error:
        raise NotFound(f"there is no {path}; write the first one with 'entaku table check --update'") from error
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}; name another file with --lock") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Invalid(f"{path} is no model.lock: {error}; restore the committed one") from error
    if locked.format != LOCK_FORMAT:
        raise Invalid(f"{path} is of format {locked.format}, and this version reads {LOCK_FORMAT}; upgrade entaku")
    return locked


def compare(locked: LockedModel, model: Model) -> tuple[Difference, ...]:
    """Every difference of the model from its lock, by kind of entity."""
    now = shape_of(model).entities
    found: list[Difference] = []
    for kind in sorted({*locked.entities, *now}):
        if kind not in now:
            found.append(_removed(kind, kind, "the entity is gone", locked.retired))
        elif kind in locked.retired:
            found.append(_reused(kind, kind, "the kind", "a kind of its own"))
        elif kind not in locked.entities:
            found.append(Difference(kind, "new", "a new entity", _RECORD))
        else:
            found.extend(_entity_differences(kind, locked.entities[kind], now[kind], locked.retired))
    return tuple(found)


_RECORD = "record it with --update"


def _entity_differences(
    kind: str, was: LockedEntity, now: LockedEntity, retired: Mapping[str, str]
) -> Iterator[Difference]:
    if (was.scope, was.partition, was.sort) != (now.scope, now.partition, now.sort):
        yield Difference(
            kind,
            "breaking",
            f"the key was {was.partition} / {was.sort} ({was.scope}) and is {now.partition} / {now.sort} ({now.scope})",
            "a stored item cannot move: keep this entity and declare one of a new kind with the new key",
        )
    yield from _schema_differences(kind, was, now)
    yield from _field_differences(kind, was, now)
    if was.expires != now.expires:
        yield Difference(
            kind,
            _severity(was, now),
            f"it expired by {was.expires or 'nothing'} and expires by {now.expires or 'nothing'}",
            f"{_next_schema(was, now)}; items keep the expiry they were written with until they are replaced",
        )
    if was.logged != now.logged:
        sentence = "its changes are logged now" if now.logged else "its changes are not logged any more"
        yield Difference(kind, "new", sentence, f"see that no reader of changes misses them, and {_RECORD}")
    yield from _index_differences(kind, was, now, retired)
    yield from _pattern_differences(kind, was, now)


def _severity(was: LockedEntity, now: LockedEntity) -> Severity:
    return "new" if now.schema > was.schema else "breaking"


def _next_schema(was: LockedEntity, now: LockedEntity) -> str:
    """What a change of fields asks for, or that it was done."""
    if now.schema > was.schema:
        return _RECORD
    return f"set schema={was.schema + 1} and declare @upgrade({was.schema})"


def _schema_differences(kind: str, was: LockedEntity, now: LockedEntity) -> Iterator[Difference]:
    moved = f"the schema was {was.schema} and is {now.schema}"
    if now.schema < was.schema:
        way_out = f"items of schema {was.schema} are stored: set schema={was.schema + 1} and declare the way back"
        yield Difference(kind, "breaking", moved, f"{way_out} as @upgrade({was.schema})")
    elif now.schema > was.schema + 1:
        way_out = f"a lock takes one step at a time: set schema={was.schema + 1}, with all changes in one upgrade"
        yield Difference(kind, "breaking", moved, way_out)
    elif now.schema > was.schema:
        yield Difference(kind, "new", f"{moved}, with its upgrade", _RECORD)


def _field_differences(kind: str, was: LockedEntity, now: LockedEntity) -> Iterator[Difference]:
    severity, way_out = _severity(was, now), _next_schema(was, now)
    for name in sorted({*was.fields, *now.fields}):
        old, new = was.fields.get(name), now.fields.get(name)
        if old is None:
            yield Difference(kind, severity, f"field {name} is new: {new}", way_out)
        elif new is None:
            yield Difference(kind, severity, f"field {name} is gone; it was {old}", way_out)
        elif old.endswith(APART) and not new.endswith(APART):
            keep = "keep it so, and set its above_bytes to the most: larger values are in the blob store already"
            yield Difference(kind, "breaking", f"field {name} was {old} and is {new}", keep)
        elif old != new:
            yield Difference(kind, severity, f"field {name} was {old} and is {new}", way_out)


def _index_differences(
    kind: str, was: LockedEntity, now: LockedEntity, retired: Mapping[str, str]
) -> Iterator[Difference]:
    own = {n for n in range(1, INDEXES_MAX + 1) if index_name(kind, n) in retired}
    free = next((n for n in range(1, INDEXES_MAX + 1) if n not in {*was.indexes, *now.indexes, *own}), None)
    another = f"index={free}" if free else "a new entity, as no index number is free"
    for number in sorted({*was.indexes, *now.indexes}):
        name, old, new = index_name(kind, number), was.indexes.get(number), now.indexes.get(number)
        if new is None:
            yield _removed(kind, name, f"GSI{number} is gone; it was {old}", retired)
        elif number in own:
            yield _reused(kind, name, f"GSI{number}", another)
        elif old is None:
            steps = "deploy it so that writers fill it, write every stored item once more, and only then read it"
            yield Difference(kind, "new", f"GSI{number} is new: {new}", f"{_RECORD}; {steps}")
        elif old != new:
            way_out = f"keep it, give the new key {another}, deploy, write every item once more, then move the patterns"
            yield Difference(kind, "breaking", f"GSI{number} was {old} and is {new}", way_out)


def index_name(kind: str, index: int) -> str:
    """How an index of an entity is recorded under "retired"."""
    return f"{kind} GSI{index}"


def _pattern_differences(kind: str, was: LockedEntity, now: LockedEntity) -> Iterator[Difference]:
    for name in sorted({*was.patterns, *now.patterns}):
        old, new = was.patterns.get(name), now.patterns.get(name)
        if new is None:
            yield Difference(kind, "new", f"pattern {name} is gone", _RECORD)
        elif old is None:
            yield Difference(kind, "new", f"pattern {name} is new: {new}", _RECORD)
        elif old == new:
            continue
        elif new.index != old.index and new.index and new.index not in was.indexes:
            way_out = "declare a second pattern there, write every stored item once more, and move this one afterwards"
            sentence = f"pattern {name} moved to GSI{new.index}, which holds no stored item yet"
            yield Difference(kind, "breaking", sentence, way_out)
        else:
            way_out = f"{_RECORD}; cursors of it start again"
            yield Difference(kind, "new", f"pattern {name} was {old} and is {new}", way_out)


def _removed(kind: str, name: str, sentence: str, retired: Mapping[str, str]) -> Difference:
    if name in retired:
        return Difference(kind, "new", f"{sentence}, retired: {retired[name]}", _RECORD)
    way_out = f'declare it again, or add "{name}": "REASON" under "retired" in the lock if nothing needs it any more'
    return Difference(kind, "breaking", sentence, way_out)


def _reused(kind: str, name: str, what: str, another: str) -> Difference:
    return Difference(
        kind,
        "breaking",
        f"{what} was retired, and items may still be stored under it",
        f'use {another}; take "{name}" out of "retired" only when no stored item has it any more',
    )


def _entity_shape(info: EntityInfo) -> LockedEntity:
    struct = inspect.type_info(info.cls)
    assert isinstance(struct, inspect.StructType), info
    texts = _field_texts(struct, ())
    fields = {name: texts[name] + (APART if name in info.apart else "") for name in info.fields}
    return LockedEntity(
        schema=info.schema,
        scope=info.scope,
        logged=info.logged,
        expires=info.expires,
        partition=_key_text(info.partition),
        sort=_key_text(info.sort),
        fields=dict(sorted(fields.items())),
        indexes={i.index: LockedIndex(_key_text(i.partition), _key_text(i.sort)) for i in info.indexes},
        patterns={pattern.name: _pattern_shape(pattern) for pattern in sorted(info.patterns, key=lambda p: p.name)},
    )


def _pattern_shape(pattern: Pattern) -> LockedPattern:
    return LockedPattern(
        pattern.index, tuple(sorted(pattern.parameters)), _key_text(pattern.partition), _key_text(pattern.sort)
    )


def _key_text(template: Template) -> str:
    """As declared, but for times: `{at}` of a time and `{at}` of a text render differently, and must read so."""
    return SEPARATOR.join(
        str(segment)[:-1] + ":time}" if isinstance(segment, Component) and segment.form == "time" else str(segment)
        for segment in template
    )


_PLAIN: Mapping[type[inspect.Type], str] = {
    inspect.AnyType: "any",
    inspect.NoneType: "null",
    inspect.BoolType: "bool",
    inspect.IntType: "int",
    inspect.FloatType: "float",
    inspect.DecimalType: "decimal",
    inspect.StrType: "str",
    inspect.BytesType: "bytes",
    inspect.DateTimeType: "datetime",
    inspect.DateType: "date",
    inspect.TimeType: "time",
    inspect.TimeDeltaType: "timedelta",
    inspect.UUIDType: "uuid",
}

_BOUNDS = ("gt", "ge", "lt", "le", "multiple_of", "min_length", "max_length", "pattern", "tz")
"""What an annotation may demand of a value; a value that was stored before may not meet a new demand."""


def _type_text(found: inspect.Type, outer: tuple[type[Any], ...]) -> str:
    """The type as it is stored. `outer` are the structs around it: one inside itself is `^` and how many levels up."""
    match found:
        case inspect.Metadata(type=inner):
            return _type_text(inner, outer)
        case inspect.UnionType(types=members):
            return " | ".join(sorted((_type_text(member, outer) for member in members), key=lambda t: (t == "null", t)))
        case inspect.EnumType(cls=enumeration):
            return " | ".join(sorted(repr(member.value) for member in enumeration))
        case inspect.LiteralType(values=values):
            return " | ".join(sorted(repr(value) for value in values))
        case inspect.StructType() | inspect.DataclassType() | inspect.TypedDictType() | inspect.NamedTupleType():
            return _struct_text(found, outer)
        case inspect.SetType(item_type=item) | inspect.FrozenSetType(item_type=item):
            return f"set[{_type_text(item, outer)}]{_bounds_text(found)}"
        case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item):
            return f"list[{_type_text(item, outer)}]{_bounds_text(found)}"
        case inspect.TupleType(item_types=items):
            return f"tuple[{', '.join(_type_text(item, outer) for item in items)}]"
        case inspect.DictType(key_type=key, value_type=value):
            return f"dict[{_type_text(key, outer)}, {_type_text(value, outer)}]{_bounds_text(found)}"
        case inspect.CustomType(cls=custom):
            return custom.__qualname__
        case _:
            return _PLAIN.get(type(found), type(found).__name__) + _bounds_text(found)


def _struct_text(
    found: inspect.StructType | inspect.DataclassType | inspect.TypedDictType | inspect.NamedTupleType,
    outer: tuple[type[Any], ...],
) -> str:
    if found.cls in outer:
        return f"^{len(outer) - outer.index(found.cls)}"
    fields = _field_texts(found, (*outer, found.cls))
    if isinstance(found, inspect.NamedTupleType) or (isinstance(found, inspect.StructType) and found.array_like):
        return f"[{', '.join(fields.values())}]"  # Stored by place, so that order and not the name counts.
    tag = {str(found.tag_field): repr(found.tag)} if isinstance(found, inspect.StructType) and found.tag else {}
    return "{" + ", ".join(f"{name}: {text}" for name, text in {**tag, **dict(sorted(fields.items()))}.items()) + "}"


def _field_texts(
    found: inspect.StructType | inspect.DataclassType | inspect.TypedDictType | inspect.NamedTupleType,
    outer: tuple[type[Any], ...],
) -> dict[str, str]:
    annotations = typing.get_type_hints(found.cls)
    texts: dict[str, str] = {}
    for field in found.fields:
        text = _type_text(field.type, outer)
        # The inspection leaves out that a field may be absent, which differs from null.
        if msgspec.UnsetType in typing.get_args(annotations.get(field.name)):
            text += " | absent"
        texts[field.encode_name] = text if field.required else f"{text} = default"
    return texts


def _bounds_text(found: inspect.Type) -> str:
    bounds = [(name, getattr(found, name, None)) for name in _BOUNDS]
    text = ", ".join(f"{name}={bound}" for name, bound in bounds if bound is not None)
    return f"({text})" if text else ""


def _pretty(value: Any, *, levels: int) -> str:
    """JSON with one entry a line down to a level and the rest in one line, so that a change is one line of a diff."""
    if levels == 0 or not value or not isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    entries = typing.cast("dict[str, Any]", value).items()
    lines = ",\n".join(f"{json.dumps(key)}: {_pretty(entry, levels=levels - 1)}" for key, entry in entries)
    return "{\n" + "\n".join(f"  {line}" for line in lines.split("\n")) + "\n}"
