"""The rows that the reference page has for each key of the workspace file, as the schema describes it."""

from __future__ import annotations

import json
from typing import Any

from entaku.modules.workspace import workspace_schema


def rows(definition: str) -> list[str]:
    """One table row for each key of a definition, in order."""
    struct = workspace_schema()["$defs"][definition]
    return [_row(key, value, key in struct["required"]) for key, value in struct["properties"].items()]


def _row(key: str, value: dict[str, Any], required: bool) -> str:
    default = "required" if required else _default(value.get("default"))
    return f"| `{key}` | {default} | {value['description']}{_choices(value)} |"


def _default(default: Any) -> str:
    if default in (None, "", []):
        return ""
    if isinstance(default, list):
        return f"`[{', '.join(default)}]`"
    return f"`{default if isinstance(default, str) else json.dumps(default)}`"


def _choices(value: dict[str, Any]) -> str:
    choices = value.get("enum")
    return f" One of {', '.join(f'`{choice}`' for choice in choices)}." if choices else ""
