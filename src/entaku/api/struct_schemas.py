"""How structs appear in the OpenAPI document, where the framework's own description of them falls short.

A struct says what its docstrings do, and that it forbids unknown fields. The name of a generic struct does not tell in
which Python module its parts live, because generated clients would carry that name.
"""

from __future__ import annotations

import re
from inspect import cleandoc
from typing import Any, cast, get_origin

import msgspec
from litestar.plugins import OpenAPISchemaPlugin
from litestar.typing import FieldDefinition
from msgspec.structs import fields

from entaku.api.field_docstrings import field_docstrings

_REFERENCE = "#/components/schemas/"


class StructsAreExplained(OpenAPISchemaPlugin):
    """Describes structs as the framework does, and adds what they say of themselves: their docstring, the docstrings of
    their fields, and whether nothing else is accepted."""

    @staticmethod
    def is_plugin_supported_type(value: Any) -> bool:
        return _struct_of(value) is not None

    def is_plugin_supported_field(self, field_definition: FieldDefinition) -> bool:
        return not field_definition.is_union and self.is_plugin_supported_type(field_definition.annotation)

    def to_openapi_schema(self, field_definition: FieldDefinition, schema_creator: Any) -> Any:
        # Some plugins of the framework know less than the class: that for attrs, which is there where attrs is.
        plugins = [plugin for plugin in schema_creator.plugins if isinstance(plugin, OpenAPISchemaPlugin)]
        usual = next(
            plugin for plugin in plugins if plugin is not self and plugin.is_plugin_supported_field(field_definition)
        )
        schema: Any = usual.to_openapi_schema(field_definition, schema_creator)
        struct = _struct_of(field_definition.annotation)
        assert struct is not None
        schema.description = struct.__doc__ and cleandoc(struct.__doc__)
        if struct.__struct_config__.forbid_unknown_fields:
            schema.additional_properties = False
        said = field_docstrings(struct)
        for field in fields(struct):
            described = schema.properties[field.encode_name]
            described.description = described.description or said.get(field.name)
        return schema


def _struct_of(kind: Any) -> type[msgspec.Struct] | None:
    """The struct that a type is, or that a generic type, as `PageView[Note]`, is made from."""
    origin = get_origin(kind) or kind
    return origin if isinstance(origin, type) and issubclass(origin, msgspec.Struct) else None


def with_short_names(document: dict[str, Any]) -> dict[str, Any]:
    """The document with `PageViewNote` for `PageView_package.module.Note_`, wherever the short name is free.

    What comes back is JSON through and through: no tuples, no enums.
    """
    schemas = cast("dict[str, dict[str, Any]]", document["components"]["schemas"])
    text = msgspec.json.encode(document).decode()
    for long_name in [name for name in schemas if "." in name]:
        short_name = re.sub(r"[^A-Za-z0-9]+", "", str(schemas[long_name].get("title", "")))
        if short_name and short_name not in schemas:
            schemas[short_name] = schemas[long_name]
            text = text.replace(f'"{_REFERENCE}{long_name}"', f'"{_REFERENCE}{short_name}"')
            text = text.replace(f'"{long_name}":', f'"{short_name}":')
    return msgspec.json.decode(text)
