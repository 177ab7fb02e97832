"""The languages in which people are answered in sentences, and which of them somebody wants.

Facts have no language: what is stored or compared is data, and becomes a sentence where it is shown.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping

RANGES_MAX = 32
"""Languages of one wish that are looked at: more than anybody reads."""

_LOCALE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
# RFC 9110, 12.5.4 and 12.4.2: a language range, and how much it is wanted, with at most three digits. The framework
# reads such lists of media types only, and takes what is not wanted at all (q=0) for what is wanted least.
_RANGE = re.compile(
    r"\s*(?P<range>\*|[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)\s*(?:;\s*[qQ]=(?P<quality>[01](?:\.\d{0,3})?))?\s*"
)


class Language(enum.StrEnum):
    """By its tag in RFC 5646. The first one is what everybody is answered in who wants none of them."""

    ENGLISH = "en"
    JAPANESE = "ja"


def accepted_language(header: str | None) -> Language:
    """The language that an Accept-Language header likes best; of two it likes the same, the one it names first.

    A range for a country, as `ja-JP`, is one for its language. What is no language range is passed over, and nobody is
    refused for their language.
    """
    wanted: dict[Language, float] = {}
    others: float | None = None
    for part in (header or "").split(",", RANGES_MAX)[:RANGES_MAX]:
        match = _RANGE.fullmatch(part)
        quality = float(match["quality"] or 1) if match else 0.0
        if match is None or quality > 1:
            continue
        if match["range"] == "*":
            others = quality if others is None else others
        elif (language := _named(match["range"])) is not None:
            wanted[language] = max(quality, wanted.get(language, 0.0))
    for language in Language:
        wanted.setdefault(language, others or 0.0)
    best = max(wanted, key=wanted.__getitem__)
    return best if wanted[best] > 0 else Language.ENGLISH


def language_of_locale(environment: Mapping[str, str]) -> Language:
    """The language of a terminal, as in `LANG=ja_JP.UTF-8`; the first of these variables that is set says it."""
    locale = next((value for name in _LOCALE_VARIABLES if (value := environment.get(name))), "")
    return _named(re.split(r"[.@]", locale)[0].replace("_", "-")) or Language.ENGLISH


def _named(tag: str) -> Language | None:
    """The language of a tag such as `ja-JP`, whatever its case."""
    primary = tag.partition("-")[0].lower()
    return Language(primary) if primary in set(Language) else None
