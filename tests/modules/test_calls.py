"""How often each operation calls the table. A number that grows here is a cost that grows everywhere.

`docs/calls.md` has the numbers. Where they are meant to change: `.venv/bin/python tools/calls.py`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from entaku.core.config import Config
from entaku.main import build
from tests.modules.calls.operation import Operation, measured, methods_of
from tests.modules.calls.page import OPERATIONS, documented, matches


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.title)
async def test_an_operation_asks_what_the_page_says(engine: str, operation: Operation, tmp_path: Path) -> None:
    asked = await measured(operation, engine, tmp_path)

    assert matches(documented(operation), asked, engine, spread=operation.spread)


async def test_every_operation_of_every_service_is_on_the_page(tmp_path: Path) -> None:
    app = await build(Config(data=tmp_path))
    methods = set(methods_of(app))
    await app.close()

    known = {operation.method for operation in OPERATIONS}
    assert sorted(methods - known) == [], "add a case to the tables in tests/modules/calls, then run tools/calls.py"
    assert sorted(known - methods) == [], "these are operations of no service"
