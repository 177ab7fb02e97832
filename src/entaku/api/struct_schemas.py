"""How structs appear in the OpenAPI document, where the framework's own description of them falls short.

A struct that forbids unknown fields says so. The name of a generic struct does not tell in which Python module its
parts live, because generated clients would carry that name.
"""

from __future__ import annotations

import re
from typing import Any, cast

import msgspec
from litestar.plugins import OpenAPISchemaPlugin
from litestar.typing import FieldDefinition

_REFERENCE = "#/components/schemas/"


class ForbiddenFieldsAreTold(OpenAPISchemaPlugin):
    """Describes structs with `forbid_unknown_fields` as the framework does, and adds that nothing else is accepted."""

    @staticmethod
    def is_plugin_supported_type(value: Any) -> bool:
        return isinstance(value, type) and issubclass(value, msgspec.Struct) and _forbids(value)

    def is_plugin_supported_field(self, field_definition: FieldDefinition) -> bool:
        return not field_definition.is_union and self.is_plugin_supported_type(field_definition.annotation)

    def to_openapi_schema(self, field_definition: FieldDefinition, schema_creator: Any) -> Any:
        plugins = cast("list[OpenAPISchemaPlugin]", schema_creator.plugins)
        usual = next(
            plugin for plugin in plugins if plugin is not self and plugin.is_plugin_supported_field(field_definition)
        )
        schema: Any = usual.to_openapi_schema(field_definition, schema_creator)
        schema.additional_properties = False
        return schema


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


def _forbids(struct: type[msgspec.Struct]) -> bool:
    return struct.__struct_config__.forbid_unknown_fields
