"""The JSON Schema of the workspace file, made from the structs that read it.

The published copy, `docs/reference/workspace.schema.json`, is written anew by

    python -c "import entaku.modules.workspace as w; print(w.workspace_schema_text(), end='')"
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from entaku.modules.workspace.workspace_file import WorkspaceFile

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def workspace_schema() -> dict[str, Any]:
    """The schema, for editors and checkers. It says what each value may be, not that references lead somewhere."""
    schema = msgspec.json.schema(WorkspaceFile)
    # Once through JSON, since a default may be a tuple, which a checker of schemas does not know.
    return json.loads(json.dumps({"$schema": DIALECT, "title": "entaku workspace file", **schema}))


def workspace_schema_text() -> str:
    """The schema as it is published: indented, with a line break at its end, the same for the same types."""
    return json.dumps(workspace_schema(), indent=2, ensure_ascii=False) + "\n"
