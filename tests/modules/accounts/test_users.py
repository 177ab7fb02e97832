"""People: their memberships and addresses move with them, and nothing of a deletion is left half done."""

from __future__ import annotations

import asyncio
import secrets
from datetime import timedelta

import pytest

from entaku.core.context import AccessLevel
from entaku.core.errors import Conflict, Forbidden, Invalid, Limited, NotFound
from entaku.modules.accounts import (
    GROUP_CHANGES_MAX,
    Accounts,
    Department,
    Group,
    Member,
    NewUser,
    Principal,
    PrincipalKind,
    Role,
    TenantChange,
    UserChange,
    UserProfile,
    UserState,
)
from entaku.modules.audit import Audit, Target
from entaku.table import Table
from entaku.testing import ManualClock
from tests.modules.accounts.conftest import ANN, BEN, OPERATOR, OTHER, Referring, operator


def group(group_id: str) -> Principal:
    return Principal(PrincipalKind.GROUP, group_id)


async def add_groups(accounts: Accounts, *group_ids: str) -> None:
    for start in range(0, len(group_ids), 40):
        part = group_ids[start : start + 40]
        await accounts.directory.put_many(ANN, [Group(group_id=g, name=g) for g in part])


async def members(accounts: Accounts, principal: Principal) -> list[str]:
    page = await accounts.users.list_members(ANN, principal, limit=200)
    return [profile.user_id for profile in page.items]


async def test_a_user_is_a_member_of_everything_from_the_first_moment(accounts: Accounts) -> None:
    await accounts.directory.create(ANN, Department(department_id="sales", name="Sales"))
    await add_groups(accounts, "staff")

    await accounts.users.create(
        ANN, NewUser(user_id="eva", name="Eva", department="sales", groups=frozenset({"staff"}))
    )

    assert await members(accounts, group("staff")) == ["eva"]
    assert await members(accounts, Principal(PrincipalKind.DEPARTMENT, "sales")) == ["eva"]


async def test_joining_and_leaving_change_the_members_in_one_step(accounts: Accounts) -> None:
    await add_groups(accounts, "a", "b")
    await accounts.users.change(ANN, "ben", UserChange(join=frozenset({"a"})))

    await accounts.users.change(ANN, "ben", UserChange(join=frozenset({"b"}), leave=frozenset({"a"})))

    assert (await members(accounts, group("a")), await members(accounts, group("b"))) == ([], ["ben"])


async def test_a_group_cannot_be_joined_and_left_in_one_change(accounts: Accounts) -> None:
    await add_groups(accounts, "a")

    with pytest.raises(Invalid, match="both joined and left"):
        await accounts.users.change(ANN, "ben", UserChange(join=frozenset({"a"}), leave=frozenset({"a"})))


async def test_leaving_a_group_that_does_not_exist_is_not_found(accounts: Accounts) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        await accounts.users.change(ANN, "ben", UserChange(leave=frozenset({"nowhere"})))


async def test_as_many_memberships_as_a_change_holds_change_together(accounts: Accounts) -> None:
    ids = [f"g{n:03}" for n in range(GROUP_CHANGES_MAX)]
    await add_groups(accounts, *ids)
    await accounts.users.change(ANN, "ben", UserChange(join=frozenset(ids[:30]), email="ben@example.com"))

    change = UserChange(groups=frozenset(ids[30:]), email="ben@example.org", name="Benjamin")
    profile = await accounts.users.change(ANN, "ben", change)

    assert profile.groups == frozenset(ids[30:])
    assert await members(accounts, group(ids[0])) == []


async def test_one_membership_more_is_refused_with_the_bound(accounts: Accounts) -> None:
    ids = [f"g{n:03}" for n in range(GROUP_CHANGES_MAX + 1)]
    await add_groups(accounts, *ids)

    with pytest.raises(Invalid, match=f"holds {GROUP_CHANGES_MAX}"):
        await accounts.users.change(ANN, "ben", UserChange(join=frozenset(ids)))


async def test_changing_nothing_writes_nothing(accounts: Accounts) -> None:
    before = await accounts.users.get(ANN, "ben")

    after = await accounts.users.change(ANN, "ben", UserChange(name="Ben", is_active=True))

    assert after.version == before.version


async def test_an_address_that_was_let_go_can_be_taken_by_somebody_else(accounts: Accounts) -> None:
    await accounts.users.change(ANN, "ann", UserChange(email="desk@example.com"))
    await accounts.users.change(ANN, "ann", UserChange(email="ann@example.com"))

    profile = await accounts.users.change(ANN, "ben", UserChange(email="Desk@example.com"))

    assert profile.email == "Desk@example.com"


async def test_two_who_want_one_address_at_once_do_not_both_get_it(accounts: Accounts) -> None:
    wanted = UserChange(email="desk@example.com")

    outcomes = await asyncio.gather(
        accounts.users.change(ANN, "ann", wanted), accounts.users.change(ANN, "ben", wanted), return_exceptions=True
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "UserProfile"]


async def test_an_address_of_another_tenant_is_free(accounts: Accounts) -> None:
    await accounts.users.change(OTHER, "ben", UserChange(email="ben@example.com"))

    profile = await accounts.users.change(ANN, "ben", UserChange(email="ben@example.com"))

    assert profile.email == "ben@example.com"


async def test_an_administrator_neither_makes_nor_touches_an_operator(accounts: Accounts) -> None:
    await accounts.users.create(operator("acme"), NewUser(user_id="op", name="Op", level=AccessLevel.OPERATOR))

    with pytest.raises(Forbidden):
        await accounts.users.change(ANN, "ben", UserChange(level=AccessLevel.OPERATOR))
    with pytest.raises(Forbidden):
        await accounts.users.change(ANN, "op", UserChange(is_active=False))
    with pytest.raises(Forbidden):
        await accounts.users.delete(ANN, "op")


async def test_a_member_changes_nobody(accounts: Accounts) -> None:
    with pytest.raises(Forbidden):
        await accounts.users.change(BEN, "ben", UserChange(level=AccessLevel.TENANT_ADMIN))


async def test_no_more_users_than_the_limit_however_many_come_at_once(accounts: Accounts) -> None:
    await accounts.tenants.change(OPERATOR, "acme", TenantChange(limits={"users": 4}))
    new = [NewUser(user_id=f"u{n}", name="U") for n in range(5)]

    outcomes = await asyncio.gather(*(accounts.users.create(ANN, n) for n in new), return_exceptions=True)

    assert sum(isinstance(outcome, UserProfile) for outcome in outcomes) == 2
    assert {type(o) for o in outcomes if isinstance(o, BaseException)} <= {Limited, Conflict}
    assert (await accounts.tenants.settings(ANN)).usage["users"] == 4


async def test_nothing_of_a_deleted_user_is_left(accounts: Accounts, referring: Referring) -> None:
    await accounts.directory.create(ANN, Role(role_id="clerk", name="Clerk"))
    ids = [f"g{n:03}" for n in range(GROUP_CHANGES_MAX + 5)]
    await add_groups(accounts, *ids)
    await accounts.users.change(ANN, "ben", UserChange(role="clerk", email="ben@example.com"))
    await accounts.users.change(ANN, "ben", UserChange(join=frozenset(ids[:50])))
    await accounts.users.change(ANN, "ben", UserChange(join=frozenset(ids[50:])))

    await accounts.users.delete(ANN, "ben")

    assert [await members(accounts, group(g)) for g in (ids[0], ids[-1])] == [[], []]
    assert referring.released == [Principal(PrincipalKind.INDIVIDUAL, "ben")]
    assert (await accounts.tenants.settings(ANN)).usage["users"] == 1
    await accounts.users.create(ANN, NewUser(user_id="new", name="New", email="ben@example.com"))


async def test_an_interrupted_deletion_is_finished_by_repeating_it(accounts: Accounts, referring: Referring) -> None:
    async def crash() -> None:
        raise ConnectionError("the power is gone")

    referring.meanwhile = crash
    version = (await accounts.users.get(ANN, "ben")).version
    with pytest.raises(ConnectionError):
        await accounts.users.delete(ANN, "ben", expect=version)

    await accounts.users.delete(ANN, "ben", expect=version)

    with pytest.raises(NotFound):
        await accounts.users.delete(ANN, "ben")


async def test_a_slow_deletion_leaves_the_next_user_of_that_id_alone(
    accounts: Accounts, referring: Referring, table: Table
) -> None:
    await add_groups(accounts, "staff")

    async def somebody_faster() -> None:
        await accounts.users.delete(ANN, "ben")
        await accounts.users.create(ANN, NewUser(user_id="ben", name="New Ben", groups=frozenset({"staff"})))

    referring.meanwhile = somebody_faster
    await accounts.users.delete(ANN, "ben")

    assert (await accounts.users.get(ANN, "ben")).name == "New Ben"
    member = Member.at(principal=group("staff"), user_id="ben")
    assert await table.for_tenant("acme").find(member) is not None


async def test_whoever_owns_something_is_not_deleted(accounts: Accounts, referring: Referring) -> None:
    referring.owned = "ben owns library 'handbook'; hand it over first"

    with pytest.raises(Conflict, match="handbook"):
        await accounts.users.delete(ANN, "ben")

    assert (await accounts.users.get(ANN, "ben")).state is UserState.ACTIVE


async def test_every_change_is_in_the_audit_trail_with_what_was_before(
    accounts: Accounts, table: Table, clock: ManualClock
) -> None:
    clock.advance(timedelta(seconds=1))
    await accounts.users.change(ANN, "ben", UserChange(name="Benjamin"))

    page = await Audit(table, secrets.token_bytes).list(ANN, Target("user", "ben"), limit=10)
    record = page.items[0]
    assert (record.action, record.actor, record.request_id) == ("user_changed", "ann", "r1")
    assert [(fields or {}).get("name") for fields in (record.before, record.after)] == ["Ben", "Benjamin"]


async def test_a_user_of_another_tenant_does_not_exist(accounts: Accounts) -> None:
    await accounts.users.create(OTHER, NewUser(user_id="zoe", name="Zoe"))

    for doing in (
        accounts.users.get(ANN, "zoe"),
        accounts.users.change(ANN, "zoe", UserChange(name="Mine")),
        accounts.users.delete(ANN, "zoe"),
    ):
        with pytest.raises(NotFound):
            await doing


@pytest.mark.parametrize("character", ["\u202e", "\u2066", "\u2028", "\x9b", "\n"])
async def test_no_name_turns_or_breaks_the_text_around_it(accounts: Accounts, character: str) -> None:
    with pytest.raises(Invalid, match="cannot be shown") as refused:
        await accounts.users.change(ANN, "ben", UserChange(name=f"ben{character}nna"))

    assert character not in str(refused.value)


@pytest.mark.parametrize("name", ["مريم", "שרה\u200f (ב)", "علی\u200cرضا", "👩\u200d🚀", "佐藤 花"])
async def test_names_of_every_script_are_taken(accounts: Accounts, name: str) -> None:
    assert (await accounts.users.change(ANN, "ben", UserChange(name=name))).name == name


async def test_nobody_is_added_to_a_deleted_tenant(accounts: Accounts) -> None:
    await accounts.tenants.change(OPERATOR, "acme", TenantChange(is_suspended=True))
    await accounts.users.create(operator("acme"), NewUser(user_id="cid", name="Cid"))
    await accounts.tenants.delete(OPERATOR, "acme")

    with pytest.raises(Conflict, match="bring it back"):
        await accounts.users.create(operator("acme"), NewUser(user_id="dan", name="Dan"))
