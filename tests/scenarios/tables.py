"""All scenario tables: every file of this folder that has a list `SCENARIOS`, and a function `furnish` if it needs one.

To cover the routes of another module, put a file of its name beside this one. Nothing else has to know of it.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType

from tests.scenarios.scenario import Scenario
from tests.scenarios.world import Furnish

MACHINERY = {"conftest", "documented", "scenario", "tables", "world"}


def _modules() -> list[ModuleType]:
    names = sorted(path.stem for path in Path(__file__).parent.glob("*.py"))
    return [
        import_module(f"tests.scenarios.{name}")
        for name in names
        if name not in MACHINERY and not name.startswith("test_")
    ]


TABLES = [module for module in _modules() if hasattr(module, "SCENARIOS")]
SCENARIOS: list[Scenario] = [scenario for module in TABLES for scenario in module.SCENARIOS]
FURNISHERS: list[Furnish] = [module.furnish for module in TABLES if hasattr(module, "furnish")]
