"""Ids in paths, documented: `note_id: PathId`. The service checks them (`check_id`), so every edge says the same."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from litestar.params import PathParameter

from entaku.core.ids import ID_LENGTH_MAX

PathId: TypeAlias = Annotated[
    str,
    PathParameter(
        schema_extra={
            "pattern": r"^[A-Za-z0-9][A-Za-z0-9._@+-]*$",
            "minLength": 1,
            "maxLength": ID_LENGTH_MAX,
            "examples": ["ann"],
        }
    ),
]
"""Letters, digits and `._@+-`, beginning with a letter or digit, 1-128 characters."""
