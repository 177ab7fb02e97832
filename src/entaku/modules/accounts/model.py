"""What accounts keeps: tenants, people, and the directory of departments, roles and groups.

TENANT#t                / METADATA              Tenant (platform)
TENANT#t                / NOTE#{version}        TenantNote (platform)
SUBDOMAIN#s             / GUARD                 SubdomainGuard (platform)
USER#u                  / PROFILE               UserProfile; its version is the user's version
USER#u                  / FORMER#{version}      FormerUser
EMAIL#e                 / GUARD                 EmailGuard
PRINCIPAL#{kind}#{id}   / MEMBER#u              Member, in the same transaction as the profile
DIRECTORY               / VERSION               Directory; its version is the directory version
DIRECTORY               / DEPARTMENT#d          Department
DIRECTORY               / GROUP#g               Group
DIRECTORY               / ROLE#r                Role
USAGE                   / COUNTERS              Usage
SERVICES                / ACCOUNT#u             ServiceAccount, in the same transaction as its profile
SERVICE#u               / KEY#k                 ApiKey
"""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

import msgspec

from entaku.core.context import AccessLevel, Scope
from entaku.modules.accounts.principals import Principal
from entaku.modules.accounts.sign_in.issuer_model import ISSUER_ENTITIES
from entaku.modules.accounts.sign_in.issuer_rules import IssuerRule
from entaku.table import Entity, access, key, upgrade

GROUP_LEVELS_MAX = 32
DEPARTMENT_LEVELS_MAX = 32
DIRECT_GROUPS_MAX = 500
GROUP_CHANGES_MAX = 60
"""Groups joined and left in one change: each is an action of the transaction."""
DIRECTORY_ITEMS_MAX = 20_000
"""Departments, roles or groups of one tenant: a process keeps them all in memory."""
API_KEYS_MAX = 10
"""Keys of one service account. All are read together, and removed in one transaction with the account."""


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


class Tenant(Entity, kind="TENANT", schema=2, scope="platform", changes=True):
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
    issuers: tuple[IssuerRule, ...] = ()
    """Whose tokens are good here, by id. What finds the tenant for a token is kept in `issuer_model`."""

    @key("TENANT#{tenant_id}", "METADATA")
    def at(*, tenant_id: str) -> None:
        "One tenant."

    @access("TENANTS#{tenant_id:shard8}", "{name:fold}#{tenant_id}", index=1)
    def by_name() -> None:
        "All tenants, by name."

    @upgrade(1)
    @staticmethod
    def from_1(fields: dict[str, Any]) -> dict[str, Any]:
        """Issuers came; an older tenant has none."""
        return fields


class TenantNote(Entity, kind="TENANT_NOTE", scope="platform", schema=2):
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
    actor_tenant: str | None = None
    api_key: str | None = None

    @key("TENANT#{tenant_id}", "NOTE#{target_version:w20}")
    def at(*, tenant_id: str, target_version: int) -> None:
        "One change."

    @access("TENANT#{tenant_id}", "NOTE#")
    def of_tenant(*, tenant_id: str) -> None:
        "The changes of a tenant that are not in its trail yet, oldest first."

    @upgrade(1)
    @staticmethod
    def from_1(fields: dict[str, Any]) -> dict[str, Any]:
        """There were no API keys, and the tenant of an operator was not noted."""
        return fields


class SubdomainGuard(Entity, kind="SUBDOMAIN", scope="platform"):
    """Makes a sub-domain belong to one tenant."""

    subdomain: str
    tenant_id: str

    @key("SUBDOMAIN#{subdomain}", "GUARD")
    def at(*, subdomain: str) -> None:
        "The tenant that has a sub-domain."


class UserProfile(Entity, kind="USER", schema=2, changes=True):
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
    known_since: datetime | None = None
    """When the token was issued by which the user was made; earlier ones are refused. None where somebody made the
    user: then it is since the creation."""

    @key("USER#{user_id}", "PROFILE")
    def at(*, user_id: str) -> None:
        "One user."

    @access("USERS#{user_id:shard8}", "{name:fold}#{user_id}", index=1)
    def by_name() -> None:
        "All users of the tenant, by name."

    @upgrade(1)
    @staticmethod
    def from_1(fields: dict[str, Any]) -> dict[str, Any]:
        """Who is made by a token is known since that was issued; nobody was before."""
        return fields


class FormerUser(Entity, kind="FORMER_USER", expires="expires_at"):
    """That a user was deleted: tokens issued until then make no new user of that id. Kept for as long as a token of
    another issuer is good."""

    user_id: str
    last_version: int
    """The user's, which never repeats."""
    ended_at: datetime
    expires_at: datetime

    @key("USER#{user_id}", "FORMER#{last_version:w20}")
    def at(*, user_id: str, last_version: int) -> None:
        "One deletion."

    @access("USER#{user_id}", "FORMER#")
    def of_user(*, user_id: str) -> None:
        "The deletions of users of an id, oldest first."


class EmailGuard(Entity, kind="EMAIL"):
    """Makes an e-mail address belong to one user."""

    email: str
    """Casefolded."""
    user_id: str

    @key("EMAIL#{email}", "GUARD")
    def at(*, email: str) -> None:
        "The user who has an address."


class Member(Entity, kind="MEMBER"):
    """That a user is directly in a department, role or group, or of the organisation, as everybody is; a base item, for
    members must be found for certain."""

    principal: Principal
    user_id: str

    @key("PRINCIPAL#{principal}", "MEMBER#{user_id}")
    def at(*, principal: Principal, user_id: str) -> None:
        "One membership."

    @access("PRINCIPAL#{principal}", "MEMBER#")
    def of_principal(*, principal: Principal) -> None:
        "The direct members of a principal, by user id."


class Directory(Entity, kind="DIRECTORY", schema=2, changes=True):
    """What everything in a tenant's directory depends on. Every change of the directory advances its version."""

    sharing_policy: SharingPolicy = SharingPolicy.PRECEDENCE
    revision: int = 0
    """Counts the changes, so that each of them is one of this item too."""
    has_roll: bool = False
    """Whether every user has the member item of the organisation: of tenants from before there were any, not yet."""

    @key("DIRECTORY", "VERSION")
    def at() -> None:
        "The directory's version and the tenant's sharing policy."

    @upgrade(1)
    @staticmethod
    def from_1(fields: dict[str, Any]) -> dict[str, Any]:
        """Users were not yet entered as members of the organisation."""
        return fields


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


class ServiceAccount(Entity, kind="SERVICE_ACCOUNT"):
    """That a user is a service account; a base item, so that the list of them is certain."""

    user_id: str
    revision: int = 0
    """Counts the keys that were made, so that two made at once are made one after the other, within their limit."""

    @key("SERVICES", "ACCOUNT#{user_id}")
    def at(*, user_id: str) -> None:
        "One service account."

    @access("SERVICES", "ACCOUNT#")
    def all() -> None:
        "All service accounts of the tenant, by id."


class ApiKey(Entity, kind="API_KEY", changes=True, expires="expires_at"):
    """A secret by which a service account calls. Only its hash is kept."""

    user_id: str
    key_id: str
    secret_hash: str
    """SHA-256 of the whole text, in hexadecimal."""
    scopes: frozenset[Scope]
    expires_at: datetime | None = None
    last_used_on: date | None = None
    """The last day, in UTC, on which somebody called with it."""

    @key("SERVICE#{user_id}", "KEY#{key_id}")
    def at(*, user_id: str, key_id: str) -> None:
        "One key of a service account."

    @access("SERVICE#{user_id}", "KEY#")
    def of_account(*, user_id: str) -> None:
        "The keys of a service account, by id."


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
    ServiceAccount,
    ApiKey,
    FormerUser,
    *ISSUER_ENTITIES,
)
