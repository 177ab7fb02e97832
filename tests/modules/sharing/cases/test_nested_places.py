"""More of the kind: shares with something in the middle of a tree, which moves, goes, or reaches only itself."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from entaku.modules.accounts import GROUP_LEVELS_MAX
from tests.modules.sharing.cases.answers import NOTHING, is_union, may
from tests.modules.sharing.cases.over_rest import HANDBOOK, OverRest, over_rest, principal, share, without_request_id
from tests.modules.sharing.row_world import RowWorld

CIRCLES = [
    ("groups/outer", {"parents": ["inner"]}),
    ("groups/outer", {"parents": ["outer"]}),
    ("departments/top", {"parent": "low"}),
    ("departments/top", {"parent": "top"}),
]


async def planted(rows: RowWorld) -> RowWorld:
    """Lou in department low, below mid, below top; in group inner, inside middle, inside outer."""
    world = rows.world
    await world.department("top")
    await world.department("mid", "top")
    await world.department("low", "mid")
    await world.group("outer")
    await world.group("middle", "outer")
    await world.group("inner", "middle")
    await world.user("lou", department="low", groups="inner")
    await rows.finish()
    return rows


@pytest.fixture
async def tree(rows: RowWorld) -> RowWorld:
    return await planted(rows)


@pytest.fixture
async def office(by_precedence: RowWorld) -> AsyncIterator[OverRest]:
    async with over_rest(await planted(by_precedence)) as client:
        yield client


async def test_what_a_department_keeps_to_itself_is_passed_by_on_the_way_down(tree: RowWorld) -> None:
    await tree.world.share("handbook", "department:mid", "read write", include_children=False)
    alone = await may(tree, "lou")

    await tree.world.share("handbook", "department:top", "read delete")
    below = await may(tree, "lou")
    await tree.world.change_user("lou", department="mid")

    assert (alone, below) == (NOTHING, "department: read delete")
    assert await may(tree, "lou") == "department: read write delete"


async def test_a_branch_that_is_taken_off_and_put_back_is_as_if_nothing_had_happened(tree: RowWorld) -> None:
    await tree.world.share("handbook", "department:top", "read write")
    await tree.world.nest("department:mid", parent=None)
    off = await may(tree, "lou")

    await tree.world.nest("department:mid", parent="top")

    assert (off, await may(tree, "lou")) == (NOTHING, "department: read write")


async def test_groups_around_groups_unite_until_one_of_them_is_outside(tree: RowWorld) -> None:
    await tree.world.share("handbook", "group:outer", "read write")
    await tree.world.share("handbook", "group:inner", "read delete")
    all_of_them = await may(tree, "lou")

    await tree.world.nest("group:middle", parents=frozenset())

    assert (all_of_them, await may(tree, "lou")) == ("group: read write delete", "group: read delete")


async def test_two_ways_into_one_group_are_one_and_the_second_keeps_it(tree: RowWorld) -> None:
    await tree.world.change_user("lou", join=frozenset({"outer"}))
    await tree.world.share("handbook", "group:outer", "read write")

    await tree.world.nest("group:inner", parents=frozenset())
    by_the_other = await may(tree, "lou")
    await tree.world.change_user("lou", leave=frozenset({"outer"}))

    assert (by_the_other, await may(tree, "lou")) == ("group: read write", NOTHING)


async def test_a_circle_is_refused_and_its_preview_says_the_same(office: OverRest) -> None:
    for of, change in CIRCLES:
        foreseen = await office.ask("root", "POST", f"/api/{of}/preview", change)
        refused = await office.ask("root", "PATCH", f"/api/{of}", change)

        assert refused.status in (400, 409)
        assert without_request_id(foreseen) == without_request_id(refused)


async def test_as_deep_as_groups_may_be_the_share_reaches_the_bottom(tree: RowWorld) -> None:
    parents: tuple[str, ...] = ()
    for level in range(GROUP_LEVELS_MAX):
        await tree.world.group(f"level-{level}", *parents)
        parents = (f"level-{level}",)
    await tree.world.change_user("cara", join=frozenset(parents))

    await tree.world.share("handbook", "group:level-0", "read write")

    assert await may(tree, "cara") == "group: read write"
    await tree.finish()
    assert await may(tree, "cara") == "group: read write"


async def test_only_of_a_department_it_is_a_difference_whether_those_below_are_meant(office: OverRest) -> None:
    names = ["individual:lou", "group:inner", "role:manager", "organisation:organisation"]
    await office.changed("ann", add=[share(name, include_children=False) for name in names])

    again = (await office.change("ann", add=[share(name) for name in names])).json()

    assert (again["unchanged"], again["change_id"]) == ([principal(name) for name in names], None)


async def test_of_a_department_it_is_a_difference_and_needs_a_version(office: OverRest) -> None:
    first = await office.change("ann", add=[share("department:mid", include_children=False)])

    blind = await office.change("ann", add=[share("department:mid")])
    seen = await office.change("ann", add=[share("department:mid")], If_Match=first.headers["etag"])

    assert (blind.status, seen.status) == (409, 200)
    assert await office.may("lou") == "department: read"


async def test_a_share_that_stops_above_is_told_to_the_owner_in_either_language(office: OverRest) -> None:
    await office.world.share("handbook", "department:mid", include_children=False)

    said = [
        (await office.done("ann", "GET", f"{HANDBOOK}/access/lou", Accept_Language=language))["why"]
        for language in ("en", "ja")
    ]

    assert {why["verdict"] for why in said} == {"only_itself"}
    assert [("Mid" in why["sentence"], "Low" in why["sentence"]) for why in said] == [(True, True)] * 2


async def test_a_role_and_a_branch_under_both_policies(tree: RowWorld) -> None:
    await tree.world.change_user("lou", role="manager")
    await tree.world.share("handbook", "department:top", "read write")
    await tree.world.share("handbook", "role:manager", "read delete")
    both = await may(tree, "lou")

    await tree.world.nest("department:low", parent=None)

    assert both == ("role: read write delete" if await is_union(tree) else "role: read delete")
    assert await may(tree, "lou") == "role: read delete"
