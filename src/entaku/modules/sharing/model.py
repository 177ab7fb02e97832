"""What sharing keeps: libraries, who owns them, and their shares, each under the library and again under its principal.

    LIBRARY#l               / METADATA                  Library
    LIBRARY#l               / SHARE#{kind}#{id}         Share
    PRINCIPAL#{kind}#{id}   / SHARE#LIBRARY#l           PrincipalShare: the same share, found for certain by principal
    USER#u                  / OWNED#LIBRARY#l           Ownership

What is shared is a resource, a kind and an id; a library is the kind that comes with the module. Another kind has
`DOSSIER` in place of `LIBRARY`, whatever else its module keeps there.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar

import msgspec

from entaku.core.languages import Language
from entaku.modules.accounts import Principal
from entaku.modules.sharing.shareable import Resource, Shareable, before_there_was_a_bin
from entaku.table import Entity, access, key, upgrade

SHARES_CHANGED_MAX = 20
"""Shares added or removed in one change: with twin, audit record and checks they must fit one transaction."""
SHARES_OF_LIBRARY_MAX = 5_000
REACHED_MAX = 50_000
"""Shares of one principal that a list reads."""


class Permission(enum.StrEnum):
    """What one may do with a library. Every share grants `read`; the owner has all four."""

    READ = "read"
    WRITE = "write"
    DELETE = "delete"
    SHARE = "share"


ALL_PERMISSIONS = frozenset(Permission)


def in_order(permissions: Iterable[Permission]) -> tuple[Permission, ...]:
    """The permissions as they are always shown: read, write, delete, share."""
    return tuple(sorted(permissions, key=_ORDER.__getitem__))


_ORDER = {permission: place for place, permission in enumerate(Permission)}


def library_resource(library_id: str) -> Resource:
    return Resource("library", library_id)


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What a share grants, when, and on whose word."""

    permissions: frozenset[Permission]
    starts_at: datetime | None = None
    """Started means now >= starts_at; None is from the beginning."""
    expires_at: datetime | None = None
    """Ended means now >= expires_at; None is for good. A field of the domain, not the table's expiry."""
    include_children: bool = True
    """Whether a share with a department reaches the departments below it."""
    granted_by: str
    granted_at: datetime
    is_delegated: bool = False
    """Granted by a holder of `share` who is neither owner nor administrator: it adds, and never lowers anyone."""

    def is_live(self, now: datetime) -> bool:
        return (self.starts_at is None or now >= self.starts_at) and not self.has_ended(now)

    def has_ended(self, now: datetime) -> bool:
        return self.expires_at is not None and now >= self.expires_at

    def grants_the_same(self, other: Terms) -> bool:
        """Whether both grant the same for the same time; who granted it, and when, does not matter."""
        return (
            self.permissions == other.permissions
            and self.starts_at == other.starts_at
            and self.expires_at == other.expires_at
            and self.include_children == other.include_children
        )


class Library(Shareable, kind="LIBRARY", schema=2, changes=True):
    """A collection of documents: the kind of resource that comes with the module."""

    called: ClassVar[Mapping[Language, str]] = {Language.JAPANESE: "ライブラリ"}

    library_id: str
    description: str = ""

    @key("LIBRARY#{library_id}", "METADATA")
    def at(*, library_id: str) -> None:
        "One library."

    @access("LIBRARIES#{library_id:shard8}", "{name:fold}#{library_id}", index=1)
    def by_name() -> None:
        "All libraries of the tenant, by name."

    @upgrade(1)
    @staticmethod
    def from_1(fields: dict[str, Any]) -> dict[str, Any]:
        """Libraries could not be archived, and none was kept in a bin."""
        return before_there_was_a_bin(fields)

    @property
    def resource(self) -> Resource:
        return library_resource(self.library_id)


class Share(Entity, kind="SHARE", changes=True):
    """That a resource is shared with a principal."""

    resource: Resource
    principal: Principal
    terms: Terms

    @key("{resource.kind:upper}#{resource.id}", "SHARE#{principal}")
    def at(*, resource: Resource, principal: Principal) -> None:
        "The share of a resource with one principal."

    @access("{resource.kind:upper}#{resource.id}", "SHARE#")
    def of_resource(*, resource: Resource) -> None:
        "All shares of a resource, by kind and id of the principal."


class PrincipalShare(Entity, kind="PRINCIPAL_SHARE"):
    """The same share under its principal; a base item, because the shares of a principal must be found for certain."""

    principal: Principal
    resource: Resource
    terms: Terms

    @key("PRINCIPAL#{principal}", "SHARE#{resource.kind:upper}#{resource.id}")
    def at(*, principal: Principal, resource: Resource) -> None:
        "The share of a principal in one resource."

    @access("PRINCIPAL#{principal}", "SHARE#")
    def of_principal(*, principal: Principal) -> None:
        "All shares with a principal, by kind and id of the resource."


class Ownership(Entity, kind="OWNERSHIP"):
    """That a user owns a resource; a base item, because what somebody owns must be found for certain."""

    owner: str
    resource: Resource

    @key("USER#{owner}", "OWNED#{resource.kind:upper}#{resource.id}")
    def at(*, owner: str, resource: Resource) -> None:
        "The ownership of one resource."

    @access("USER#{owner}", "OWNED#")
    def of_owner(*, owner: str) -> None:
        "Everything a user owns, by kind and id."


ENTITIES = (Library, Share, PrincipalShare, Ownership)
