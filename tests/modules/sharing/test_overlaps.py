"""Several shares that reach one person: the nearest level decides, or all together, as the tenant has chosen."""

from __future__ import annotations

import itertools

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


async def test_an_individual_share_outranks_a_department(overlapping: World) -> None:
    await overlapping.share("handbook", "individual:bob", "read")
    await overlapping.share("handbook", "department:d1", "read write")

    row = (await overlapping.listed("bob"))["handbook"]
    answer = await overlapping.access("bob", "handbook")
    expected = "read write" if await is_union(overlapping) else "read"
    assert await overlapping.may("bob", "handbook") == " ".join(row.permissions) == expected
    assert row.access_type == answer.access_type == "individual"
    assert [str(source.principal) for source in answer.why.sources] == ["individual:bob", "department:d1"]


async def test_without_the_individual_share_the_department_shows(overlapping: World) -> None:
    await overlapping.share("handbook", "individual:bob", "read")
    await overlapping.share("handbook", "department:d1", "read write")

    await overlapping.unshare("handbook", "individual:bob")

    row = (await overlapping.listed("bob"))["handbook"]
    assert (row.access_type, row.permissions) == ("department", ("read", "write"))


async def test_removing_an_outranked_share_changes_nothing_but_the_trail(overlapping: World) -> None:
    await overlapping.share("handbook", "individual:bob", "read write")
    await overlapping.share("handbook", "department:d1", "read")
    before = await overlapping.listed("bob")

    await overlapping.unshare("handbook", "department:d1")

    assert await overlapping.listed("bob") == before
    assert await overlapping.audited("handbook") == ["library_created", "share_added", "share_added", "share_removed"]


async def test_a_role_outranks_a_department(overlapping: World) -> None:
    await overlapping.share("handbook", "department:d1", "read write")
    await overlapping.share("handbook", "role:manager", "read delete")

    expected = "read write delete" if await is_union(overlapping) else "read delete"
    assert await overlapping.may("bob", "handbook") == expected
    assert (await overlapping.access("bob", "handbook")).access_type == "role"


@pytest.mark.parametrize("order", list(itertools.permutations([("g", "read"), ("h", "read write")])))
async def test_groups_unite_in_any_order_of_writing(overlapping: World, order: tuple[tuple[str, str], ...]) -> None:
    for group, permissions in order:
        await overlapping.share("handbook", f"group:{group}", permissions)

    assert await overlapping.may("bob", "handbook") == "read write"


async def test_nesting_does_not_rank(either: World) -> None:
    await either.department("company")
    await either.department("sales", "company")
    await either.group("outer")
    await either.group("inner", "outer")
    await either.user("ann")
    await either.user("bob", department="sales", groups="inner")
    await either.library("by-department")
    await either.library("by-group")

    await either.share("by-department", "department:company", "read write")
    await either.share("by-department", "department:sales", "read delete")
    await either.share("by-group", "group:outer", "read write")
    await either.share("by-group", "group:inner", "read")

    assert await either.may("bob", "by-department") == "read write delete"
    assert await either.may("bob", "by-group") == "read write"


async def test_the_organisation_is_everybody_who_is_active(overlapping: World) -> None:
    await overlapping.user("cara")
    await overlapping.change_user("cara", is_active=False)

    await overlapping.share("handbook", "organisation")

    assert list(await overlapping.listed("bob")) == ["handbook"]
    assert await overlapping.listed("cara") == {}
    assert await overlapping.may("cara", "handbook") == ""


async def test_an_owner_is_listed_once_with_everything(overlapping: World) -> None:
    await overlapping.change_user("ann", department="d1")
    await overlapping.share("handbook", "department:d1", "read")

    row = (await overlapping.listed("ann"))["handbook"]
    assert (row.access_type, len(row.permissions)) == ("owner", 4)
    assert await overlapping.may("ann", "handbook") == "read write delete share"


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
