"""How a place inside an input is written: `users[3].email`, and `teams["k8s.io"].members[0]` where a key is no word."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_STEP = re.compile(r'\.?([A-Za-z_][A-Za-z0-9_-]*)|\[([0-9]+)\]|\[("(?:[^"\\]|\\.)*")\]')


def at_key(place: str, key: str) -> str:
    """The place of a key in the mapping at `place`; the input as a whole is the empty place."""
    if _WORD.fullmatch(key):
        return f"{place}.{key}" if place else key
    return f"{place}[{json.dumps(key, ensure_ascii=False)}]"


def at_index(place: str, index: int) -> str:
    return f"{place}[{index}]"


def steps(place: str) -> Iterator[str | int]:
    """The keys and positions that lead to a place, outermost first."""
    for match in _STEP.finditer(place):
        word, index, quoted = match.groups()
        yield word if word else int(index) if index else json.loads(quoted)


def lineage(place: str) -> Iterator[str]:
    """The place itself, then what it lies in, up to but without the input as a whole."""
    ends = [match.end() for match in _STEP.finditer(place)]
    for end in reversed(ends):
        yield place[:end]
