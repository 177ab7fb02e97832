"""The sentence of a warning: what somebody who shares may not have meant."""

from __future__ import annotations

from typing import Protocol

from entaku.modules.sharing.sentences.reasons import ShareWarning
from entaku.modules.sharing.sentences.vocabulary import Vocabulary


class WarningWords(Vocabulary, Protocol):
    """What one language says of a share that was just made of a resource of some kind."""

    def grants_nothing(self, warning: ShareWarning) -> str: ...

    def outranks(self, kind: str, warning: ShareWarning) -> str:
        """About whoever is reached in two ways."""
        ...

    def lowers(self, kind: str, warning: ShareWarning) -> str:
        """About the person with whom the share is."""
        ...


def warning_sentence(words: WarningWords, kind: str, warning: ShareWarning) -> str:
    """`kind` is that of the resource, as in `library`."""
    match warning.kind:
        case "ended":
            return words.grants_nothing(warning)
        case "outranks":
            return words.outranks(kind, warning)
        case "lowers":
            return words.lowers(kind, warning)
