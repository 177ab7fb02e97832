"""The roll: every user of a tenant stands in it once, from the first moment to the last."""

from __future__ import annotations

import pytest

from entaku.core.context import AccessLevel
from entaku.core.errors import Conflict
from entaku.modules.accounts import (
    ORGANISATION,
    Accounts,
    Directory,
    Member,
    NewUser,
    UserChange,
    UserProfile,
    UserState,
    complete_roll,
    enroll_present,
    everyone,
)
from entaku.table import Table, changed
from tests.modules.accounts.conftest import ANN, OTHER


async def roll(table: Table, tenant_id: str = "acme") -> list[str]:
    page = await table.for_tenant(tenant_id).list(everyone(), limit=100)
    return [member.user_id for member in page.items]


async def create(accounts: Accounts, *user_ids: str) -> None:
    for user_id in user_ids:
        await accounts.users.create(ANN, NewUser(user_id=user_id, name=user_id.title()))


async def test_users_stand_in_it_by_id_whatever_becomes_of_them(accounts: Accounts, table: Table) -> None:
    before = await roll(table)
    await create(accounts, "zoe", "cleo")
    await accounts.users.change(ANN, "zoe", UserChange(is_active=False, name="Aaron"))

    assert await roll(table) == sorted([*before, "cleo", "zoe"])


async def test_who_is_deleted_is_struck_off_and_may_come_again(accounts: Accounts, table: Table) -> None:
    await create(accounts, "cleo")

    await accounts.users.delete(ANN, "cleo")
    gone = await roll(table)
    await create(accounts, "cleo")

    assert "cleo" not in gone
    assert (await roll(table)).count("cleo") == 1


async def test_who_is_not_created_is_not_entered(accounts: Accounts, table: Table) -> None:
    await create(accounts, "cleo")
    before = await roll(table)

    with pytest.raises(Conflict):
        await accounts.users.create(ANN, NewUser(user_id="cleo", name="Another", level=AccessLevel.TENANT_ADMIN))

    assert await roll(table) == before


async def test_each_tenant_has_its_own(accounts: Accounts, table: Table) -> None:
    other = await roll(table, "other")
    await create(accounts, "cleo")

    assert await roll(table, "other") == other
    await accounts.users.create(OTHER, NewUser(user_id="dora", name="Dora"))
    assert "dora" not in await roll(table)


async def test_a_new_tenant_has_one(accounts: Accounts, table: Table) -> None:
    assert (await table.for_tenant("acme").get(Directory.at())).has_roll


async def test_users_from_before_it_are_entered_once(accounts: Accounts, table: Table) -> None:
    await create(accounts, "cleo")
    acme = table.for_tenant("acme")
    await acme.delete(await acme.get(Member.at(principal=ORGANISATION, user_id="cleo")))
    await acme.replace(changed(await acme.get(Directory.at()), has_roll=False))

    for user_id in ("cleo", "cleo", "nobody"):
        await enroll_present(acme, user_id)
    for _ in range(2):
        await complete_roll(acme)

    assert (await roll(table)).count("cleo") == 1
    assert "nobody" not in await roll(table)
    assert (await acme.get(Directory.at())).has_roll


async def test_a_user_from_before_it_is_deleted_without_an_entry(accounts: Accounts, table: Table) -> None:
    await create(accounts, "cleo")
    acme = table.for_tenant("acme")
    await acme.delete(await acme.get(Member.at(principal=ORGANISATION, user_id="cleo")))

    await accounts.users.delete(ANN, "cleo")
    await create(accounts, "cleo")

    assert "cleo" in await roll(table)


async def test_nobody_is_entered_while_being_deleted(accounts: Accounts, table: Table) -> None:
    await create(accounts, "cleo")
    acme = table.for_tenant("acme")
    await acme.delete(await acme.get(Member.at(principal=ORGANISATION, user_id="cleo")))
    profile = await acme.get(UserProfile.at(user_id="cleo"))
    await acme.replace(changed(profile, state=UserState.DELETING))

    await enroll_present(acme, "cleo")

    assert "cleo" not in await roll(table)
