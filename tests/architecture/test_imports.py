"""What the layer contracts of .importlinter cannot say about imports."""

from __future__ import annotations

from collections.abc import Iterator

import grimp

# What core may use of the outside: values, text and randomness. Nothing that waits, opens, listens or starts
# (pathlib is there for paths as values, in settings).
CORE_MAY_IMPORT = frozenset(
    {
        "__future__",
        "base64",
        "collections",
        "dataclasses",
        "datetime",
        "decimal",
        "enum",
        "functools",
        "hashlib",
        "hmac",
        "itertools",
        "json",
        "math",
        "msgspec",
        "operator",
        "pathlib",
        "re",
        "secrets",
        "string",
        "types",
        "typing",
        "unicodedata",
    }
)

# A front door cannot offer what pulls the framework in, so the composition root takes these files of a module itself.
MAIN_MAY_ENTER = frozenset({"routes", "graph", "handlers"})


def test_core_imports_nothing_that_does_io(import_graph: grimp.ImportGraph) -> None:
    used = {
        imported
        for importer in {"entaku.core", *import_graph.find_descendants("entaku.core")}
        for imported in import_graph.find_modules_directly_imported_by(importer)
        if not imported.startswith("entaku.")
    }

    assert used <= CORE_MAY_IMPORT, f"core may not import {sorted(used - CORE_MAY_IMPORT)}"


def test_a_module_is_entered_through_its_package(import_graph: grimp.ImportGraph) -> None:
    trespasses = [
        f"{importer} -> {imported}"
        for importer, imported in direct_imports(import_graph)
        if (module := module_of(imported))
        and module_of(importer) != module
        and imported != module
        and not (importer == "entaku.main" and imported.removeprefix(f"{module}.") in MAIN_MAY_ENTER)
    ]

    assert trespasses == [], "import from the module's package; export the name there if it lacks it"


def test_a_modules_files_do_not_use_its_own_front_door(import_graph: grimp.ImportGraph) -> None:
    detours = [
        f"{importer} -> {imported}"
        for importer, imported in direct_imports(import_graph)
        if imported == module_of(importer) and importer != imported
    ]

    assert detours == [], "inside a module, import from the file that defines the name"


def direct_imports(graph: grimp.ImportGraph) -> Iterator[tuple[str, str]]:
    for importer in sorted(graph.modules):
        if importer.startswith("entaku"):
            for imported in sorted(graph.find_modules_directly_imported_by(importer)):
                yield importer, imported


def module_of(name: str) -> str:
    """`entaku.modules.sharing` for everything in it; empty outside the modules."""
    parts = name.split(".")
    return ".".join(parts[:3]) if parts[:2] == ["entaku", "modules"] and len(parts) > 2 else ""
