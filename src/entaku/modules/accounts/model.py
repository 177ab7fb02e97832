"""What accounts keeps: tenants, people, and the directory of departments, roles and groups.

TENANT#t                / METADATA              Tenant (platform)
TENANT#t                / NOTE#{version}        TenantNote (platform)
SUBDOMAIN#s             / GUARD                 SubdomainGuard (platform)
USER#u                  / PROFILE               UserProfile; its version is the user's version
EMAIL#e                 / GUARD                 EmailGuard
PRINCIPAL#{kind}#{id}   / MEMBER#u              Member, in the same transaction as the profile
DIRECTORY               / VERSION               Directory; its version is the directory version
DIRECTORY               / DEPARTMENT#d          Department
DIRECTORY               / GROUP#g               Group
DIRECTORY               / ROLE#r                Role
USAGE                   / COUNTERS              Usage
"""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

import msgspec

from entaku.core.context import AccessLevel
from entaku.modules.accounts.principals import Principal
from entaku.table import Entity, access, key

GROUP_LEVELS_MAX = 32
DEPARTMENT_LEVELS_MAX = 32
DIRECT_GROUPS_MAX = 500
GROUP_CHANGES_MAX = 60
"""Groups joined and left in one change: each is an action of the transaction."""
DIRECTORY_ITEMS_MAX = 20_000
"""Departments, roles or groups of one tenant: a process keeps them all in memory."""


class TenantState(enum.StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    """Nobody of the tenant gets in; nothing is lost."""
    DELETED = "deleted"
    """As suspended, and to be purged after the retention."""
    PURGING = "purging"
    """What it has is being erased; nothing brings it back."""


class SharingPolicy(enum.StrEnum):
    """How shares of several levels add up."""

    PRECEDENCE = "precedence"
    """The nearest level that grants anything decides."""
    UNION = "union"
    """All levels together."""


class UserState(enum.StrEnum):
    ACTIVE = "active"
    DEACTIVATED = "deactivated"
    DELETING = "deleting"
    """Denied already; what refers to the user is being removed."""


class EntryState(enum.StrEnum):
    ACTIVE = "active"
    DELETING = "deleting"
    """Nothing new may refer to it."""


class Tenant(Entity, kind="TENANT", scope="platform", changes=True):
    """A customer of the product."""

    tenant_id: str
    name: str
    subdomain: str
    tier: str
    state: TenantState = TenantState.ACTIVE
    limits: dict[str, int] = msgspec.field(default_factory=dict[str, int])
    """Overrides of the tier's limits, by name."""
    tokens_valid_from: datetime | None = None
    """Access tokens issued until then are refused."""
    purge_after: datetime | None = None

    @key("TENANT#{tenant_id}", "METADATA")
    def at(*, tenant_id: str) -> None:
        "One tenant."

    @access("TENANTS#{tenant_id:shard8}", "{name:fold}#{tenant_id}", index=1)
    def by_name() -> None:
        "All tenants, by name."


class TenantNote(Entity, kind="TENANT_NOTE", scope="platform"):
    """A change of a tenant that its own audit trail does not show yet."""

    tenant_id: str
    target_version: int
    """The tenant's, with the change."""
    tenant_created_at: datetime
    """Tells the tenant from an earlier one of the same id."""
    noted_at: datetime
    action: str
    actor: str
    request_id: str
    before: dict[str, Any]
    """The fields that differ."""
    after: dict[str, Any]

    @key("TENANT#{tenant_id}", "NOTE#{target_version:w20}")
    def at(*, tenant_id: str, target_version: int) -> None:
        "One change."

    @access("TENANT#{tenant_id}", "NOTE#")
    def of_tenant(*, tenant_id: str) -> None:
        "The changes of a tenant that are not in its trail yet, oldest first."


class SubdomainGuard(Entity, kind="SUBDOMAIN", scope="platform"):
    """Makes a sub-domain belong to one tenant."""

    subdomain: str
    tenant_id: str

    @key("SUBDOMAIN#{subdomain}", "GUARD")
    def at(*, subdomain: str) -> None:
        "The tenant that has a sub-domain."


class UserProfile(Entity, kind="USER", changes=True):
    """A person, or a service that acts as one. Its version is the user's version."""

    user_id: str
    name: str
    email: str | None = None
    level: AccessLevel = AccessLevel.MEMBER
    state: UserState = UserState.ACTIVE
    is_service: bool = False
    """Not a person: owns things and acts by itself."""
    department: str | None = None
    role: str | None = None
    groups: frozenset[str] = frozenset()
    """The groups the user is directly in."""
    tokens_valid_from: datetime | None = None
    """When the user was last deactivated: access tokens issued until then are refused, also after they are let in."""

    @key("USER#{user_id}", "PROFILE")
    def at(*, user_id: str) -> None:
        "One user."

    @access("USERS#{user_id:shard8}", "{name:fold}#{user_id}", index=1)
    def by_name() -> None:
        "All users of the tenant, by name."


class EmailGuard(Entity, kind="EMAIL"):
    """Makes an e-mail address belong to one user."""

    email: str
    """Casefolded."""
    user_id: str

    @key("EMAIL#{email}", "GUARD")
    def at(*, email: str) -> None:
        "The user who has an address."


class Member(Entity, kind="MEMBER"):
    """That a user is directly in a department, role or group; a base item, for members must be found for certain."""

    principal: Principal
    user_id: str

    @key("PRINCIPAL#{principal}", "MEMBER#{user_id}")
    def at(*, principal: Principal, user_id: str) -> None:
        "One membership."

    @access("PRINCIPAL#{principal}", "MEMBER#")
    def of_principal(*, principal: Principal) -> None:
        "The direct members of a principal, by user id."


class Directory(Entity, kind="DIRECTORY", changes=True):
    """What everything in a tenant's directory depends on. Every change of the directory advances its version."""

    sharing_policy: SharingPolicy = SharingPolicy.PRECEDENCE
    revision: int = 0
    """Counts the changes, so that each of them is one of this item too."""

    @key("DIRECTORY", "VERSION")
    def at() -> None:
        "The directory's version and the tenant's sharing policy."


class Department(Entity, kind="DEPARTMENT"):
    """A part of the organisation; departments are a tree."""

    department_id: str
    name: str
    parent: str | None = None
    state: EntryState = EntryState.ACTIVE

    @key("DIRECTORY", "DEPARTMENT#{department_id}")
    def at(*, department_id: str) -> None:
        "One department."

    @access("DIRECTORY", "DEPARTMENT#")
    def all() -> None:
        "All departments, by id."


class Role(Entity, kind="ROLE"):
    """A job title."""

    role_id: str
    name: str
    state: EntryState = EntryState.ACTIVE

    @key("DIRECTORY", "ROLE#{role_id}")
    def at(*, role_id: str) -> None:
        "One role."

    @access("DIRECTORY", "ROLE#")
    def all() -> None:
        "All roles, by id."


class Group(Entity, kind="GROUP"):
    """People put together for a purpose; groups may stand inside groups."""

    group_id: str
    name: str
    description: str = ""
    parents: frozenset[str] = frozenset()
    """The groups that contain this one: its members are theirs too."""
    state: EntryState = EntryState.ACTIVE

    @key("DIRECTORY", "GROUP#{group_id}")
    def at(*, group_id: str) -> None:
        "One group."

    @access("DIRECTORY", "GROUP#")
    def all() -> None:
        "All groups, by id."


class Usage(Entity, kind="USAGE"):
    """How much of its limits a tenant uses; counted in the transactions that create and delete."""

    users: int = 0
    libraries: int = 0

    @key("USAGE", "COUNTERS")
    def at() -> None:
        "The counters of the tenant."


ENTITIES = (
    Tenant,
    TenantNote,
    SubdomainGuard,
    UserProfile,
    EmailGuard,
    Member,
    Directory,
    Department,
    Role,
    Group,
    Usage,
)
