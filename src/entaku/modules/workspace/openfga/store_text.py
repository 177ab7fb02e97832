"""A store as a file: YAML in which each tuple and each answer is one line, so that it can be read and compared."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from entaku.modules.workspace.openfga.answers import Answer
from entaku.modules.workspace.openfga.model_text import model_text
from entaku.modules.workspace.openfga.store import Store

TEST_NAME = "as entaku answers"


def store_text(store: Store, answers: Sequence[Answer] = ()) -> str:
    """The text of a `.fga.yaml` file, with the answers as its tests."""
    return "".join(f"{line}\n" for line in _lines(store, answers))


def store_document(store: Store, answers: Sequence[Answer] = ()) -> dict[str, Any]:
    """The same as a value."""
    document: dict[str, Any] = {
        "name": store.name,
        "model": model_text(store.policy),
        "tuples": [msgspec.to_builtins(each) for each in store.relationships],
    }
    if answers:
        document["tests"] = [{"name": TEST_NAME, "check": [msgspec.to_builtins(each) for each in answers]}]
    return document


def _lines(store: Store, answers: Sequence[Answer]) -> Iterator[str]:
    yield "# Whoever asks this store says what time it is: with current_time in the context of the check."
    yield f"name: {_inline(store.name)}"
    yield "model: |"
    for line in model_text(store.policy).splitlines():
        yield f"  {line}" if line else ""
    yield "tuples:" if store.relationships else "tuples: []"
    yield from _entries(store.relationships, "  ")
    if answers:
        yield "tests:"
        yield f"  - name: {_inline(TEST_NAME)}"
        yield "    check:"
        yield from _entries(answers, "      ")


def _entries(things: Iterable[object], indent: str) -> Iterator[str]:
    for thing in things:
        yield f"{indent}- {_inline(msgspec.to_builtins(thing))}"


def _inline(value: Any) -> str:
    """JSON, which is YAML too."""
    return json.dumps(value, ensure_ascii=False)
