"""How often each operation of accounts calls the table. A number that grows here is a cost that grows everywhere.

The process has read the directory once before, as one that has been running for a while.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from entaku.modules.accounts import (
    Accounts,
    Department,
    EntryChange,
    Group,
    NewTenant,
    NewUser,
    Principal,
    PrincipalKind,
    Role,
    SharingPolicy,
    TenantChange,
    UserChange,
)
from entaku.table import Model, Table, idempotency_key
from entaku.table.driver import Driver
from entaku.testing import CountingDriver, ManualClock
from tests.engines import SECRET
from tests.modules.accounts.conftest import ANN, OPERATOR, Referring, furnished

STAFF = Principal(PrincipalKind.GROUP, "staff")
EMPTY = Principal(PrincipalKind.GROUP, "empty")

Operation = Callable[[Accounts], Awaitable[Any]]

# Each line: the operation, and its reads, queries and writes.
OPERATIONS: dict[str, tuple[Operation, tuple[int, int, int]]] = {
    "find a user": (lambda a: a.users.get(ANN, "ben"), (1, 0, 0)),
    "list users": (lambda a: a.users.list(ANN, limit=20), (0, 1, 0)),
    "search users": (lambda a: a.users.list(ANN, limit=20, q="e"), (0, 1, 0)),
    "list members": (lambda a: a.users.list_members(ANN, STAFF, limit=20), (2, 1, 0)),
    "create a user": (lambda a: a.users.create(ANN, NewUser(user_id="x", name="X")), (3, 0, 1)),
    "create a user with an address": (
        lambda a: a.users.create(ANN, NewUser(user_id="x", name="X", email="x@example.com")),
        (4, 0, 1),
    ),
    "create a user once": (
        lambda a: a.users.create(ANN, NewUser(user_id="x", name="X"), idempotency=idempotency_key("k", b"")),
        (4, 0, 1),
    ),
    "rename a user": (lambda a: a.users.change(ANN, "ben", UserChange(name="B")), (1, 0, 1)),
    "change nothing of a user": (lambda a: a.users.change(ANN, "ben", UserChange(name="Ben")), (1, 0, 0)),
    "change an address": (lambda a: a.users.change(ANN, "ann", UserChange(email="n@example.com")), (3, 0, 1)),
    "join a group": (lambda a: a.users.change(ANN, "ann", UserChange(join=frozenset({"staff"}))), (1, 0, 1)),
    "leave a group": (lambda a: a.users.change(ANN, "ben", UserChange(leave=frozenset({"staff"}))), (2, 0, 1)),
    "delete a user": (lambda a: a.users.delete(ANN, "ann"), (5, 0, 2)),
    "delete a user with groups": (lambda a: a.users.delete(ANN, "ben"), (5, 0, 3)),
    "find a group": (lambda a: a.directory.get(ANN, STAFF), (1, 0, 0)),
    "list groups": (lambda a: a.directory.list_groups(ANN, limit=20), (0, 1, 0)),
    "list roles": (lambda a: a.directory.list_roles(ANN, limit=20), (0, 1, 0)),
    "list departments": (lambda a: a.directory.list_departments(ANN, limit=20), (0, 1, 0)),
    "list children": (lambda a: a.directory.list_children(ANN, STAFF, limit=20), (1, 0, 0)),
    "read the hierarchy": (lambda a: a.directory.hierarchy(ANN), (1, 0, 0)),
    "create a role": (lambda a: a.directory.create(ANN, Role(role_id="x", name="X")), (1, 0, 1)),
    "create a department": (lambda a: a.directory.create(ANN, Department(department_id="x", name="X")), (1, 0, 1)),
    "change a group": (lambda a: a.directory.change(ANN, STAFF, EntryChange(name="New")), (1, 0, 1)),
    "put 40 groups": (
        lambda a: a.directory.put_many(ANN, [Group(group_id=f"x{n}", name="X") for n in range(40)]),
        (1, 0, 1),
    ),
    "delete a group": (lambda a: a.directory.delete(ANN, EMPTY), (3, 3, 2)),
    "find a tenant": (lambda a: a.tenants.get(OPERATOR, "acme"), (1, 0, 0)),
    "list tenants": (lambda a: a.tenants.list(OPERATOR, limit=20), (0, 1, 0)),
    "create a tenant": (lambda a: a.tenants.create(OPERATOR, NewTenant(tenant_id="x", name="X")), (3, 0, 2)),
    "change a tenant": (lambda a: a.tenants.change(OPERATOR, "acme", TenantChange(tier="free")), (1, 1, 3)),
    "move a tenant": (lambda a: a.tenants.change(OPERATOR, "acme", TenantChange(subdomain="x")), (3, 1, 3)),
    "change nothing of a tenant": (lambda a: a.tenants.change(OPERATOR, "acme", TenantChange()), (1, 1, 0)),
    "read the settings": (lambda a: a.tenants.settings(ANN), (2, 0, 0)),
    "change the policy": (lambda a: a.tenants.change_policy(ANN, SharingPolicy.UNION), (3, 0, 1)),
}


@pytest.fixture
def counting(bare_driver: Driver) -> CountingDriver:
    return CountingDriver(bare_driver)


@pytest.fixture
async def counted(counting: CountingDriver, model: Model, clock: ManualClock) -> Accounts:
    table = Table(counting, model, secret=SECRET, clock=clock)
    services = await furnished(table, Referring())
    await services.directory.put_many(
        ANN, [Group(group_id="staff", name="Staff"), Group(group_id="empty", name="Empty")]
    )
    await services.users.change(ANN, "ben", UserChange(join=frozenset({"staff"})))
    await services.users.change(ANN, "ann", UserChange(email="ann@example.com"))
    await services.directory.hierarchy(ANN)
    return services


@pytest.mark.parametrize("name", OPERATIONS)
async def test_an_operation_costs_what_it_always_did(counted: Accounts, counting: CountingDriver, name: str) -> None:
    operation, expected = OPERATIONS[name]
    counting.start()

    await operation(counted)

    calls = counting.calls
    assert (calls["read"], calls["query"], calls["write"]) == expected
    assert sum(calls.values()) == sum(expected)


async def test_a_directory_that_changed_is_read_once_more(counted: Accounts, counting: CountingDriver) -> None:
    await counted.directory.create(ANN, Role(role_id="x", name="X"))
    counting.start()

    await counted.directory.hierarchy(ANN)

    assert dict(counting.calls) == {"read": 2, "query": 1}


async def test_the_largest_change_of_a_user_fits_a_transaction(counted: Accounts, counting: CountingDriver) -> None:
    ids = [f"g{n:02}" for n in range(60)]
    for part in (ids[:40], ids[40:]):
        await counted.directory.put_many(ANN, [Group(group_id=g, name=g) for g in part])
    counting.start()

    change = UserChange(email="new@example.com", join=frozenset(ids))
    await counted.users.change(ANN, "ann", change, idempotency=idempotency_key("k", b""))

    # 60 members, the profile, two guards, the directory checked, the audit record, the idempotency record.
    assert counting.actions_written == 66
