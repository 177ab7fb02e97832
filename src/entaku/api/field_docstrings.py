"""What is written under the fields of a struct, which Python itself forgets: read from its source for the document.

attempts: int
'''Counts from 1; the first try is attempt 1.'''
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator, Mapping
from functools import lru_cache

FieldDocstrings = Mapping[str, str]


def field_docstrings(kind: type) -> FieldDocstrings:
    """By field name, inherited ones included; nothing where the source is not at hand."""
    found: dict[str, str] = {}
    for each in reversed(kind.__mro__):
        found |= _by_class(each.__module__).get(each.__qualname__, {})
    return found


@lru_cache(1024)
def _by_class(module: str) -> Mapping[str, FieldDocstrings]:
    """By qualified name, for the classes of a module that have such fields."""
    try:
        source = inspect.getsource(sys.modules[module])
    except (KeyError, OSError, TypeError):
        return {}
    return {name: dict(_fields(node)) for name, node in _classes(ast.parse(source), "")}


def _classes(tree: ast.AST, prefix: str) -> Iterator[tuple[str, ast.ClassDef]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            yield prefix + node.name, node
            yield from _classes(node, f"{prefix}{node.name}.")


def _fields(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for field, below in zip(node.body, node.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(below, ast.Expr):
            text = below.value.value if isinstance(below.value, ast.Constant) else None
            if isinstance(text, str):
                yield field.target.id, inspect.cleandoc(text)
