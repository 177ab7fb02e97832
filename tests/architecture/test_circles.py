"""Inside a module nothing goes round in circles: one of its files or packages can be read first."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

import grimp
import pytest

import entaku.modules

# Not accounts: a tenant holds rules of `sign_in`, which uses the services around it; its files are in an order.
MODULES = ("audit", "authzen", "sharing", "workspace")


@pytest.mark.parametrize("module", MODULES)
def test_the_parts_of_a_module_are_in_an_order(import_graph: grimp.ImportGraph, module: str) -> None:
    root = f"{entaku.modules.__name__}.{module}"
    parts: dict[str, set[str]] = {}
    for importer in import_graph.find_descendants(root):
        for imported in import_graph.find_modules_directly_imported_by(importer):
            before, after = part_of(imported, root), part_of(importer, root)
            if before and before != after:
                parts.setdefault(after, set()).add(before)

    try:
        order = [*TopologicalSorter(parts).static_order()]
    except CycleError as error:
        pytest.fail(f"in {module} these import each other, so none can be read first: {' -> '.join(error.args[1])}")

    assert set(parts) <= set(order)


def part_of(name: str, root: str) -> str:
    """`lists` for everything in `entaku.modules.sharing.lists`; empty for what is elsewhere, and for the front door."""
    return name.removeprefix(f"{root}.").partition(".")[0] if name.startswith(f"{root}.") else ""
