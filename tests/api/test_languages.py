"""Which language somebody wants: by Accept-Language over HTTP, by their locale on a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entaku.core.languages import Language, accepted_language, language_of_locale


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("ja", "ja"),
        ("JA-jp", "ja"),
        ("ja-JP,ja;q=0.9,en-US;q=0.8,en;q=0.7", "ja"),
        ("en-GB,ja;q=0.9", "en"),
        ("ja;q=0.2, en;q=0.1", "ja"),
        ("en;q=0.1, ja;q=0.2", "ja"),
        ("ja, en", "ja"),
        ("en, ja", "en"),
        ("fr, de;q=0.9", "en"),
        ("fr, ja;q=0.1", "ja"),
        ("*", "en"),
        ("en;q=0, *", "ja"),
        ("*;q=0.5, ja;q=0.1", "en"),
        ("ja;q=0", "en"),
        ("ja;q=0, en;q=0", "en"),
        ("jap", "en"),
        ("ja;q=2, en;q=0.1", "en"),
        ("ja;q=0.5;x=1, en;q=0.1", "en"),
        ("ja ; Q=1.000", "ja"),
        (",,ja,", "ja"),
        ("日本語", "en"),
    ],
)
def test_the_language_that_is_liked_best_is_answered(header: str | None, language: str) -> None:
    assert accepted_language(header) == language


def test_a_wish_without_end_is_read_to_its_bound() -> None:
    assert accepted_language(", ".join(["fr;q=0.1"] * 31 + ["ja"])) is Language.JAPANESE
    assert accepted_language(", ".join(["fr;q=0.1"] * 32 + ["ja"])) is Language.ENGLISH


@given(st.text(max_size=200))
def test_nobody_is_refused_for_their_language(header: str) -> None:
    assert accepted_language(header) in set(Language)
    assert language_of_locale({"LANG": header}) in set(Language)


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "ja_JP.UTF-8"}, "ja"),
        ({"LANG": "ja"}, "ja"),
        ({"LANG": "ja_JP@calendar"}, "ja"),
        ({"LANG": "ja_JP.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, "en"),
        ({"LANG": "ja_JP.UTF-8", "LC_MESSAGES": "en_GB.UTF-8", "LC_ALL": "ja_JP.UTF-8"}, "ja"),
        ({"LANG": "ja_JP.UTF-8", "LC_ALL": ""}, "ja"),
        ({"LANG": "ja_JP.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "POSIX"}, "en"),
        ({"LANG": "fr_FR.UTF-8"}, "en"),
    ],
)
def test_a_terminal_speaks_the_language_of_its_locale(environment: dict[str, str], language: str) -> None:
    assert language_of_locale(environment) == language
