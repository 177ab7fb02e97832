"""More of the kind: owners, grantors and ids that go and come again."""

from __future__ import annotations

import pytest

from entaku.core.errors import Conflict, Forbidden
from entaku.modules.accounts import parse_principal
from tests.modules.sharing.cases.answers import NOTHING, announced, may
from tests.modules.sharing.row_world import RowWorld


async def test_handed_over_to_somebody_whose_share_had_ended(rows: RowWorld) -> None:
    await rows.world.share("handbook", "individual:bob", "read", until="12:00")
    await announced(rows)
    rows.world.wait_until("12:30")

    await rows.world.change_library("handbook", owner="bob")
    counts = (await rows.world.sharing.libraries.get(rows.world.actor(), "handbook")).thing.share_counts
    await rows.world.change_library("handbook", owner="ann")

    assert counts == {}
    assert await may(rows, "bob") == NOTHING
    assert await announced(rows) == ["bob removed"]


async def test_handed_over_to_somebody_whose_share_is_to_come(rows: RowWorld) -> None:
    await rows.world.share("handbook", "individual:bob", "read", since="12:00")

    await rows.world.change_library("handbook", owner="bob")
    await rows.world.change_library("handbook", owner="ann")
    rows.world.wait_until("12:00")

    assert await may(rows, "bob") == NOTHING


async def test_the_old_owner_keeps_what_a_group_has(rows: RowWorld) -> None:
    await rows.world.change_user("ann", join=frozenset({"g"}))
    await rows.world.share("handbook", "group:g", "read write")
    await announced(rows)

    await rows.world.change_library("handbook", owner="cara")

    assert await may(rows, "ann") == "group: read write"
    assert sorted(await announced(rows)) == ["ann updated read write", "cara added read write delete share"]


async def test_a_user_of_the_same_id_inherits_neither_share_nor_row(rows: RowWorld) -> None:
    await rows.world.share("handbook", "individual:bob", "read share")
    await announced(rows)
    await rows.world.accounts.users.delete(rows.world.actor(), "bob")
    gone = await announced(rows)

    await rows.world.user("bob")

    assert await may(rows, "bob") == NOTHING
    assert (gone, await announced(rows)) == (["bob removed"], [])


async def test_a_group_of_the_same_id_inherits_no_share(rows: RowWorld) -> None:
    await rows.world.share("handbook", "group:g", "read write")
    await rows.world.change_user("bob", leave=frozenset({"g"}))
    await rows.world.accounts.directory.delete(rows.world.actor(), parse_principal("group:g"))

    await rows.world.group("g")
    await rows.world.change_user("bob", join=frozenset({"g"}))

    assert await may(rows, "bob") == NOTHING
    await rows.finish()
    assert await rows.wrong(["bob"], ["handbook"]) == []


async def test_a_library_of_the_same_id_inherits_no_share(rows: RowWorld) -> None:
    await rows.world.share("handbook", "department:d1", "read write")
    await rows.finish()
    await rows.world.sharing.libraries.purge(rows.world.actor(), "handbook")
    await announced(rows)

    await rows.world.library("handbook", owner="cara")

    assert await may(rows, "bob") == NOTHING
    assert await announced(rows) == ["cara added read write delete share"]


async def test_what_was_passed_on_outlives_its_grantor_who_comes_back_as_somebody_else(rows: RowWorld) -> None:
    await rows.world.share("handbook", "individual:cara", "read write share")
    await rows.world.share("handbook", "individual:bob", "read write", by="cara")
    await rows.world.accounts.users.delete(rows.world.actor(), "cara")
    without = await may(rows, "bob")
    rows.world.wait_until("10:00")

    await rows.world.user("cara")
    await rows.world.share("handbook", "individual:cara", "read write share")

    assert without == await may(rows, "bob") == "individual: read write"
    with pytest.raises(Forbidden, match="earlier"):
        await rows.world.unshare("handbook", "individual:bob", by="cara")


async def test_who_is_the_owner_now_is_not_shared_with(rows: RowWorld) -> None:
    await rows.world.change_library("handbook", owner="bob")

    with pytest.raises(Conflict, match="owns"):
        await rows.world.share("handbook", "individual:bob")
    await rows.world.share("handbook", "individual:ann")

    assert await may(rows, "ann") == "individual: read"
