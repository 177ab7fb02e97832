"""The directory: a tree of departments and nested groups that stay free of cycles, and deletions that finish."""

from __future__ import annotations

import asyncio

import pytest

from entaku.core.errors import Conflict, Forbidden, Invalid, Limited, NotFound
from entaku.core.limits import TRANSACTION_ACTIONS_MAX
from entaku.modules.accounts import (
    DIRECTORY_ITEMS_MAX,
    ENTRIES_PUT_MAX,
    Accounts,
    Department,
    EntryChange,
    EntryState,
    Group,
    NewUser,
    Principal,
    PrincipalKind,
    Role,
    UserChange,
)
from entaku.table import Table
from tests.modules.accounts.conftest import ANN, BEN, OTHER, Referring

SALES = Principal(PrincipalKind.DEPARTMENT, "sales")
FIELD = Principal(PrincipalKind.DEPARTMENT, "field")
STAFF = Principal(PrincipalKind.GROUP, "staff")


def group(group_id: str, *parents: str) -> Group:
    return Group(group_id=group_id, name=group_id, parents=frozenset(parents))


async def add_departments(accounts: Accounts) -> None:
    await accounts.directory.create(ANN, Department(department_id="sales", name="Sales"))
    await accounts.directory.create(ANN, Department(department_id="field", name="Field", parent="sales"))


async def test_a_department_moves_with_everything_below_it(accounts: Accounts) -> None:
    await add_departments(accounts)
    await accounts.directory.create(ANN, Department(department_id="all", name="All"))

    await accounts.directory.change(ANN, SALES, EntryChange(parent="all"))

    profile = await accounts.users.create(ANN, NewUser(user_id="eva", name="Eva", department="field"))
    hierarchy = await accounts.directory.hierarchy(ANN)
    paths = [m.path for m in hierarchy.memberships(profile) if m.principal.id == "all"]
    assert paths == [("field", "sales", "all")]


async def test_a_department_cannot_come_to_stand_below_itself(accounts: Accounts) -> None:
    await add_departments(accounts)

    with pytest.raises(Invalid, match="below itself"):
        await accounts.directory.change(ANN, SALES, EntryChange(parent="field"))


async def test_two_moves_at_once_make_no_cycle_together(accounts: Accounts) -> None:
    await accounts.directory.put_many(ANN, [group("a"), group("b")])
    a, b = (Principal(PrincipalKind.GROUP, g) for g in "ab")

    outcomes = await asyncio.gather(
        accounts.directory.change(ANN, a, EntryChange(parents=frozenset("b"))),
        accounts.directory.change(ANN, b, EntryChange(parents=frozenset("a"))),
        return_exceptions=True,
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Group", "Invalid"]


async def test_names_are_stored_in_one_form_however_they_come(accounts: Accounts) -> None:
    await accounts.directory.put_many(ANN, [Role(role_id="cafe", name="  Cafe\u0301 ")])

    counts = await accounts.directory.put_many(ANN, [Role(role_id="cafe", name="Café")])

    assert (await accounts.directory.get_role(ANN, "cafe")).name == "Café"
    assert (counts.created, counts.changed) == (0, 0)


async def test_as_many_entries_as_one_step_holds_are_put_together(accounts: Accounts) -> None:
    counts = await accounts.directory.put_many(ANN, [group(f"g{n}") for n in range(ENTRIES_PUT_MAX)])

    assert counts.created == ENTRIES_PUT_MAX


async def test_a_role_has_no_parent(accounts: Accounts) -> None:
    await accounts.directory.create(ANN, Role(role_id="clerk", name="Clerk"))

    with pytest.raises(Invalid, match="a role has no parent"):
        await accounts.directory.change(ANN, Principal(PrincipalKind.ROLE, "clerk"), EntryChange(parent="x"))


async def test_a_description_has_a_bound(accounts: Accounts) -> None:
    with pytest.raises(Invalid, match="2000"):
        await accounts.directory.create(ANN, Group(group_id="g", name="G", description="x" * 2001))


async def test_a_department_with_members_or_others_below_is_not_deleted(accounts: Accounts) -> None:
    await add_departments(accounts)
    await accounts.users.change(ANN, "ben", UserChange(department="field"))

    with pytest.raises(Conflict, match="others below it: field"):
        await accounts.directory.delete(ANN, SALES)
    with pytest.raises(Conflict, match="members: ben"):
        await accounts.directory.delete(ANN, FIELD)

    assert (await accounts.directory.get_department(ANN, "field")).state is EntryState.ACTIVE


async def test_nobody_joins_what_is_being_deleted(accounts: Accounts, referring: Referring) -> None:
    await accounts.directory.create(ANN, group("staff"))
    refused: list[BaseException] = []

    async def join() -> None:
        try:
            await accounts.users.change(ANN, "ben", UserChange(join=frozenset({"staff"})))
        except NotFound as error:
            refused.append(error)

    referring.meanwhile = join
    await accounts.directory.delete(ANN, STAFF)

    assert len(refused) == 1
    assert referring.released == [STAFF]


async def test_an_interrupted_deletion_is_finished_by_repeating_it(accounts: Accounts, referring: Referring) -> None:
    async def crash() -> None:
        raise ConnectionError("the power is gone")

    stored = await accounts.directory.create(ANN, group("staff"))
    referring.meanwhile = crash
    with pytest.raises(ConnectionError):
        await accounts.directory.delete(ANN, STAFF, expect=stored.version)

    await accounts.directory.delete(ANN, STAFF, expect=stored.version)

    with pytest.raises(NotFound):
        await accounts.directory.get_group(ANN, "staff")


async def test_two_deletions_at_once_delete_once(accounts: Accounts) -> None:
    await accounts.directory.create(ANN, group("staff"))

    outcomes = await asyncio.gather(
        accounts.directory.delete(ANN, STAFF), accounts.directory.delete(ANN, STAFF), return_exceptions=True
    )

    assert all(outcome is None or isinstance(outcome, NotFound) for outcome in outcomes)
    with pytest.raises(NotFound):
        await accounts.directory.get_group(ANN, "staff")


async def test_children_come_page_by_page(accounts: Accounts) -> None:
    await accounts.directory.put_many(ANN, [group("staff"), *(group(f"g{n}", "staff") for n in range(5))])
    found: list[str] = []
    cursor = None
    while True:
        page = await accounts.directory.list_children(ANN, STAFF, limit=2, after=cursor)
        found += [child.group_id for child in page.items]
        cursor = page.cursor
        if cursor is None:
            break

    assert found == ["g0", "g1", "g2", "g3", "g4"]


async def test_a_cursor_of_children_is_good_for_one_parent_and_tenant_only(accounts: Accounts) -> None:
    for actor in (ANN, OTHER):
        entries = [group("staff"), group("other"), group("a", "staff"), group("b", "staff")]
        await accounts.directory.put_many(actor, entries)
    cursor = (await accounts.directory.list_children(ANN, STAFF, limit=1)).cursor

    with pytest.raises(Invalid, match="cursor"):
        await accounts.directory.list_children(OTHER, STAFF, limit=1, after=cursor)
    with pytest.raises(Invalid, match="cursor"):
        await accounts.directory.list_children(ANN, Principal(PrincipalKind.GROUP, "other"), limit=1, after=cursor)


async def test_a_member_changes_nothing(accounts: Accounts) -> None:
    with pytest.raises(Forbidden):
        await accounts.directory.create(BEN, group("staff"))


@pytest.mark.thorough
async def test_a_full_directory_takes_no_more_and_can_be_made_smaller(accounts: Accounts, table: Table) -> None:
    ids = [f"r{n:05}" for n in range(DIRECTORY_ITEMS_MAX - 1)]
    for start in range(0, len(ids), TRANSACTION_ACTIONS_MAX):
        async with table.for_tenant("acme").transaction() as tx:
            for role_id in ids[start : start + TRANSACTION_ACTIONS_MAX]:
                tx.create(Role(role_id=role_id, name="R"))
    # Written past the service, they are known with the next version.
    await accounts.directory.create(ANN, Role(role_id="last", name="The last"))
    more = Role(role_id="more", name="One more")

    with pytest.raises(Limited, match="20000 roles"):
        await accounts.directory.create(ANN, more)
    with pytest.raises(Limited):
        await accounts.directory.put_many(ANN, [group("staff"), more])

    await accounts.directory.delete(ANN, Principal(PrincipalKind.ROLE, "last"))
    assert (await accounts.directory.put_many(ANN, [group("staff"), more])).created == 2
    with pytest.raises(Limited):
        await accounts.directory.put_many(ANN, [Role(role_id="next", name="N")])
