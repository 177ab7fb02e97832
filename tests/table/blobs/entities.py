"""Entities that keep values apart."""

from __future__ import annotations

from typing import Annotated, Any

from entaku.table import Entity, access, kept_apart, key, upgrade

ABOVE = 512
"""The largest value, in bytes, that stays in its item."""
LARGE = "円" * ABOVE
"""Is kept apart. Three bytes a character."""


class Document(Entity, kind="DOCUMENT", changes=True):
    """A text and a picture, each kept apart when it is large."""

    shelf: str
    id: str
    body: Annotated[str, kept_apart(above_bytes=ABOVE)]
    scan: Annotated[bytes | None, kept_apart(above_bytes=ABOVE)] = None
    title: str = ""
    stars: int = 0

    @key("SHELF#{shelf}", "DOCUMENT#{id}")
    def at(*, shelf: str, id: str) -> None:
        "One document."

    @access("SHELF#{shelf}", "DOCUMENT#")
    def on_shelf(*, shelf: str) -> None:
        "The documents of a shelf, by id."

    @access("STARS#{shelf}", "{stars:w6}#{id}", index=1)
    def by_stars(*, shelf: str) -> None:
        "The documents of a shelf, by stars."

    def __post_init__(self) -> None:
        if not isinstance(self.body, str):
            raise TypeError("a whole document has a text")


class Notice(Entity, kind="NOTICE", scope="platform"):
    """Something that the platform itself keeps apart."""

    id: str
    text: Annotated[str, kept_apart(above_bytes=ABOVE)] = ""

    @key("NOTICE#{id}", "NOTICE")
    def at(*, id: str) -> None:
        "One notice."


class OldPage(Entity, kind="PAGE"):
    """A page as the program before declares it."""

    id: str
    words: str | None = None

    @key("PAGE#{id}", "PAGE")
    def at(*, id: str) -> None:
        "One page."


class Page(Entity, kind="PAGE", schema=2):
    """The same, with its text kept apart."""

    id: str
    words: Annotated[str | None, kept_apart(above_bytes=ABOVE)] = None

    @key("PAGE#{id}", "PAGE")
    def at(*, id: str) -> None:
        "One page."

    @upgrade(1)
    @staticmethod
    def from_1(fields: dict[str, Any]) -> dict[str, Any]:
        return fields


class NewPage(Entity, kind="PAGE", schema=3):
    """The same, under another name of the field."""

    id: str
    text: Annotated[str | None, kept_apart(above_bytes=ABOVE)] = None

    @key("PAGE#{id}", "PAGE")
    def at(*, id: str) -> None:
        "One page."

    @upgrade(1)
    @staticmethod
    def from_1(fields: dict[str, Any]) -> dict[str, Any]:
        return fields

    @upgrade(2)
    @staticmethod
    def from_2(fields: dict[str, Any]) -> dict[str, Any]:
        return {"id": fields["id"], "text": fields["words"], "text_apart": fields["words_apart"]}


class Forgetful(Entity, kind="PAGE", schema=3):
    """The same, by somebody who has not thought of what is kept apart."""

    id: str
    words: Annotated[str, kept_apart(above_bytes=ABOVE)]

    @key("PAGE#{id}", "PAGE")
    def at(*, id: str) -> None:
        "One page."

    @upgrade(1)
    @staticmethod
    def from_1(fields: dict[str, Any]) -> dict[str, Any]:
        return fields

    @upgrade(2)
    @staticmethod
    def from_2(fields: dict[str, Any]) -> dict[str, Any]:
        return {"id": fields["id"], "words": fields["words"]}


ENTITIES = (Document, Notice, Page)

AT = Document.at(shelf="s", id="d1")


def document(name: str = "d1", **fields: Any) -> Document:
    """A document with a large text."""
    return Document(**{"shelf": "s", "id": name, "body": LARGE, **fields})
