"""What requests and answers look like: examples made from those of their fields, so that no route has to show any.

An example of a field is the first there is of these: what was given for the field of that schema; its own; what was
given for fields of its name; that of the fields of its name and type elsewhere in the document, where these agree; its
default; what its type allows, which is null, the first choice, or a plain value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

import msgspec

Schema = dict[str, Any]

PLAIN_TEXT = "text"
"""Stands where nothing is known of a text."""

_REFERENCE = "#/components/schemas/"
_BY_FORMAT = {"date-time": "2026-04-01T09:30:00Z", "date": "2026-04-01"}
_BY_TYPE: Mapping[str, object] = {"string": PLAIN_TEXT, "integer": 1, "number": 1.5, "boolean": False, "object": {}}


class Examples:
    """Knows what the fields of a document's schemas look like."""

    def __init__(self, schemas: Mapping[str, Schema], given: Mapping[str, object]) -> None:
        """`given` is by field name, or by schema and field as in `Note.title`."""
        self._schemas, self._given = schemas, given
        self._agreed = dict(_agreed(schemas))

    def answer(self, schema: Schema) -> Any:
        """A whole answer: every field is there."""
        return self._value(schema, (), is_request=False)

    def request(self, schema: Schema) -> Any:
        """A body that can be sent as it stands: what is required; where nothing is, as in a change, one field."""
        return self._value(schema, (), is_request=True)

    def parameter(self, name: str, schema: Schema) -> Any:
        """What a parameter looks like; None where that is not known."""
        return self._known("", name, schema)

    def _value(self, schema: Schema, inside: tuple[str, ...], *, is_request: bool) -> Any:
        """`inside` are the names of the schemas that this one is a part of."""
        if "$ref" in schema:
            return self._named(_name(schema), inside, is_request=is_request)
        if "oneOf" in schema:
            return self._value(schema["oneOf"][0], inside, is_request=is_request)
        for known in ("examples", "enum"):
            if schema.get(known):
                return schema[known][0]
        kind = schema.get("type", "object")
        if "null" in kind:
            return None
        if kind == "array":
            return self._items(schema["items"], inside, is_request=is_request)
        plain = _BY_FORMAT.get(schema.get("format", ""), _BY_TYPE[kind])
        return schema.get("const", schema.get("minimum", plain))

    def _named(self, name: str, inside: tuple[str, ...], *, is_request: bool) -> Any:
        schema = self._schemas[name]
        if "properties" not in schema:
            return self._value(schema, inside, is_request=is_request)
        fields = self._sent(name) if is_request else cast("dict[str, Schema]", schema["properties"])
        return {
            field: self._field(name, field, about, (*inside, name), is_request=is_request)
            for field, about in fields.items()
        }

    def _field(self, owner: str, field: str, schema: Schema, inside: tuple[str, ...], *, is_request: bool) -> Any:
        known = self._known(owner, field, schema)
        return self._value(schema, inside, is_request=is_request) if known is None else known

    def _known(self, owner: str, field: str, schema: Schema) -> Any:
        own = schema.get("examples") or [None]
        default = schema.get("default")
        for known in (
            self._given.get(f"{owner}.{field}"),
            own[0],
            self._given.get(field),
            self._agreed.get((field, _form(schema))),
            None if default in ([], {}, "") else default,
        ):
            if known is not None:
                return known
        return None

    def _items(self, schema: Schema, inside: tuple[str, ...], *, is_request: bool) -> list[Any]:
        if _name(schema) in inside:
            return []  # What holds things of its own kind ends here.
        item = self._value(schema, inside, is_request=is_request)
        return [] if item == PLAIN_TEXT else [item]

    def _sent(self, name: str) -> dict[str, Schema]:
        schema = self._schemas[name]
        properties = cast("dict[str, Schema]", schema["properties"])
        required = cast("list[str]", schema.get("required", []))
        if required:
            return {field: about for field, about in properties.items() if field in required}
        known = [field for field, about in properties.items() if self._known(name, field, about) is not None]
        return {field: properties[field] for field in (known or [*properties])[:1]}


def _agreed(schemas: Mapping[str, Schema]) -> Iterator[tuple[tuple[str, str], object]]:
    """The examples on which all fields of a name and type agree that have any."""
    found: dict[tuple[str, str], dict[bytes, object]] = {}
    for schema in schemas.values():
        for field, about in cast("dict[str, Schema]", schema.get("properties", {})).items():
            if about.get("examples"):
                example = about["examples"][0]
                found.setdefault((field, _form(about)), {})[msgspec.json.encode(example)] = example
    for key, examples in found.items():
        if len(examples) == 1:
            yield key, next(iter(examples.values()))


def _form(schema: Schema) -> str:
    """The type in short, the same whether it may be null or not."""
    if "items" in schema:
        return f"list of {_form(schema['items'])}"
    kind: str | list[str] = schema.get("type", _name(schema))
    return kind if isinstance(kind, str) else "|".join(each for each in kind if each != "null")


def _name(schema: Schema) -> str:
    return str(schema.get("$ref", "")).removeprefix(_REFERENCE)
