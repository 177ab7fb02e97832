"""The operations of accounts, of the audit trail and of authentication, case by case."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from entaku.modules.accounts import (
    Department,
    EntryChange,
    Group,
    IssuerRule,
    NewAdministrator,
    NewApiKey,
    NewTenant,
    NewUser,
    Principal,
    PrincipalKind,
    Role,
    SharingPolicy,
    TenantChange,
    UserChange,
)
from entaku.modules.audit import Target
from entaku.table import idempotency_key
from tests.modules.calls.furnishing import SmallWorld, delete_long_ago, suspend
from tests.modules.calls.operation import Deed, Operation

STAFF = Principal(PrincipalKind.GROUP, "g")
EMPTY = Principal(PrincipalKind.GROUP, "empty")
X = NewUser(user_id="x", name="X")


def change(user_id: str, **fields: Any) -> Deed:
    return lambda w: w.accounts.users.change(w.actor(), user_id, UserChange(**fields))


async def enter(w: SmallWorld, token: str) -> None:
    await w.app.authentication.authenticate(token, host="localhost", tenant_header=None, request_id="r")


USERS = (
    Operation("accounts.users.get", "", lambda w: w.accounts.users.get(w.actor(), "bob")),
    Operation("accounts.users.list", "a page of 20", lambda w: w.accounts.users.list(w.actor(), limit=20)),
    Operation("accounts.users.list", "a search", lambda w: w.accounts.users.list(w.actor(), limit=20, q="bo")),
    Operation(
        "accounts.users.list_members",
        "of a group of one",
        lambda w: w.accounts.users.list_members(w.actor(), STAFF, limit=20),
    ),
    Operation(
        "accounts.users.find_by_emails",
        "two addresses",
        lambda w: w.accounts.users.find_by_emails(w.actor(), ["ann@example.com", "no@example.com"]),
    ),
    Operation("accounts.users.create", "", lambda w: w.accounts.users.create(w.actor(), X)),
    Operation(
        "accounts.users.create",
        "with an address",
        lambda w: w.accounts.users.create(w.actor(), NewUser(user_id="x", name="X", email="x@example.com")),
    ),
    Operation(
        "accounts.users.create",
        "with an idempotency key",
        lambda w: w.accounts.users.create(w.actor(), X, idempotency=idempotency_key("k", b"")),
    ),
    Operation(
        "accounts.users.provision",
        "",
        lambda w: w.accounts.users.provision(w.actor(), X, issued_at=w.clock.now(), reason="signed in"),
    ),
    Operation("accounts.users.change", "a name", change("bob", name="B")),
    Operation("accounts.users.change", "nothing", change("bob", name="Bob")),
    Operation("accounts.users.change", "an address", change("ann", email="n@example.com")),
    Operation("accounts.users.change", "joins a group", change("ann", join=frozenset({"g"}))),
    Operation("accounts.users.change", "leaves a group", change("bob", leave=frozenset({"g"}))),
    Operation("accounts.users.delete", "", lambda w: w.accounts.users.delete(w.actor(), "u1")),
    Operation("accounts.users.delete", "with a group", lambda w: w.accounts.users.delete(w.actor(), "bob")),
    Operation(
        "accounts.administrators.create",
        "",
        lambda w: w.accounts.administrators.create(w.app.operator(), "acme", NewAdministrator(user_id="x", name="X")),
    ),
)
DIRECTORY = (
    Operation("accounts.directory.hierarchy", "known", lambda w: w.accounts.directory.hierarchy(w.actor())),
    Operation(
        "accounts.directory.hierarchy",
        "changed since",
        lambda w: w.accounts.directory.hierarchy(w.actor()),
        before=lambda w: w.group("new"),
    ),
    Operation("accounts.directory.get", "", lambda w: w.accounts.directory.get(w.actor(), STAFF)),
    Operation("accounts.directory.get_department", "", lambda w: w.accounts.directory.get_department(w.actor(), "d")),
    Operation("accounts.directory.get_role", "", lambda w: w.accounts.directory.get_role(w.actor(), "r")),
    Operation("accounts.directory.get_group", "", lambda w: w.accounts.directory.get_group(w.actor(), "g")),
    Operation(
        "accounts.directory.list_departments", "", lambda w: w.accounts.directory.list_departments(w.actor(), limit=20)
    ),
    Operation("accounts.directory.list_roles", "", lambda w: w.accounts.directory.list_roles(w.actor(), limit=20)),
    Operation("accounts.directory.list_groups", "", lambda w: w.accounts.directory.list_groups(w.actor(), limit=20)),
    Operation(
        "accounts.directory.list_children",
        "",
        lambda w: w.accounts.directory.list_children(w.actor(), STAFF, limit=20),
    ),
    Operation(
        "accounts.directory.create",
        "a role",
        lambda w: w.accounts.directory.create(w.actor(), Role(role_id="x", name="X")),
    ),
    Operation(
        "accounts.directory.create",
        "a department",
        lambda w: w.accounts.directory.create(w.actor(), Department(department_id="x", name="X")),
    ),
    Operation(
        "accounts.directory.put_many",
        "40 groups",
        lambda w: w.accounts.directory.put_many(w.actor(), [Group(group_id=f"x{n}", name="X") for n in range(40)]),
    ),
    Operation(
        "accounts.directory.change",
        "a name",
        lambda w: w.accounts.directory.change(w.actor(), STAFF, EntryChange(name="New")),
    ),
    Operation(
        "accounts.directory.delete",
        "a group that nobody is in",
        lambda w: w.accounts.directory.delete(w.actor(), EMPTY),
    ),
)
TENANTS = (
    Operation("accounts.tenants.get", "", lambda w: w.accounts.tenants.get(w.app.operator(), "acme")),
    Operation("accounts.tenants.list", "", lambda w: w.accounts.tenants.list(w.app.operator(), limit=20)),
    Operation(
        "accounts.tenants.create",
        "",
        lambda w: w.accounts.tenants.create(w.app.operator(), NewTenant(tenant_id="x", name="X")),
    ),
    Operation(
        "accounts.tenants.change",
        "the tier",
        lambda w: w.accounts.tenants.change(w.app.operator(), "acme", TenantChange(tier="free")),
    ),
    Operation(
        "accounts.tenants.change",
        "the sub-domain",
        lambda w: w.accounts.tenants.change(w.app.operator(), "acme", TenantChange(subdomain="x")),
    ),
    Operation(
        "accounts.tenants.change",
        "nothing",
        lambda w: w.accounts.tenants.change(w.app.operator(), "acme", TenantChange()),
    ),
    Operation(
        "accounts.tenants.delete",
        "",
        lambda w: w.accounts.tenants.delete(w.app.operator(), "acme"),
        before=suspend,
    ),
    Operation("accounts.tenants.settings", "", lambda w: w.accounts.tenants.settings(w.actor())),
    Operation(
        "accounts.tenants.change_policy",
        "",
        lambda w: w.accounts.tenants.change_policy(w.actor(), SharingPolicy.UNION),
    ),
    Operation("accounts.purging.list_due", "", lambda w: w.accounts.purging.list_due(w.app.operator(), limit=20)),
    Operation(
        "accounts.purging.purge",
        "this world",
        lambda w: w.accounts.purging.purge(w.app.operator(), "acme"),
        before=delete_long_ago,
    ),
    Operation("accounts.issuers.list", "", lambda w: w.accounts.issuers.list(w.app.operator(), "acme")),
    Operation(
        "accounts.issuers.put",
        "another one",
        lambda w: w.accounts.issuers.put(
            w.app.operator(),
            "acme",
            IssuerRule(issuer_id="x", issuer="https://x.example.com", audience="entaku"),
        ),
    ),
    Operation("accounts.issuers.delete", "", lambda w: w.accounts.issuers.delete(w.app.operator(), "acme", "corp")),
)
SERVICE_ACCOUNTS = (
    Operation("accounts.service_accounts.get", "", lambda w: w.accounts.service_accounts.get(w.actor(), "robot")),
    Operation("accounts.service_accounts.list", "", lambda w: w.accounts.service_accounts.list(w.actor(), limit=20)),
    Operation("accounts.service_accounts.create", "", lambda w: w.accounts.service_accounts.create(w.actor(), X)),
    Operation(
        "accounts.service_accounts.change",
        "a name",
        lambda w: w.accounts.service_accounts.change(w.actor(), "robot", UserChange(name="R")),
    ),
    Operation(
        "accounts.service_accounts.delete",
        "with a key",
        lambda w: w.accounts.service_accounts.delete(w.actor(), "robot"),
    ),
    Operation(
        "accounts.service_accounts.list_keys",
        "",
        lambda w: w.accounts.service_accounts.list_keys(w.actor(), "robot"),
    ),
    Operation(
        "accounts.service_accounts.create_key",
        "",
        lambda w: w.accounts.service_accounts.create_key(w.actor(), "robot", NewApiKey(key_id="k2")),
    ),
    Operation(
        "accounts.service_accounts.create_key",
        "in the place of another",
        lambda w: w.accounts.service_accounts.create_key(
            w.actor(), "robot", NewApiKey(key_id="k2", replaces="k1", overlap=timedelta(hours=1))
        ),
    ),
    Operation(
        "accounts.service_accounts.delete_key",
        "",
        lambda w: w.accounts.service_accounts.delete_key(w.actor(), "robot", "k1"),
    ),
)
ENTERING = (
    Operation("authentication.authenticate", "a token of ours", lambda w: enter(w, w.app.tokens.mint("acme", "bob"))),
    Operation("authentication.authenticate", "an API key", lambda w: enter(w, w.api_key)),
    Operation(
        "audit.list",
        "of a user",
        lambda w: w.app.audit.list(w.actor(), Target(kind="user", id="bob"), limit=20),
    ),
)
