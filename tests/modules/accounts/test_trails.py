"""Nothing changes in silence: in the trail of a person, group, role or department each record goes on from the last."""

from __future__ import annotations

import secrets

import pytest

from entaku.core.context import AccessLevel
from entaku.core.errors import EntakuError
from entaku.modules.accounts import (
    GROUP_CHANGES_MAX,
    TIERS,
    Accounts,
    Group,
    NewTenant,
    NewUser,
    Principal,
    PrincipalKind,
    Role,
    UserChange,
)
from entaku.modules.audit import Audit, AuditRecord, Target
from entaku.table import Model, Table
from entaku.table.driver import Driver
from entaku.testing import ManualClock
from tests.engines import SECRET
from tests.modules.accounts.conftest import ANN, OPERATOR, operator
from tests.modules.sharing.turns import Played, Player, Turns, following_order


async def trail(table: Table, kind: str, target_id: str) -> list[AuditRecord]:
    """What was done to one thing, in the order of its versions."""
    page = await Audit(table, secrets.token_bytes).list(ANN, Target(kind, target_id), limit=100)
    return list(reversed(page.items))


def breaks(records: list[AuditRecord]) -> list[str]:
    """Where a record does not begin with what the one before it ended with."""
    pairs = zip([None, *(record.after for record in records)], [record.before for record in records], strict=False)
    return [record.action for (known, before), record in zip(pairs, records, strict=True) if known != before]


async def test_each_step_of_a_persons_deletion_is_recorded(accounts: Accounts, table: Table) -> None:
    ids = [f"g{n:03}" for n in range(GROUP_CHANGES_MAX + 5)]
    for part in (ids[:40], ids[40:]):
        await accounts.directory.put_many(ANN, [Group(group_id=g, name=g) for g in part])
    await accounts.directory.create(ANN, Role(role_id="clerk", name="Clerk"))
    await accounts.users.change(ANN, "ben", UserChange(role="clerk", join=frozenset(ids[:50])))
    await accounts.users.change(ANN, "ben", UserChange(join=frozenset(ids[50:])))

    await accounts.users.delete(ANN, "ben")

    records = await trail(table, "user", "ben")
    left = [(len((record.after or {"groups": ()})["groups"]), record.reason) for record in records[-3:]]
    assert left == [(5, "the user is being deleted"), (0, "the user is being deleted"), (0, None)]
    assert breaks(records) == []


@pytest.mark.parametrize("kind", [PrincipalKind.GROUP, PrincipalKind.ROLE])
async def test_each_step_of_an_entrys_deletion_is_recorded(
    accounts: Accounts, table: Table, kind: PrincipalKind
) -> None:
    entry = Group(group_id="x", name="X") if kind is PrincipalKind.GROUP else Role(role_id="x", name="X")
    await accounts.directory.put_many(ANN, [entry])

    await accounts.directory.delete(ANN, Principal(kind, "x"))

    records = await trail(table, kind.value, "x")
    assert [record.action.removeprefix(f"{kind.value}_") for record in records] == [
        "created",
        "deletion_begun",
        "deleted",
    ]
    assert breaks(records) == []


async def test_a_deletion_that_is_given_up_is_recorded_as_that(
    bare_driver: Driver, model: Model, clock: ManualClock
) -> None:
    """In every order in which somebody can join the group while it is being deleted."""
    turns = Turns(bare_driver)
    table = Table(turns, model, secret=SECRET, clock=clock)
    accounts = Accounts(table, Audit(table, secrets.token_bytes), TIERS)
    await accounts.tenants.create(OPERATOR, NewTenant(tenant_id="acme", name="Acme"))
    ann = NewUser(user_id="ann", name="Ann", level=AccessLevel.TENANT_ADMIN)
    await accounts.users.create(operator("acme"), ann)
    order: list[str] | None = []
    seen, number = set[str](), 0
    while order is not None:
        number += 1
        group_id = f"g{number}"
        played = await deleted_and_joined(accounts, turns, group_id, order)

        records = await trail(table, "group", group_id)
        is_kept = isinstance(played.outcomes["delete"], EntakuError)
        assert breaks(records) == []
        assert is_kept is (records[-1].after is not None and records[-1].after["state"] == "active")
        seen |= {record.action for record in records}
        order = following_order(played.choices)
    assert seen == {"group_created", "group_deletion_begun", "group_deletion_given_up", "group_deleted"}


async def deleted_and_joined(accounts: Accounts, turns: Turns, group_id: str, order: list[str]) -> Played:
    """A new group, deleted by one and joined by another at once."""
    await accounts.directory.create(ANN, Group(group_id=group_id, name="G"))
    await accounts.users.create(ANN, NewUser(user_id=f"of-{group_id}", name="U"))
    change = UserChange(join=frozenset({group_id}))
    players: dict[str, Player] = {
        "delete": lambda: accounts.directory.delete(ANN, Principal(PrincipalKind.GROUP, group_id)),
        "join": lambda: accounts.users.change(ANN, f"of-{group_id}", change),
    }
    return await turns.play(players, order, brisk=("join",))
