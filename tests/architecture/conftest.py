"""The code as data: the graph of imports, and every source file with its syntax tree."""

from __future__ import annotations

import ast
from functools import cached_property
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]


class SourceFile:
    """One Python file of the project."""

    def __init__(self, path: Path) -> None:
        self.name = path.relative_to(ROOT).as_posix()
        self.text = path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.name)


@pytest.fixture(scope="session")
def source_files() -> list[SourceFile]:
    """What ships: every Python file under src."""
    return [SourceFile(path) for path in sorted((ROOT / "src").rglob("*.py"))]


@pytest.fixture(scope="session")
def all_files() -> list[SourceFile]:
    """What ships and what is around it."""
    folders = ("src", "tests", "tools", "benchmarks", "examples")
    return [SourceFile(path) for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


@pytest.fixture(scope="session")
def import_graph() -> grimp.ImportGraph:
    return grimp.build_graph("entaku", include_external_packages=True, cache_dir=None)
