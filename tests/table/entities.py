"""The entities that the contract suite stores: one for each thing that the table can be asked to do."""

from __future__ import annotations

import enum
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from entaku.table import Entity, access, key, upgrade


class OwnerKind(enum.StrEnum):
    USER = "USER"
    GROUP = "GROUP"


class Owner(msgspec.Struct, frozen=True):
    kind: OwnerKind
    id: str


class Note(Entity, kind="NOTE", changes=True):
    """Listed by its own key, by an index that always shows it, and by one that shows it only with an owner."""

    book: str
    id: str
    text: str = ""
    stars: int = 0
    owner: Owner | None = None

    @key("BOOK#{book}", "NOTE#{id}")
    def at(*, book: str, id: str) -> None:
        "One note."

    @access("BOOK#{book}", "NOTE#")
    def in_book(*, book: str) -> None:
        "The notes of a book, by id."

    @access("STARS#{book}", "{stars:w6}#{id}", index=1)
    def by_stars(*, book: str) -> None:
        "The notes of a book, by stars."

    @access("STARS#{book}", "{stars:w6}#", index=1)
    def with_stars(*, book: str, stars: int) -> None:
        "The notes of a book with so many stars."

    @access("OWNER#{owner}", "{book}#{id}", index=2)
    def of_owner(*, owner: Owner) -> None:
        "What somebody owns, by book."


class Chapter(Entity, kind="CHAPTER"):
    """Several levels in one partition: prefixes must end at the borders of components."""

    book: str
    part: str
    number: int

    @key("CONTENTS#{book}", "PART#{part}#CHAPTER#{number:w4}")
    def at(*, book: str, part: str, number: int) -> None:
        "One chapter."

    @access("CONTENTS#{book}", "PART#{part}#")
    def in_part(*, book: str, part: str) -> None:
        "The chapters of a part, in order."


class Member(Entity, kind="MEMBER"):
    """Listed whole, over eight shards."""

    id: str
    name: str

    @key("MEMBER#{id}", "PROFILE")
    def at(*, id: str) -> None:
        "One member."

    @access("MEMBERS#{id:shard8}", "{name:fold}#{id}", index=3)
    def by_name() -> None:
        "All members, by name."


class Token(Entity, kind="TOKEN", expires="expires_at", changes=True):
    """Vanishes by itself."""

    user: str
    id: str
    expires_at: datetime | None = None
    uses: int = 0

    @key("USER#{user}", "TOKEN#{id}")
    def at(*, user: str, id: str) -> None:
        "One token."

    @access("USER#{user}", "TOKEN#")
    def of_user(*, user: str) -> None:
        "The tokens of a user."

    @access("USES#{user}", "{uses:w6}#{id}", index=1)
    def by_uses(*, user: str) -> None:
        "The tokens of a user, least used first."


class Account(Entity, kind="ACCOUNT"):
    """Something to move amounts between."""

    id: str
    balance: int = 0

    @key("ACCOUNT#{id}", "BALANCE")
    def at(*, id: str) -> None:
        "One account."


class Sample(Entity, kind="SAMPLE"):
    """A field of every type."""

    id: str
    amount: Decimal | None = None
    count: int = 0
    ratio: float = 0.0
    raw: bytes = b""
    tags: frozenset[str] = frozenset()
    at_time: datetime | None = None
    note: str | msgspec.UnsetType | None = msgspec.UNSET
    nested: dict[str, list[int]] = msgspec.field(default_factory=dict[str, list[int]])
    owner: Owner | None = None

    @key("SAMPLE#{id}", "SAMPLE")
    def at(*, id: str) -> None:
        "One sample."


class Site(Entity, kind="SITE", scope="platform"):
    """Of the platform itself, in the partition that a tenant of its id begins with."""

    id: str
    name: str = ""

    @key("TENANT#{id}", "METADATA")
    def at(*, id: str) -> None:
        "One site."


class Paper(Entity, kind="PAPER", schema=2):
    """As today's program knows it."""

    id: str
    title: str
    pages: int = 1
    price: Decimal = Decimal(0)

    @key("PAPER#{id}", "PAPER")
    def at(*, id: str) -> None:
        "One paper."

    @access("PAPERS", "{title}#{id}", index=1)
    def by_title() -> None:
        "All papers, by title."

    @staticmethod
    @upgrade(1)
    def _name_became_title(fields: dict[str, Any]) -> dict[str, Any]:
        return {"title": fields.pop("name").title(), **fields}


class OldPaper(Entity, kind="PAPER"):
    """As the program before knew it."""

    id: str
    name: str
    pages: int = 1
    price: Decimal = Decimal(0)

    @key("PAPER#{id}", "PAPER")
    def at(*, id: str) -> None:
        "One paper."

    @access("PAPERS", "{name}#{id}", index=1)
    def by_name() -> None:
        "All papers, by name."


ENTITIES = (Note, Chapter, Member, Token, Account, Sample, Site, Paper)
