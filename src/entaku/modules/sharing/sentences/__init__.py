"""Sentences for people, in English and Japanese. The data a sentence is made from come first; it says nothing else.

reasons     why, or why not, and what somebody may not have meant: the data
vocabulary  what every sentence uses: people, things, principals, permissions, instants, lists (`Vocabulary`)
access      why somebody reaches a resource, or why not: what is said, in which order
warnings    what somebody who shares may not have meant
english     English: every word of the above
japanese    Japanese: the same

How a language is chosen: over REST a handler takes `language: RequestedLanguage` (`entaku.api.languages`) and answers
with `reply(..., language=language)`; on the command line a command has `@language_option` (`entaku.cli.language`). What
is stored, as the answer kept for an idempotency key, is data; a sentence is made when it is shown.

To say something else in both languages, write what is to be said as a Protocol of whole sentences, say it in a class
for each language on top of its vocabulary, and choose with `in_language`:

    class PreviewWords(Vocabulary, Protocol):
        def gains(self, who: str, thing: str, permissions: Iterable[Permission]) -> str: ...

    class EnglishPreview(English): ...
    class JapanesePreview(Japanese): ...

    words: PreviewWords = in_language(language, english=EnglishPreview(kinds), japanese=JapanesePreview(kinds))

`who` and `thing` come from the vocabulary too: `words.person(profile.name)`, `words.thing("library", library.name)`.
What a language calls a kind of resource, the entity of the kind declares: `Shareable.called`.
"""

from __future__ import annotations

from typing import Protocol, TypeVar

from entaku.core.languages import Language
from entaku.modules.sharing.sentences.access import AccessWords, Reason, access_sentence
from entaku.modules.sharing.sentences.english import English
from entaku.modules.sharing.sentences.japanese import Japanese
from entaku.modules.sharing.sentences.vocabulary import NAMED_MAX, NO_NAMES, KindNames, Vocabulary
from entaku.modules.sharing.sentences.warnings import WarningWords, warning_sentence

W = TypeVar("W")


class Words(AccessWords, WarningWords, Protocol):
    """Everything that each language has words for."""


def in_language(language: Language, *, english: W, japanese: W) -> W:
    """The one for the language."""
    match language:
        case Language.ENGLISH:
            return english
        case Language.JAPANESE:
            return japanese


def words_in(language: Language, kinds: KindNames = NO_NAMES) -> Words:
    """The words of a language about access and warnings; `kinds`: what it calls kinds of resource beside libraries."""
    words: Words = in_language(language, english=English(kinds), japanese=Japanese(kinds))
    return words


__all__ = [
    "NAMED_MAX",
    "NO_NAMES",
    "AccessWords",
    "English",
    "Japanese",
    "KindNames",
    "Language",
    "Reason",
    "Vocabulary",
    "WarningWords",
    "Words",
    "access_sentence",
    "in_language",
    "warning_sentence",
    "words_in",
]
