"""A library handed over is the new owner's, who had a share at most; the old one keeps what is meant for them."""

from __future__ import annotations

import pytest

from entaku.core.errors import Conflict, Forbidden, Invalid, NotFound
from entaku.modules.sharing import Library, Permission
from entaku.table import idempotency_key
from tests.modules.sharing.world import World

READ = frozenset({Permission.READ})


@pytest.fixture
async def shelf(world: World) -> World:
    """Ann owns a handbook, which Bob may read."""
    await world.user("ann", "bob", "cara")
    await world.library("handbook")
    await world.share("handbook", "individual:bob")
    return world


async def transfer(world: World, to: str, *, by: str = "ann", keep: str = "") -> Library:
    kept = frozenset(Permission(word) for word in keep.split())
    return await world.sharing.libraries.transfer(world.actor(by), "handbook", to, keep=kept)


async def test_the_new_owner_has_everything_and_the_old_one_nothing(shelf: World) -> None:
    after = await transfer(shelf, "bob")

    assert (after.owner, after.share_counts) == ("bob", {})
    assert (await shelf.may("bob", "handbook"), await shelf.may("ann", "handbook")) == ("read write delete share", "")


async def test_the_old_owner_keeps_what_is_kept_for_them(shelf: World) -> None:
    after = await transfer(shelf, "bob", keep="read write")

    row = (await shelf.listed("ann"))["handbook"]
    assert (await shelf.may("ann", "handbook"), row.access_type, row.granted_by) == ("read write", "individual", "ann")
    assert after.share_counts == {"individual": 1}


async def test_each_share_it_concerns_is_in_the_trail_at_one_version(shelf: World) -> None:
    after = await transfer(shelf, "bob", keep="read")

    page = await shelf.sharing.libraries.audit(shelf.actor(), "handbook", limit=3)
    told = {(record.action, record.subject, record.target_version) for record in page.items}
    assert told == {
        ("library_transferred", None, after.version),
        ("share_removed", "individual:bob", after.version),
        ("share_added", "individual:ann", after.version),
    }


async def test_what_is_kept_can_be_taken_away(shelf: World) -> None:
    await transfer(shelf, "bob", keep="read")

    await shelf.unshare("handbook", "individual:ann", by="bob")

    assert await shelf.listed("ann") == {}


async def test_a_delegate_hands_nothing_over(shelf: World) -> None:
    with pytest.raises(Forbidden):
        await transfer(shelf, "bob", by="bob")


async def test_to_the_owner_it_is_no_change(shelf: World) -> None:
    before = await shelf.version("handbook")

    assert (await transfer(shelf, "ann", keep="read")).version == before


async def test_what_no_share_can_grant_is_not_kept(shelf: World) -> None:
    with pytest.raises(Invalid, match="no `read`; every share does"):
        await transfer(shelf, "bob", keep="write")


@pytest.mark.parametrize("to", ["nobody", "gone", "away"])
async def test_only_who_is_there_and_active_takes_over(shelf: World, to: str) -> None:
    await shelf.user("gone", "away")
    await shelf.accounts.users.delete(shelf.actor(), "gone")
    await shelf.change_user("away", is_active=False)

    with pytest.raises(NotFound, match=f"no active user '{to}'"):
        await transfer(shelf, to)


async def test_a_deactivated_owner_keeps_it_for_when_they_are_back(shelf: World) -> None:
    await shelf.change_user("ann", is_active=False)

    await transfer(shelf, "bob", by="root", keep="read")
    meanwhile = await shelf.may("ann", "handbook")
    await shelf.change_user("ann", is_active=True)

    assert (meanwhile, await shelf.may("ann", "handbook")) == ("", "read")


async def test_an_administrator_hands_over_to_themselves(shelf: World) -> None:
    assert (await transfer(shelf, "root", by="root", keep="read")).owner == "root"


async def test_a_stale_version_hands_nothing_over(shelf: World) -> None:
    with pytest.raises(Conflict):
        await shelf.sharing.libraries.transfer(shelf.actor("ann"), "handbook", "bob", expect=1)


async def test_repeated_with_its_key_it_is_done_once(shelf: World) -> None:
    for _ in range(2):
        key = idempotency_key("once", b"")
        await shelf.sharing.libraries.transfer(shelf.actor("ann"), "handbook", "bob", keep=READ, idempotency=key)

    assert (await shelf.audited("handbook")).count("library_transferred") == 1
