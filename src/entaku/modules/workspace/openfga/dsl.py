"""The modelling language of OpenFGA, as far as models are told apart by it: types, their relations, conditions.

Expressions stay text, with one space where there was any; comments go. What a model means is for whoever knows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from entaku.core.ids import shown
from entaku.modules.workspace.flaws import FLAWS_MAX

SCHEMA = "1.1"

_COMMENT = re.compile(r"(^|\s)#.*$")
_TYPE = re.compile(r"type ([^\s:#]+)")
_DEFINE = re.compile(r"define ([^\s:#]+) ?: ?(.+)")
_CONDITION = re.compile(r"condition ([^\s:#(]+) ?\(.*")


class FgaModel(msgspec.Struct, frozen=True):
    """A model: two are equal if they say the same in whatever order."""

    types: dict[str, dict[str, str]]
    """The relations of each type, with their expressions."""
    conditions: dict[str, str]
    """Each whole, from its parameters to the closing brace."""


class Unread(msgspec.Struct, frozen=True):
    """What of a model is not understood."""

    line: int
    """Of the model, counted from 1."""
    problem: str


def parse_model(text: str) -> tuple[FgaModel, tuple[Unread, ...]]:
    """The model of a text, and every line of it that is none of the language; after `FLAWS_MAX` of them the
    rest is not read.
    """
    types: dict[str, dict[str, str]] = {}
    conditions: dict[str, str] = {}
    unread: list[Unread] = []
    relations: dict[str, str] | None = None
    open_condition: str | None = None
    for number, line in _lines(text):
        if len(unread) >= FLAWS_MAX:
            break
        if open_condition is not None:
            conditions[open_condition] += f" {line}"
            open_condition = None if line.endswith("}") else open_condition
        elif found := _TYPE.fullmatch(line):
            relations = types.setdefault(found[1], {})
        elif (found := _DEFINE.fullmatch(line)) and relations is not None:
            if found[1] in relations:
                unread.append(Unread(number, f"relation {shown(found[1])} is defined a second time"))
            relations[found[1]] = found[2]
        elif found := _CONDITION.fullmatch(line):
            conditions[found[1]] = line
            open_condition = None if line.endswith("}") else found[1]
        elif line not in ("model", "relations", f"schema {SCHEMA}"):
            way_out = f"; only schema {SCHEMA} is read" if line.startswith(("schema", "module", "extend")) else ""
            unread.append(Unread(number, f"{shown(line)} is not understood{way_out}"))
    return FgaModel(types, conditions), tuple(unread)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Every line that says something, with its number."""
    for number, line in enumerate(text.splitlines(), start=1):
        said = " ".join(_COMMENT.sub("", line).split())
        if said:
            yield number, said
