"""An organisation as a file describes it: one value, the same whatever format it was read from.

References are ids. A value is applied only after `check_workspace` has found nothing wrong with it; until then a
reference may lead nowhere.
"""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import Literal, TypeAlias, get_args

import msgspec

from entaku.modules.accounts import Principal

Permission: TypeAlias = Literal["read", "write", "delete", "share"]
Policy: TypeAlias = Literal["precedence", "union"]
Level: TypeAlias = Literal["member", "tenant_admin"]
State: TypeAlias = Literal["active", "deactivated"]

PERMISSIONS: tuple[Permission, ...] = get_args(Permission)


class Department(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    parent: str | None = None
    """The department it belongs to; None at the top."""


class Role(msgspec.Struct, frozen=True, kw_only=True):
    """A job title."""

    id: str
    name: str


class Group(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    description: str = ""
    parents: tuple[str, ...] = ()
    """The groups that contain it: its members are members of these too."""


class User(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    email: str | None = None
    level: Level = "member"
    state: State = "active"
    is_service: bool = False
    """True for an account that no person signs in with."""
    department: str | None = None
    role: str | None = None
    groups: tuple[str, ...] = ()
    """The groups this user is a direct member of."""


class Share(msgspec.Struct, frozen=True, kw_only=True):
    principal: Principal
    permissions: tuple[Permission, ...] = ("read",)
    """In the order of `PERMISSIONS`, each at most once."""
    starts_at: datetime | None = None
    """The first instant at which the share counts; None when it counts at once."""
    expires_at: datetime | None = None
    """The first instant at which the share no longer counts; None when it has no end."""
    include_children: bool = True
    """Whether a share with a department reaches the departments below it."""


class Library(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    owner: str
    description: str = ""
    discoverable: bool = False
    """Whether people without access may learn that it exists."""
    shares: tuple[Share, ...] = ()


class Workspace(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a file says of one tenant. What it does not name is not meant to be removed."""

    name: str | None = None
    """The organisation's name; None leaves the tenant's as it is."""
    policy: Policy | None = None
    """How overlapping shares add up; None leaves the tenant's policy as it is."""
    departments: tuple[Department, ...] = ()
    roles: tuple[Role, ...] = ()
    groups: tuple[Group, ...] = ()
    users: tuple[User, ...] = ()
    libraries: tuple[Library, ...] = ()


def normal_text(text: str) -> str:
    """A name or description as it is kept: composed (NFC), without space around it."""
    return unicodedata.normalize("NFC", text).strip()


def in_order(permissions: tuple[str, ...]) -> tuple[Permission, ...]:
    """The permissions in their usual order, each once, so that equal sets are equal values."""
    return tuple(permission for permission in PERMISSIONS if permission in permissions)
