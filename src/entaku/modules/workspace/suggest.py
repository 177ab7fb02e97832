"""What somebody who misspelt a word probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Collection

WORD_LENGTH_MAX = 64
CHOICES_MAX = 500
"""Comparing costs about 10 microseconds a choice; among more than these nothing is suggested."""


def closest(word: str, choices: Collection[str]) -> str | None:
    """The choice most like the word, or None when none is like it."""
    if len(word) > WORD_LENGTH_MAX:
        return None
    folded = word.casefold()
    if len(choices) > CHOICES_MAX:
        return None
    for choice in choices:
        if choice.casefold() == folded:
            return choice
    found = difflib.get_close_matches(word, choices, n=1, cutoff=0.75)
    return found[0] if found else None


def did_you_mean(word: str, choices: Collection[str]) -> str:
    """The question to put behind a message, with its leading semicolon; empty when nothing is like the word."""
    choice = closest(word, choices)
    return "" if choice is None else f"; did you mean {choice!r}?"
