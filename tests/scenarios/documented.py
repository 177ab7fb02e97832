"""What the OpenAPI document says about the routes of the scenarios: it decides which rows are generated for them."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from entaku.core.config import Config
from entaku.main import build
from tests.scenarios.scenario import Scenario


async def read_document() -> dict[str, Any]:
    """The document of the whole application, built for this alone."""
    with tempfile.TemporaryDirectory() as folder:
        app = await build(Config(data=Path(folder), request_log=False))
        try:
            return app.http().openapi_document()
        finally:
            await app.close()


DOCUMENT = asyncio.run(read_document())
"""Read while tests are collected, when no event loop runs: rows must be known by then."""

_PARAMETERS = {
    (method.upper(), path): {parameter["name"] for parameter in operation.get("parameters", ())}
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
    if isinstance(operation, dict)
}


def takes(scenario: Scenario, parameter: str) -> bool:
    """Whether the route knows a parameter or header of that name. Routes that the document leaves out know none."""
    return parameter in _PARAMETERS.get((scenario.method, scenario.route), ())
