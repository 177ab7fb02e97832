"""Writes docs/calls.md: what each operation asks of the table, measured on both engines. Takes a minute."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.modules.calls.operation import Asked, Operation, measured
from tests.modules.calls.page import OPERATIONS, PAGE, text


async def measure(operation: Operation) -> tuple[Asked, Asked]:
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        return await measured(operation, "sqlite", Path(one)), await measured(operation, "dynamodb", Path(other))


async def main() -> None:
    asked = {operation.title: await measure(operation) for operation in OPERATIONS}
    PAGE.write_text(text(asked), encoding="utf-8")
    print(f"Wrote {PAGE.name}")


if __name__ == "__main__":
    asyncio.run(main())
