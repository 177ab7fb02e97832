"""Who acts is found out in the transaction that writes: whatever an actor was when a request began, today counts."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from entaku.core.context import AccessLevel, Actor
from entaku.core.errors import Conflict, EntakuError, Forbidden, NotFound, Unauthenticated
from entaku.modules.accounts import (
    Accounts,
    EntryChange,
    Group,
    NewAdministrator,
    NewTenant,
    NewUser,
    Principal,
    PrincipalKind,
    Role,
    SharingPolicy,
    TenantChange,
    UserChange,
)
from entaku.modules.audit import Audit, Target
from entaku.table import Model, Table
from entaku.table.driver import Driver, Item
from entaku.testing import ManualClock
from tests.engines import SECRET
from tests.modules.accounts.conftest import ANN, OPERATOR, Referring, furnished, operator
from tests.modules.sharing.turns import Player, Turns

Deed = Callable[[Accounts], Awaitable[Any]]

STAFF = Principal(PrincipalKind.GROUP, "staff")
HERE = operator("acme")
MEMBER = UserChange(level=AccessLevel.MEMBER)
SHUT_OUT = UserChange(is_active=False)
MALLORY = NewUser(user_id="mallory", name="M", level=AccessLevel.TENANT_ADMIN)

DEEDS: dict[str, Deed] = {
    "create a user": lambda a: a.users.create(ANN, MALLORY),
    "change a user": lambda a: a.users.change(ANN, "ben", UserChange(level=AccessLevel.TENANT_ADMIN)),
    "change oneself": lambda a: a.users.change(ANN, "ann", UserChange(level=AccessLevel.TENANT_ADMIN, name="A")),
    "delete a user": lambda a: a.users.delete(ANN, "ben"),
    "delete oneself": lambda a: a.users.delete(ANN, "ann"),
    "create a role": lambda a: a.directory.create(ANN, Role(role_id="x", name="X")),
    "put groups": lambda a: a.directory.put_many(ANN, [Group(group_id="x", name="X")]),
    "change a group": lambda a: a.directory.change(ANN, STAFF, EntryChange(name="X")),
    "delete a group": lambda a: a.directory.delete(ANN, STAFF),
    "change the policy": lambda a: a.tenants.change_policy(ANN, SharingPolicy.UNION),
}
ROOT = Actor(tenant_id="home", user_id="root", level=AccessLevel.OPERATOR)
OPERATORS_DEEDS: dict[str, Deed] = {
    "create a tenant": lambda a: a.tenants.create(ROOT, NewTenant(tenant_id="x", name="X")),
    "change a tenant": lambda a: a.tenants.change(ROOT, "acme", TenantChange(is_suspended=True)),
    "delete a tenant": lambda a: a.tenants.delete(ROOT, "shut"),
    "purge a tenant": lambda a: a.purging.purge(ROOT, "shut"),
    "create an administrator": lambda a: a.administrators.create(
        ROOT, "acme", NewAdministrator(user_id="mallory", name="M")
    ),
}


@pytest.fixture
async def staffed(accounts: Accounts) -> Accounts:
    await accounts.directory.create(ANN, Group(group_id="staff", name="Staff"))
    return accounts


@pytest.fixture
async def operated(accounts: Accounts) -> Accounts:
    """With an operator of the platform who is a user of a tenant of their own, and a tenant that is suspended."""
    for tenant_id in ("home", "shut"):
        await accounts.tenants.create(OPERATOR, NewTenant(tenant_id=tenant_id, name="T"))
    await accounts.tenants.change(OPERATOR, "shut", TenantChange(is_suspended=True))
    await accounts.users.create(operator("home"), NewUser(user_id="root", name="R", level=AccessLevel.OPERATOR))
    return accounts


async def everything(table: Table) -> list[Item]:
    return await table.driver.walk(0, 1, after=None, limit=10_000)


@pytest.mark.parametrize(("change", "refusal"), [(MEMBER, Forbidden), (SHUT_OUT, Unauthenticated)])
@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
async def test_who_was_lowered_or_shut_out_meanwhile_changes_nothing(
    staffed: Accounts, table: Table, deed: Deed, change: UserChange, refusal: type[EntakuError]
) -> None:
    await staffed.users.change(HERE, "ann", change)
    before = await everything(table)

    with pytest.raises(refusal):
        await deed(staffed)

    assert await everything(table) == before


@pytest.mark.parametrize("deed", OPERATORS_DEEDS.values(), ids=OPERATORS_DEEDS)
async def test_who_is_no_operator_any_more_touches_no_tenant(operated: Accounts, table: Table, deed: Deed) -> None:
    await operated.users.change(operator("home"), "root", UserChange(level=AccessLevel.TENANT_ADMIN))
    before = await everything(table)

    with pytest.raises(Forbidden):
        await deed(operated)

    assert await everything(table) == before


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
async def test_who_is_shut_out_between_reading_and_writing_changes_nothing(
    bare_driver: Driver, model: Model, clock: ManualClock, deed: Deed
) -> None:
    turns = Turns(bare_driver)
    accounts = await furnished(Table(turns, model, secret=SECRET, clock=clock), Referring())
    await accounts.directory.create(ANN, Group(group_id="staff", name="Staff"))
    before = await records(bare_driver)
    players: dict[str, Player] = {
        "deed": lambda: deed(accounts),
        "operator": lambda: accounts.users.change(HERE, "ann", SHUT_OUT),
    }

    # Both read before either writes, and the operator does so first.
    played = await turns.play(players, ["operator", "deed"], brisk=["deed", "operator"])

    assert isinstance(played.outcomes["deed"], Unauthenticated)
    assert await records(bare_driver) == before + 1


async def records(driver: Driver) -> int:
    """How many changes there were."""
    return sum(item.kind == "AUDIT" for item in await driver.walk(0, 1, after=None, limit=10_000))


async def test_another_user_of_the_same_id_is_not_who_called(accounts: Accounts, clock: ManualClock) -> None:
    since = (await accounts.users.get(HERE, "ann")).created_at
    caller = Actor(tenant_id="acme", user_id="ann", level=AccessLevel.TENANT_ADMIN, user_since=since)
    await accounts.users.create(caller, NewUser(user_id="cid", name="Cid"))
    await accounts.users.delete(HERE, "ann")
    clock.advance(timedelta(milliseconds=1))
    await accounts.users.create(HERE, NewUser(user_id="ann", name="Other Ann", level=AccessLevel.TENANT_ADMIN))

    with pytest.raises(Unauthenticated):
        await accounts.users.create(caller, MALLORY)


async def test_who_has_risen_may_do_what_they_could_before(accounts: Accounts) -> None:
    await accounts.users.change(HERE, "ann", UserChange(level=AccessLevel.OPERATOR))

    assert (await accounts.users.change(ANN, "ben", UserChange(name="Benno"))).name == "Benno"


async def test_an_administrator_may_leave_and_the_deletion_comes_to_its_end(
    staffed: Accounts, referring: Referring
) -> None:
    await staffed.users.change(HERE, "ann", UserChange(join=frozenset({"staff"})))

    await staffed.users.delete(ANN, "ann")

    with pytest.raises(NotFound):
        await staffed.users.get(HERE, "ann")


@pytest.mark.parametrize("deletion", ["delete a user", "delete a group"])
async def test_a_deletion_goes_on_when_who_began_it_is_shut_out(
    staffed: Accounts, referring: Referring, deletion: str
) -> None:
    async def shut_out() -> None:
        await staffed.users.change(HERE, "ann", SHUT_OUT)

    referring.meanwhile = shut_out
    await DEEDS[deletion](staffed)

    with pytest.raises(NotFound):
        await (staffed.users.get(HERE, "ben") if "user" in deletion else staffed.directory.get(HERE, STAFF))


async def test_an_operator_is_not_taken_for_who_has_the_same_id_in_the_tenant(operated: Accounts, table: Table) -> None:
    await operated.users.create(HERE, NewUser(user_id="root", name="Another Root", level=AccessLevel.TENANT_ADMIN))
    own = Actor(tenant_id="acme", user_id="root", level=AccessLevel.TENANT_ADMIN)
    await operated.tenants.change_policy(own, SharingPolicy.UNION)
    await operated.tenants.change(ROOT, "acme", TenantChange(name="A"))
    await operated.tenants.create(ROOT, NewTenant(tenant_id="new", name="N"))

    audit = Audit(table, secrets.token_bytes)
    trails = [await audit.list(operator(name), Target("tenant", name), limit=9) for name in ("acme", "new")]

    assert {(record.action, record.actor, record.actor_tenant) for trail in trails for record in trail.items} >= {
        ("sharing_policy_changed", "root", None),
        ("tenant_changed", "root", "home"),
        ("tenant_created", "root", "home"),
    }


async def test_an_operator_lets_an_administrator_into_another_tenant(operated: Accounts, table: Table) -> None:
    created = await operated.administrators.create(ROOT, "shut", NewAdministrator(user_id="first", name="First"))

    assert created.level is AccessLevel.TENANT_ADMIN
    trail = await Audit(table, secrets.token_bytes).list(operator("shut"), Target("user", "first"), limit=10)
    made = [(record.action, record.actor, record.actor_tenant) for record in trail.items]
    assert made == [("user_created", "root", "home")]
    assert (await operated.tenants.settings(operator("shut"))).usage["users"] == 1


@pytest.mark.parametrize("caller", [ANN, Actor(tenant_id="acme", user_id="ben")])
async def test_only_operators_let_administrators_in(accounts: Accounts, caller: Actor) -> None:
    for tenant_id in ("acme", "other", "nowhere"):
        with pytest.raises(Forbidden):
            await accounts.administrators.create(caller, tenant_id, NewAdministrator(user_id="m", name="M"))


async def test_nobody_is_let_into_a_tenant_that_is_not_there_or_deleted(operated: Accounts) -> None:
    await operated.tenants.delete(ROOT, "shut")

    with pytest.raises(Conflict, match="bring it back"):
        await operated.administrators.create(ROOT, "shut", NewAdministrator(user_id="m", name="M"))
    with pytest.raises(NotFound):
        await operated.administrators.create(ROOT, "nowhere", NewAdministrator(user_id="m", name="M"))
