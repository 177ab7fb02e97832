"""Accounts: tenants, the people and the directory of each, and who calls.

principals      whom one can share with: a person, a group, a role, a department, the organisation
model           the entities
hierarchy       the directory as a graph: which principals a person is (pure)
hierarchies     the graphs that this process keeps, by directory version
acting          who calls, asked again in the transaction that writes
tenants         Tenants: the registry; settings and limits of each
tenant_trail    what operators do to a tenant, in the tenant's own audit trail
purging         Purging: what is left of deleted tenants, erased
entries         what departments, roles and groups have in common
directory       DirectoryService: departments, roles, groups
profiles        profiles as values: what a change makes of one (pure)
users           Users: people and their memberships
administrators  Administrators: how operators let the first person into a tenant
limits          Limits: tiers, overrides, usage
tokens          Tokens, KeyRing: access tokens minted and read
authentication  Authentication: from a token to the actor
service         Accounts: all of them together
bodies, views   what comes in and goes out over the wire
routes          /api/tenants, /api/tenant, /api/users, /api/departments, /api/roles, /api/groups, /api/me
"""

from typing import Any

from entaku.modules.accounts.acting import Reads, check_acting, run_acting
from entaku.modules.accounts.administrators import Administrators, NewAdministrator
from entaku.modules.accounts.authentication import Authentication
from entaku.modules.accounts.directory import (
    ENTRIES_PUT_MAX,
    DirectoryService,
    EntryChange,
    Releaser,
    StillDeleted,
)
from entaku.modules.accounts.entries import check_version, principal_of
from entaku.modules.accounts.hierarchies import Hierarchies
from entaku.modules.accounts.hierarchy import Hierarchy, Membership
from entaku.modules.accounts.limits import TIERS, Limits, Tier
from entaku.modules.accounts.model import (
    DEPARTMENT_LEVELS_MAX,
    DIRECT_GROUPS_MAX,
    DIRECTORY_ITEMS_MAX,
    ENTITIES,
    GROUP_CHANGES_MAX,
    GROUP_LEVELS_MAX,
    Department,
    Directory,
    EntryState,
    Group,
    Member,
    Role,
    SharingPolicy,
    Tenant,
    TenantState,
    UserProfile,
    UserState,
)
from entaku.modules.accounts.names import check_description, check_email, check_name, email_key
from entaku.modules.accounts.principals import (
    ORGANISATION,
    Principal,
    PrincipalKind,
    individual,
    parse_principal,
)
from entaku.modules.accounts.profiles import NewUser, UserChange
from entaku.modules.accounts.purging import Purging
from entaku.modules.accounts.service import Accounts
from entaku.modules.accounts.tenants import NewTenant, TenantChange, Tenants, TenantSettings
from entaku.modules.accounts.tokens import KeyRing, Tokens
from entaku.modules.accounts.users import OwnedThings, Users


def http_routes() -> list[Any]:
    """The routes of the module. The web framework is loaded only when they are asked for."""
    from entaku.modules.accounts.routes import ROUTES

    return [*ROUTES]


__all__ = [
    "DEPARTMENT_LEVELS_MAX",
    "DIRECTORY_ITEMS_MAX",
    "DIRECT_GROUPS_MAX",
    "ENTITIES",
    "ENTRIES_PUT_MAX",
    "GROUP_CHANGES_MAX",
    "GROUP_LEVELS_MAX",
    "ORGANISATION",
    "TIERS",
    "Accounts",
    "Administrators",
    "Authentication",
    "Department",
    "Directory",
    "DirectoryService",
    "EntryChange",
    "EntryState",
    "Group",
    "Hierarchies",
    "Hierarchy",
    "KeyRing",
    "Limits",
    "Member",
    "Membership",
    "NewAdministrator",
    "NewTenant",
    "NewUser",
    "OwnedThings",
    "Principal",
    "PrincipalKind",
    "Purging",
    "Reads",
    "Releaser",
    "Role",
    "SharingPolicy",
    "StillDeleted",
    "Tenant",
    "TenantChange",
    "TenantSettings",
    "TenantState",
    "Tenants",
    "Tier",
    "Tokens",
    "UserChange",
    "UserProfile",
    "UserState",
    "Users",
    "check_acting",
    "check_description",
    "check_email",
    "check_name",
    "check_version",
    "email_key",
    "http_routes",
    "individual",
    "parse_principal",
    "principal_of",
    "run_acting",
]
