"""An organisation as a file describes it: one value, the same whatever format it was read from.

What a file does not say is unset, and stays as it is in the tenant; what the file creates then has the default. None
says that there is none. References are ids. A value is applied only after `check_workspace` has found nothing wrong
with it; until then a reference may lead nowhere.
"""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from entaku.core.clock import from_ms, to_ms
from entaku.modules.accounts import Principal
from entaku.modules.sharing import Permission

Policy: TypeAlias = Literal["precedence", "union"]
Level: TypeAlias = Literal["member", "tenant_admin"]
State: TypeAlias = Literal["active", "deactivated"]

PERMISSIONS: tuple[Permission, ...] = tuple(Permission)


class Department(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    parent: str | UnsetType | None = UNSET
    """The department it belongs to; None at the top."""


class Role(msgspec.Struct, frozen=True, kw_only=True):
    """A job title."""

    id: str
    name: str


class Group(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    description: str | UnsetType = UNSET
    parents: tuple[str, ...] = ()
    """The groups that contain it: its members are members of these too."""


class User(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    email: str | UnsetType | None = UNSET
    level: Level | UnsetType = UNSET
    state: State | UnsetType = UNSET
    is_service: bool | UnsetType = UNSET
    """True for an account that no person signs in with."""
    department: str | UnsetType | None = UNSET
    role: str | UnsetType | None = UNSET
    groups: tuple[str, ...] = ()
    """The groups this user is a direct member of."""


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """One statement: what it leaves out has its default, also when the library is shared with the principal already."""

    principal: Principal
    permissions: tuple[Permission, ...] = (Permission.READ,)
    """In the order of `Permission`, each at most once."""
    starts_at: datetime | None = None
    """The first instant at which the share counts; None when it counts at once."""
    expires_at: datetime | None = None
    """The first instant at which the share no longer counts; None when it has no end."""
    include_children: bool = True
    """Whether a share with a department reaches the departments below it."""
    delegated_by: str | None = None
    """Who passed the library on without managing it, which adds and never lowers anyone; None for a manager's share.
    The person may be gone by now."""


class Library(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    owner: str
    description: str | UnsetType = UNSET
    discoverable: bool | UnsetType = UNSET
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


def said(**fields: Any) -> dict[str, Any]:
    """The fields that are set, for what takes its own default where nothing is said."""
    return {name: value for name, value in fields.items() if value is not UNSET}


def normal_text(text: str) -> str:
    """A name or description as it is kept: composed (NFC), without space around it."""
    return unicodedata.normalize("NFC", text).strip()


def normal_instant(at: datetime) -> datetime:
    """An instant as shares keep it: cut to milliseconds."""
    return from_ms(to_ms(at))
