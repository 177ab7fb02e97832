"""Several shares that reach one person: the nearest level decides, or all together, as the tenant has chosen."""

from __future__ import annotations

import pytest

from entaku.modules.accounts import SharingPolicy
from tests.modules.sharing.world import World


@pytest.fixture
async def overlapping(either: World) -> World:
    """Bob: manager in department D1, in groups G and H. Ann owns a handbook."""
    await either.department("d1")
    await either.role("manager")
    await either.group("g")
    await either.group("h")
    await either.user("ann")
    await either.user("bob", department="d1", role="manager", groups="g h")
    await either.library("handbook")
    return either


async def is_union(world: World) -> bool:
    return (await world.accounts.tenants.settings(world.actor())).sharing_policy is SharingPolicy.UNION


async def test_a_share_can_stop_at_the_department_itself(overlapping: World) -> None:
    await overlapping.department("d1-east", "d1")
    await overlapping.user("eve", department="d1-east")

    await overlapping.share("handbook", "department:d1", include_children=False)

    assert await overlapping.may("bob", "handbook") == "read"
    assert await overlapping.may("eve", "handbook") == ""
    assert await overlapping.listed("eve") == {}


async def test_a_tenant_that_changes_its_policy_is_answered_by_it_at_once(overlapping: World) -> None:
    await overlapping.share("handbook", "individual:bob", "read")
    await overlapping.share("handbook", "organisation", "read write")
    was_union = await is_union(overlapping)

    policy = SharingPolicy.PRECEDENCE if was_union else SharingPolicy.UNION
    await overlapping.accounts.tenants.change_policy(overlapping.actor(), policy)

    expected = "read" if was_union else "read write"
    assert await overlapping.may("bob", "handbook") == expected
    assert " ".join((await overlapping.listed("bob"))["handbook"].permissions) == expected
