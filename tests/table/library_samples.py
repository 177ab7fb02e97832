"""A small model with one of everything that a declaration can hold, for the tools that read declarations."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

import msgspec

from entaku.table import Entity, Model, access, key, upgrade


class Permission(enum.StrEnum):
    READ = "read"
    WRITE = "write"


class Principal(msgspec.Struct, frozen=True):
    kind: str
    id: str


class Library(Entity, kind="LIBRARY", schema=2, changes=True):
    """A collection of documents."""

    library_id: str
    name: str
    parent: str | None = None

    @key("LIBRARY#{library_id}", "METADATA")
    def at(*, library_id: str) -> None:
        "One library."

    @access("LIBRARIES#{library_id:shard8}", "{name:fold}#{library_id}", index=1)
    def by_name() -> None:
        "All libraries, by name."

    @upgrade(1)
    @staticmethod
    def named(fields: dict[str, Any]) -> dict[str, Any]:
        return {"name": fields["library_id"], **fields}


class Share(Entity, kind="SHARE"):
    """That a library | collection is shared."""

    library_id: str
    principal: Principal
    permissions: frozenset[Permission]
    expires_at: datetime | None = None

    @key("LIBRARY#{library_id}", "SHARE#{principal}")
    def at(*, library_id: str, principal: Principal) -> None:
        "The share of a library with one principal."

    @access("LIBRARY#{library_id}", "SHARE#")
    def in_library(*, library_id: str) -> None:
        "All shares of a library, by principal."

    @access("ENDING#{expires_at:day}", "{expires_at}#{library_id}#{principal}", index=2)
    def ending_on(*, expires_at: date) -> None:
        "Shares that end on a day, earliest first."


class Profile(Entity, kind="PROFILE"):
    user_id: str

    @key("USER#{user_id}", "PROFILE")
    def at(*, user_id: str) -> None:
        "One user."


class Visit(Entity, kind="VISIT", expires="forgotten_at"):
    """That a user was here."""

    visitor: str
    number: int
    forgotten_at: datetime

    @key("USER#{visitor}", "VISIT#{number:w6}")
    def at(*, visitor: str, number: int) -> None:
        "One visit."


class Region(Entity, kind="REGION", scope="platform"):
    """Where tenants live."""

    region_id: str

    @key("REGION#{region_id}", "METADATA")
    def at(*, region_id: str) -> None:
        "One region."


ENTITIES = (Library, Share, Profile, Visit, Region)
MODEL = Model(ENTITIES)
