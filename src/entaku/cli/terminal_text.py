"""Text as a terminal shows it: how many places it takes, where a line may end, and what is not sent as it is.

Japanese characters take two places and accents none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator


def wrapped(text: str, places: int) -> list[str]:
    """The text in lines of at most so many places, but for what cannot be broken: ends at spaces where that will do,
    else also between two Japanese characters."""
    if width(text) <= places:
        return [text]
    lines, line = list[str](), ""
    for word in words_of(text):
        parts = [word] if width(word.rstrip()) <= places else list(parts_of(word))
        for part in parts:
            if line and width(line + part.rstrip()) > places:
                lines.append(line.rstrip())
                line = ""
            line += part
    return [*lines, line.rstrip()]


_BRANCHES = " │├└─"
# An instant is one word: over three lines nobody reads it.
_WORD = re.compile(r"(?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC[^ ]*|[^ ]+) *")


def words_of(text: str) -> Iterator[str]:
    """The words, each with the spaces behind it; together they are the text. A tree's branches belong to the first."""
    stem = len(text) - len(text.lstrip(_BRANCHES))
    first, *others = _WORD.findall(text[stem:]) or [""]
    yield text[:stem] + first
    yield from others


def parts_of(word: str) -> Iterator[str]:
    """The parts of a word between which a line may end."""
    start = 0
    for index in range(len(word) - len(word.lstrip(_BRANCHES)) + 1, len(word)):
        if _may_end_before(word, index):
            yield word[start:index]
            start = index
    yield word[start:]


def _may_end_before(text: str, index: int) -> bool:
    before, after = text[index - 1], text[index]
    # What closes stays with what stands in front of it, and what opens with what follows.
    if unicodedata.category(after) in ("Pe", "Pf", "Po", "Lm") or unicodedata.category(before) in ("Ps", "Pi"):
        return False
    return _width_of(after) > 0 and (_width_of(before) == 2 or _width_of(after) == 2)


def width(text: str) -> int:
    """Places that the text takes on a terminal (UAX #11; the ambiguous ones are narrow)."""
    return sum(_width_of(character) for character in text)


def _width_of(character: str) -> int:
    if character.isascii():
        return 1
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def printable(text: str) -> str:
    """The text with controls escaped: what somebody wrote into a description must not command the terminal, and what
    turns the direction of writing must not make one id look like another."""
    return "".join(_escaped(character) for character in text)


def _escaped(character: str) -> str:
    if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp"):
        return repr(character)[1:-1]
    return f"\\u{ord(character):04x}" if unicodedata.bidirectional(character) in _TURNS_DIRECTION else character


# UAX #9, 2.1 to 2.5: explicit embeddings, overrides and isolates. Marks (LRM, RLM) only help names of mixed scripts.
_TURNS_DIRECTION = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
