"""What the module keeps: documents, their texts apart from them, and dossiers.

    LIBRARY#l / DOCUMENT#{since}#d      Document: what lists show
    LIBRARY#l / TEXT#{since}#d          DocumentText: what only a reader of the document reads
    DOSSIER#d / METADATA                Dossier: a resource of its own, with shares beside it

`since` is when the library began. The id of a deleted library may be used again, and the documents of the one before
must not appear in the new one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar

import msgspec

from entaku.core.languages import Language
from entaku.modules.sharing import Shareable, before_there_was_a_bin
from entaku.table import Entity, access, kept_apart, key, upgrade

TITLE_LENGTH_MAX = 200
TEXT_LENGTH_MAX = 200_000
ENTRIES_MAX = 50
"""Documents of one dossier."""


class DocumentRef(msgspec.Struct, frozen=True, order=True):
    """Where a document is."""

    library_id: str
    document_id: str


class Document(Entity, kind="DOCUMENT", changes=True):
    """A document without its text."""

    library_id: str
    library_since: datetime
    document_id: str
    title: str
    author: str
    """The user who wrote it first."""
    changed_at: datetime
    text_length: int
    """Characters."""
    revision: int = 0
    """Counts its changes: a text of the same length, changed in the same instant, is another version all the same."""

    @key("LIBRARY#{library_id}", "DOCUMENT#{library_since}#{document_id}")
    def at(*, library_id: str, library_since: datetime, document_id: str) -> None:
        "One document."

    @access("LIBRARY#{library_id}", "DOCUMENT#{library_since}#")
    def in_library(*, library_id: str, library_since: datetime) -> None:
        "The documents of a library, oldest first."

    @access("CHANGED#{library_id}#{library_since}", "{changed_at}#{document_id}", index=1)
    def by_change(*, library_id: str, library_since: datetime) -> None:
        "The documents of a library, by their last change."

    @access("AUTHOR#{author}", "{changed_at}#{library_id}#{library_since}#{document_id}", index=2)
    def of_author(*, author: str) -> None:
        "What somebody wrote, by its last change."

    @property
    def ref(self) -> DocumentRef:
        return DocumentRef(self.library_id, self.document_id)


class DocumentText(Entity, kind="DOCUMENT_TEXT"):
    """The text of a document, written in the transactions that write the document."""

    library_id: str
    library_since: datetime
    document_id: str
    text: Annotated[str, kept_apart()]

    @key("LIBRARY#{library_id}", "TEXT#{library_since}#{document_id}")
    def at(*, library_id: str, library_since: datetime, document_id: str) -> None:
        "The text of one document."


class Dossier(Shareable, kind="DOSSIER", schema=2, changes=True):
    """Documents put together for a purpose. To read it gives nobody a right on the documents it names."""

    called: ClassVar[Mapping[Language, str]] = {Language.JAPANESE: "資料集"}

    dossier_id: str
    purpose: str = ""
    entries: tuple[DocumentRef, ...] = ()

    @key("DOSSIER#{dossier_id}", "METADATA")
    def at(*, dossier_id: str) -> None:
        "One dossier."

    @upgrade(1)
    @staticmethod
    def from_1(fields: dict[str, Any]) -> dict[str, Any]:
        """Deleting was for good, before there was a bin."""
        return before_there_was_a_bin(fields)


ENTITIES = (Document, DocumentText, Dossier)
