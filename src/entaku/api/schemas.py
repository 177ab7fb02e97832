"""Schemas as simple as they can be: what the framework writes as a choice between a type and null is one nullable type.

Readers see `string or null` instead of a choice of two, and one of a single choice is no choice at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

Schema = dict[str, Any]


def simplify(schema: Schema) -> None:
    """Simplifies the schema, and those in it, in place."""
    for each in _inner(schema):
        simplify(each)
    if isinstance(schema.get("type"), list):
        schema["type"] = sorted(schema["type"], key="null".__eq__)
    if "oneOf" in schema:
        # What allows everything is no choice of ours: the framework makes it of the dots in `tuple[Note, ...]`.
        schema["oneOf"] = [choice for choice in cast("list[Schema]", schema["oneOf"]) if choice]
        _simplify_choice(schema)


def _simplify_choice(schema: Schema) -> None:
    rest = [choice for choice in schema["oneOf"] if choice != _NULL]
    is_nullable = _NULL in schema["oneOf"]
    if len(rest) != 1 or (is_nullable and not isinstance(rest[0].get("type"), str)):
        # Several; or a reference, beside which null can be named only as another choice.
        return
    del schema["oneOf"]
    said = dict(schema)
    schema.update(rest[0])
    schema.update(said)
    if is_nullable:
        schema["type"] = [schema["type"], "null"]
        if "enum" in schema:
            schema["enum"] = [*schema["enum"], None]


def leave_out_null(schema: Schema) -> None:
    """For what travels as text, where there is no null: an optional parameter is absent, which is said elsewhere."""
    if isinstance(schema.get("type"), list):
        kinds = [kind for kind in schema["type"] if kind != "null"]
        schema["type"] = kinds[0] if len(kinds) == 1 else kinds
    if "enum" in schema:
        schema["enum"] = [value for value in schema["enum"] if value is not None]
    if "oneOf" in schema:
        schema["oneOf"] = [choice for choice in schema["oneOf"] if choice != _NULL]
        simplify(schema)


_NULL = {"type": "null"}


def _inner(schema: Schema) -> Iterator[Schema]:
    yield from cast("dict[str, Schema]", schema.get("properties", {})).values()
    yield from cast("list[Schema]", schema.get("oneOf", []))
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), dict):
            yield schema[name]
