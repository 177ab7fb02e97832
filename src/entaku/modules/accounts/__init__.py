"""Accounts: tenants, the people and the directory of each, and who calls.

principals      whom one can share with: a person, a group, a role, a department, the organisation
names           what people call things
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
foreseen        what a change would make of profiles and directory, and what it would be refused for
users           Users: people and their memberships
watching        who else wants to know that somebody belongs elsewhere now
roll            every user as a member of the organisation, found by id
members         members of several principals, merged
service_accounts  ServiceAccounts: users that are programs, and the API keys they call with
service_register  the list of them, and the keys of one
sign_in         by tokens of other issuers: the rules of each tenant, and what becomes of a token
administrators  Administrators: how operators let the first person into a tenant
limits          Limits: tiers, overrides, usage
tokens          Tokens, KeyRing: access tokens minted and read
signing         documents signed with the same keys, and verified
api_key_text    how an API key is written, and what is kept of it
api_keys        ApiKeys: from a key to who calls with it
standing        whether somebody may call now
authentication  Authentication: from whatever was sent to the actor
rates           how often a tenant may ask
service         Accounts: all of them together
bodies, views   what comes in and goes out over the wire
routes          /api/tenants, /api/tenant, /api/users, /api/service-accounts, /api/departments, /api/roles, /api/groups,
                /api/me
"""

from typing import Any

from entaku.modules import Module
from entaku.modules.accounts.acting import Reads, check_acting, guard_key, run_acting
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
from entaku.modules.accounts.foreseen import (
    check_deletable,
    foreseen_hierarchy,
    foreseen_profile,
    foreseen_without,
)
from entaku.modules.accounts.hierarchies import Hierarchies
from entaku.modules.accounts.hierarchy import Hierarchy, Membership
from entaku.modules.accounts.limits import TIERS, Limits, Tier
from entaku.modules.accounts.members import members_of
from entaku.modules.accounts.model import (
    API_KEYS_MAX,
    DEPARTMENT_LEVELS_MAX,
    DIRECT_GROUPS_MAX,
    DIRECTORY_ITEMS_MAX,
    ENTITIES,
    GROUP_CHANGES_MAX,
    GROUP_LEVELS_MAX,
    ApiKey,
    Department,
    Directory,
    EntryState,
    Group,
    Member,
    Role,
    SharingPolicy,
    Tenant,
    TenantState,
    Usage,
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
from entaku.modules.accounts.profiles import NewUser, UserChange, check_there
from entaku.modules.accounts.purging import Purging
from entaku.modules.accounts.roll import complete_roll, enroll_present, everyone
from entaku.modules.accounts.service import Accounts
from entaku.modules.accounts.service_accounts import MadeApiKey, NewApiKey, ServiceAccounts
from entaku.modules.accounts.sign_in.issuer_rules import ISSUERS_MAX, FoundBy, IssuerRule
from entaku.modules.accounts.sign_in.issuers import Issuers
from entaku.modules.accounts.signing import key_set, read_key_set, sign_detached, verify_detached
from entaku.modules.accounts.tenants import NewTenant, TenantChange, Tenants, TenantSettings
from entaku.modules.accounts.tokens import KeyRing, Tokens
from entaku.modules.accounts.users import OwnedThings, Users
from entaku.modules.accounts.watching import MembershipWatcher
from entaku.modules.audit import Audit


def http_routes() -> list[Any]:
    """The routes of the module. The web framework is loaded only when they are asked for."""
    from entaku.modules.accounts.routes import ROUTES

    return [*ROUTES]


MODULE = Module(
    name="accounts",
    entities=ENTITIES,
    service=lambda parts: Accounts(parts.table, parts.get(Audit), {**TIERS, **parts.config.tiers}, parts.randomness),
    routes=http_routes,
    tags=(
        ("Me", "Who calls, and what a share can name to reach them."),
        ("Users", "People, and services that act as one."),
        ("Service accounts", "Users that are programs, and the API keys they call with."),
        ("Directory", "Departments, roles and groups: what people belong to."),
        ("Tenant", "Settings, limits and usage of one's own tenant."),
        ("Tenants", "All of them, for operators of the platform."),
    ),
    examples={
        "is_direct": True,
        "path_names": ["Designers", "Creatives"],
        "DepartmentChangeBody.name": "Sales",
        "RoleChangeBody.name": "Editor",
        "TenantChangeBody.name": "Maru Books",
    },
)


__all__ = [
    "API_KEYS_MAX",
    "DEPARTMENT_LEVELS_MAX",
    "DIRECTORY_ITEMS_MAX",
    "DIRECT_GROUPS_MAX",
    "ENTITIES",
    "ENTRIES_PUT_MAX",
    "GROUP_CHANGES_MAX",
    "GROUP_LEVELS_MAX",
    "ISSUERS_MAX",
    "MODULE",
    "ORGANISATION",
    "TIERS",
    "Accounts",
    "Administrators",
    "ApiKey",
    "Authentication",
    "Department",
    "Directory",
    "DirectoryService",
    "EntryChange",
    "EntryState",
    "FoundBy",
    "Group",
    "Hierarchies",
    "Hierarchy",
    "IssuerRule",
    "Issuers",
    "KeyRing",
    "Limits",
    "MadeApiKey",
    "Member",
    "Membership",
    "MembershipWatcher",
    "NewAdministrator",
    "NewApiKey",
    "NewTenant",
    "NewUser",
    "OwnedThings",
    "Principal",
    "PrincipalKind",
    "Purging",
    "Reads",
    "Releaser",
    "Role",
    "ServiceAccounts",
    "SharingPolicy",
    "StillDeleted",
    "Tenant",
    "TenantChange",
    "TenantSettings",
    "TenantState",
    "Tenants",
    "Tier",
    "Tokens",
    "Usage",
    "UserChange",
    "UserProfile",
    "UserState",
    "Users",
    "check_acting",
    "check_deletable",
    "check_description",
    "check_email",
    "check_name",
    "check_there",
    "check_version",
    "complete_roll",
    "email_key",
    "enroll_present",
    "everyone",
    "foreseen_hierarchy",
    "foreseen_profile",
    "foreseen_without",
    "guard_key",
    "http_routes",
    "individual",
    "key_set",
    "members_of",
    "parse_principal",
    "principal_of",
    "read_key_set",
    "run_acting",
    "sign_detached",
    "verify_detached",
]
