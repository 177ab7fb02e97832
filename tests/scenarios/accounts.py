"""Scenarios of accounts: the directory and the people of a tenant, the tenant itself, the registry of tenants."""

from __future__ import annotations

from entaku.core.context import Actor
from entaku.main import App
from entaku.modules.accounts import Department, Group, NewUser, Role, UserChange
from tests.scenarios.scenario import Caller, Scenario
from tests.scenarios.world import MEMBER_ID


async def furnish(app: App, actor: Actor, mark: str) -> None:
    """Two departments, roles, groups and people of everything that is listed, and one of each that is empty."""
    directory, users = app.accounts.directory, app.accounts.users
    await directory.put_many(
        actor,
        [
            Department(department_id="sales", name=f"Sales {mark}"),
            Department(department_id="field", name=f"Field {mark}", parent="sales"),
            Department(department_id="phone", name=f"Phone {mark}", parent="sales"),
            Role(role_id="editor", name=f"Editor {mark}"),
            Role(role_id="intern", name=f"Intern {mark}"),
            Group(group_id="staff", name=f"Staff {mark}"),
            Group(group_id="designers", name=f"Designers {mark}", parents=frozenset({"staff"})),
            Group(group_id="writers", name=f"Writers {mark}", parents=frozenset({"staff"})),
        ],
    )
    join = UserChange(department="field", role="editor", groups=frozenset({"designers"}))
    await users.change(actor, MEMBER_ID, join)
    cleo = NewUser(user_id="cleo", name=f"Cleo {mark}", email="cleo@example.com")
    await users.create(actor, cleo)
    await users.change(actor, "cleo", join)
    await users.create(actor, NewUser(user_id="dan", name=f"Dan {mark}"))


PEOPLE = [
    Scenario(method="GET", route="/api/me", contains=('"user_id":"ben"', '"path":["designers","staff"]', "MARK")),
    Scenario(
        method="POST",
        route="/api/users",
        caller=Caller.ADMIN,
        body={"user_id": "new.person@x+y", "name": "New", "email": "new@example.com", "groups": ["staff"]},
        status=201,
        contains=('"groups":["staff"]',),
    ),
    Scenario(method="GET", route="/api/users", contains=("ann", "ben", "cleo", "MARK")),
    Scenario(method="GET", route="/api/users", target="/api/users?q=CLEO", contains=("cleo", "MARK")),
    Scenario(method="GET", route="/api/users", target="/api/users?q=MARKLESS", contains=('"items":[]',)),
    Scenario(method="GET", route="/api/users/{user_id}", target="/api/users/cleo", contains=("Cleo MARK",)),
    Scenario(
        method="PATCH",
        route="/api/users/{user_id}",
        target="/api/users/cleo",
        caller=Caller.ADMIN,
        body={"name": "Renamed", "email": None, "department": None, "role": "intern", "join": ["writers"]},
        contains=('"email":null', '"department":null', '"role":"intern"', '"groups":["designers","writers"]'),
    ),
    Scenario(
        method="PATCH",
        route="/api/users/{user_id}",
        target="/api/users/dan",
        caller=Caller.ADMIN,
        body={"is_active": False, "level": "tenant_admin"},
        contains=('"state":"deactivated"', '"level":"tenant_admin"'),
    ),
    Scenario(method="DELETE", route="/api/users/{user_id}", target="/api/users/dan", caller=Caller.ADMIN, status=204),
    Scenario(
        method="GET",
        route="/api/users/{user_id}/groups",
        target="/api/users/cleo/groups",
        contains=('"group_id":"staff"', '"is_direct":false', "MARK"),
    ),
]

DEPARTMENTS = [
    Scenario(
        method="POST",
        route="/api/departments",
        caller=Caller.ADMIN,
        body={"department_id": "north", "name": "North", "parent": "sales"},
        status=201,
        contains=('"parent":"sales"',),
    ),
    Scenario(method="GET", route="/api/departments", contains=("sales", "field", "MARK")),
    Scenario(method="GET", route="/api/department-tree", contains=("Field MARK",)),
    Scenario(
        method="GET",
        route="/api/departments/{department_id}",
        target="/api/departments/field",
        contains=("Field MARK", '"parent":"sales"'),
    ),
    Scenario(
        method="GET",
        route="/api/departments/{department_id}/children",
        target="/api/departments/sales/children",
        contains=("Field MARK", "Phone MARK"),
    ),
    Scenario(
        method="GET",
        route="/api/departments/{department_id}/members",
        target="/api/departments/field/members",
        contains=("ben", "cleo", "MARK"),
    ),
    Scenario(
        method="PATCH",
        route="/api/departments/{department_id}",
        target="/api/departments/phone",
        caller=Caller.ADMIN,
        body={"name": "Telephone", "parent": None},
        contains=("Telephone", '"parent":null'),
    ),
    Scenario(
        method="DELETE",
        route="/api/departments/{department_id}",
        target="/api/departments/phone",
        caller=Caller.ADMIN,
        status=204,
    ),
]

ROLES = [
    Scenario(
        method="POST",
        route="/api/roles",
        caller=Caller.ADMIN,
        body={"role_id": "driver", "name": "Driver"},
        status=201,
        contains=('"role_id":"driver"',),
    ),
    Scenario(method="GET", route="/api/roles", contains=("editor", "intern", "MARK")),
    Scenario(method="GET", route="/api/roles/{role_id}", target="/api/roles/editor", contains=("Editor MARK",)),
    Scenario(
        method="GET",
        route="/api/roles/{role_id}/members",
        target="/api/roles/editor/members",
        contains=("ben", "cleo", "MARK"),
    ),
    Scenario(
        method="PATCH",
        route="/api/roles/{role_id}",
        target="/api/roles/intern",
        caller=Caller.ADMIN,
        body={"name": "Apprentice"},
        contains=("Apprentice",),
    ),
    Scenario(
        method="DELETE", route="/api/roles/{role_id}", target="/api/roles/intern", caller=Caller.ADMIN, status=204
    ),
]

GROUPS = [
    Scenario(
        method="POST",
        route="/api/groups",
        caller=Caller.ADMIN,
        body={"group_id": "club", "name": "Club", "description": "Fun", "parents": ["staff"]},
        status=201,
        contains=('"parents":["staff"]', '"description":"Fun"'),
    ),
    Scenario(method="GET", route="/api/groups", contains=("staff", "designers", "MARK")),
    Scenario(
        method="GET",
        route="/api/groups/{group_id}",
        target="/api/groups/designers",
        contains=("Designers MARK", '"parents":["staff"]'),
    ),
    Scenario(
        method="GET",
        route="/api/groups/{group_id}/children",
        target="/api/groups/staff/children",
        contains=("Designers MARK", "Writers MARK"),
    ),
    Scenario(
        method="GET",
        route="/api/groups/{group_id}/members",
        target="/api/groups/designers/members",
        contains=("ben", "cleo", "MARK"),
    ),
    Scenario(
        method="PUT",
        route="/api/groups/{group_id}/members/{user_id}",
        target="/api/groups/writers/members/dan",
        caller=Caller.ADMIN,
        status=204,
    ),
    Scenario(
        method="DELETE",
        route="/api/groups/{group_id}/members/{user_id}",
        target="/api/groups/designers/members/cleo",
        caller=Caller.ADMIN,
        status=204,
    ),
    Scenario(
        method="PATCH",
        route="/api/groups/{group_id}",
        target="/api/groups/writers",
        caller=Caller.ADMIN,
        body={"name": "Authors", "parents": ["designers"]},
        contains=("Authors", '"parents":["designers"]'),
    ),
    Scenario(
        method="DELETE", route="/api/groups/{group_id}", target="/api/groups/writers", caller=Caller.ADMIN, status=204
    ),
]

OWN_TENANT = [
    Scenario(method="GET", route="/api/tenant", contains=("Tenant MARK", '"sharing_policy":"precedence"', '"users":6')),
    Scenario(
        method="PATCH",
        route="/api/tenant",
        caller=Caller.ADMIN,
        body={"sharing_policy": "union"},
        contains=('"sharing_policy":"union"',),
    ),
]

REGISTRY = [
    Scenario(
        method="POST",
        route="/api/tenants",
        caller=Caller.OPERATOR,
        body={"tenant_id": "TENANT-new", "name": "Brand new", "tier": "free"},
        status=201,
        contains=("Brand new", '"tier":"free"'),
    ),
    Scenario(method="GET", route="/api/tenants", caller=Caller.OPERATOR, contains=("Platform",)),
    Scenario(
        method="GET",
        route="/api/tenants/{tenant_id}",
        target="/api/tenants/TENANT",
        contains=("Tenant MARK",),
    ),
    Scenario(
        method="PATCH",
        route="/api/tenants/{tenant_id}",
        target="/api/tenants/TENANT",
        caller=Caller.OPERATOR,
        body={"tier": "enterprise", "limits": {"users": 7}, "is_suspended": True},
        contains=('"state":"suspended"', '"users":7', '"tier":"enterprise"'),
    ),
    Scenario(
        method="DELETE",
        route="/api/tenants/{tenant_id}",
        target="/api/tenants/TENANT",
        caller=Caller.OPERATOR,
        before=(("PATCH", "/api/tenants/TENANT", {"is_suspended": True}),),
        status=204,
    ),
    Scenario(
        method="POST",
        route="/api/tenants/{tenant_id}/administrators",
        target="/api/tenants/TENANT/administrators",
        caller=Caller.OPERATOR,
        body={"user_id": "first", "name": "First", "email": "first@example.com"},
        status=201,
        contains=('"user_id":"first"', '"level":"tenant_admin"'),
    ),
]

SCENARIOS = [*PEOPLE, *DEPARTMENTS, *ROLES, *GROUPS, *OWN_TENANT, *REGISTRY]
