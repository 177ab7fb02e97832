"""People move, groups nest, libraries change hands: checks and lists follow at once."""

from __future__ import annotations

import asyncio

import pytest

from entaku.core.errors import Conflict, Forbidden, NotFound
from tests.modules.sharing.world import World


@pytest.fixture
async def moving(world: World) -> World:
    """Bob in D1; Ann owns one library that D1 may read and one that D2 may read and write."""
    for department in ("d1", "d2"):
        await world.department(department)
    for role in ("clerk", "chief"):
        await world.role(role)
    await world.user("ann", "cara")
    await world.user("bob", department="d1", role="clerk")
    await world.library("of-d1")
    await world.library("of-d2")
    await world.share("of-d1", "department:d1", "read")
    await world.share("of-d2", "department:d2", "read write")
    return world


async def test_department_and_role_change_in_one_moment(moving: World) -> None:
    await moving.share("of-d1", "role:chief", "read delete")
    seen: set[str] = set()

    async def watch() -> None:
        for _ in range(30):
            seen.add(await moving.may("bob", "of-d1"))
            await asyncio.sleep(0)

    await asyncio.gather(watch(), moving.change_user("bob", department="d2", role="chief"), watch())

    assert seen <= {"read", "read delete"}
    assert await moving.may("bob", "of-d1") == "read delete"


async def test_a_moved_department_brings_its_people(moving: World) -> None:
    await moving.nest("department:d1", parent="d2")

    assert await moving.may("bob", "of-d2") == "read write"
    await moving.nest("department:d1", parent=None)
    assert await moving.may("bob", "of-d2") == ""


async def test_a_new_owner_has_everything_and_the_old_one_nothing(moving: World) -> None:
    await moving.share("of-d1", "individual:cara", "read")

    await moving.change_library("of-d1", by="ann", owner="cara")

    assert await moving.may("cara", "of-d1") == "read write delete share"
    assert await moving.may("ann", "of-d1") == ""
    assert list(await moving.listed("ann")) == ["of-d2"]
    assert sorted((await moving.audited("of-d1"))[-2:]) == ["library_transferred", "share_removed"]


async def test_an_absorbed_share_does_not_come_back(moving: World) -> None:
    await moving.share("of-d1", "individual:cara", "read")
    await moving.change_library("of-d1", owner="cara")

    await moving.change_library("of-d1", owner="ann")

    assert await moving.may("cara", "of-d1") == ""


async def test_only_managers_hand_over_and_only_to_who_is_active(moving: World) -> None:
    await moving.change_user("cara", is_active=False)

    with pytest.raises(Forbidden):
        await moving.change_library("of-d1", by="bob", owner="bob")
    for nobody in ("cara", "nobody"):
        with pytest.raises(NotFound):
            await moving.change_library("of-d1", owner=nobody)
    assert await moving.may("ann", "of-d1") == "read write delete share"


async def test_an_owner_is_not_deleted_before_the_libraries_are_handed_over(moving: World) -> None:
    with pytest.raises(Conflict, match="of-d1"):
        await moving.accounts.users.delete(moving.actor(), "ann")

    for library in ("of-d1", "of-d2"):
        await moving.change_library(library, owner="cara")
    await moving.accounts.users.delete(moving.actor(), "ann")

    assert list(await moving.listed("cara")) == ["of-d1", "of-d2"]


async def test_who_is_deactivated_is_denied_until_reactivated(moving: World) -> None:
    await moving.change_user("bob", is_active=False)
    meanwhile = (await moving.may("bob", "of-d1"), await moving.listed("bob"))
    await moving.change_user("bob", is_active=True)

    assert meanwhile == ("", {})
    assert await moving.may("bob", "of-d1") == "read"
