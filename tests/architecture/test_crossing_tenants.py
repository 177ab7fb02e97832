"""Everybody works inside one tenant but those who look after the whole table, and here is why each of them does."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.architecture.conftest import SourceFile

CROSS_TENANTS = {
    "src/entaku/table/moving/backup.py": "a backup holds every tenant, or one that is picked out of the walk",
    "src/entaku/table/moving/restoring.py": "a restoration fills a whole table, and compares it",
    "src/entaku/table/blobs/sweep.py": "what no item of any tenant refers to is found by a walk",
    "src/entaku/table/moving/copying.py": "a copy has every tenant",
    "src/entaku/table/moving/following.py": "walks for backups and copies",
    "src/entaku/table/maintenance.py": "a purged tenant's items lie in partitions that no listing names together",
    "src/entaku/table/moving/marks.py": "notes of maintenance belong to no tenant",
    "src/entaku/table/moving/neutral.py": "items of every tenant, in the form that backups and copies compare",
    "src/entaku/table/moving/reindexing.py": "an index is filled for every tenant at once",
}
"""By file, the reason. Drivers and the doubles that stand for them do what they are told."""

DO_AS_TOLD = ("src/entaku/table/drivers/", "src/entaku/testing/", "src/entaku/table/moving/bulk.py")
BELOW_TENANTS = "entaku.table.moving.bulk"


def test_only_who_has_a_reason_crosses_tenants(source_files: list[SourceFile]) -> None:
    crossing = {file.name for file in source_files if any(crossings(file.tree))} - {
        file.name for file in source_files if file.name.startswith(DO_AS_TOLD)
    }

    assert sorted(crossing) == sorted(CROSS_TENANTS), "work in a tenant's table, or say here why that is not possible"


def crossings(tree: ast.Module) -> Iterator[ast.AST]:
    """Walks of the physical table, and whatever stores and removes items below the tenants."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr="walk"), keywords=keywords) if any(
                k.arg == "limit" for k in keywords
            ):
                yield node
            case ast.ImportFrom(module=module) if module == BELOW_TENANTS:
                yield node
            case _:
                continue
