"""Time and chance are arguments: only the edges of the system ask the machine for them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.architecture.conftest import SourceFile

# The clock and the ids themselves, and what starts a process. Durations (time.monotonic, time.perf_counter) are free.
MAY_ASK_THE_MACHINE = (
    "src/entaku/cli/",
    "src/entaku/core/clock.py",
    "src/entaku/core/ids.py",
    "src/entaku/hosts/",
)
WALL_CLOCK = frozenset(
    {
        "datetime.now",
        "datetime.today",
        "datetime.utcnow",
        "date.today",
        "time.time",
        "time.time_ns",
        "uuid.uuid1",
        "uuid.uuid4",
    }
)
CHANCE = frozenset({"random", "uuid"})


def test_only_the_edges_ask_the_machine_for_time_and_chance(source_files: list[SourceFile]) -> None:
    asked = [
        f"{file.name}:{line}: {what}"
        for file in source_files
        if not file.name.startswith(MAY_ASK_THE_MACHINE)
        for line, what in questions(file.tree)
    ]

    assert asked == [], "take a Clock, or a function that gives ids or random bytes, as an argument"


def questions(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            name = ".".join(ast.unparse(node).split(".")[-2:])
            if name in WALL_CLOCK:
                yield node.lineno, name
        elif isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names if alias.name in CHANCE)
        elif isinstance(node, ast.ImportFrom):
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            yield from ((node.lineno, name) for name in names if node.module in CHANCE or name in WALL_CLOCK)
