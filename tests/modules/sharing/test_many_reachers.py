"""Many who reach a library: pages in the order of ids go on by themselves, and what would need all of them is refused.

What is much is so little here that a test can make it: the bounds are what each test says.
"""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest

from entaku.core.errors import Invalid
from entaku.modules.accounts import Directory, everyone
from entaku.modules.sharing import Permission, Reachers, ReachersBounds
from entaku.modules.sharing.model import library_resource
from entaku.table import changed
from tests.modules.sharing.reaching import asked, ids_of, walked
from tests.modules.sharing.world import World

PEOPLE = [f"u{n:02}" for n in range(24)]
TIGHT = ReachersBounds(counted_unasked=2, sorted=4, counted=40, looked_at=5)
L = library_resource("l")


def bounded(world: World, **bounds: Any) -> Reachers:
    """The service with bounds of its own; those of `TIGHT` where nothing is said."""
    tight = msgspec.structs.replace(TIGHT, **bounds)
    return Reachers(world.app.table, world.accounts.hierarchies, world.clock, world.sharing.kinds, tight)


@pytest.fixture
async def crowd(world: World) -> World:
    """Ann owns `l`, shared with two groups of twelve, who have six in common, and with two people."""
    await world.group("even")
    await world.group("third")
    await world.user("ann")
    for n, user in enumerate(PEOPLE):
        groups = [name for name, each in (("even", 2), ("third", 3)) if n % each == 0]
        await world.user(user, groups=" ".join(groups))
    await world.library("l")
    for principal in ("group:even", "group:third", "individual:u01", "individual:u05"):
        await world.share("l", principal)
    return world


REACHED = ["ann", *(user for n, user in enumerate(PEOPLE) if n % 2 == 0 or n % 3 == 0 or n in (1, 5))]


@pytest.mark.parametrize("limit", [1, 3, 7, 100])
@pytest.mark.parametrize("looked_at", [1, 5, 1_000])
async def test_walking_the_pages_finds_everybody_once_in_the_order_of_ids(
    crowd: World, limit: int, looked_at: int
) -> None:
    pages = await walked(crowd, bounded(crowd, looked_at=looked_at), asked(limit=limit))

    assert ids_of(pages) == REACHED
    assert all(len(page.users) <= limit and page.total is None for page in pages)


async def test_who_stays_comes_once_whoever_comes_and_goes_meanwhile(crowd: World) -> None:
    dice, touched = random.Random(7), set[str]()

    async def meanwhile() -> None:
        for user in dice.sample(PEOPLE, 2):
            touched.add(user)
            await crowd.change_user(user, groups=frozenset(g for g in ("even", "third") if dice.random() < 0.5))

    ids = ids_of(await walked(crowd, bounded(crowd), asked(limit=2), meanwhile))

    assert ids == sorted(set(ids))
    assert set(REACHED) - touched <= set(ids)


async def test_a_page_that_finds_nobody_says_where_to_go_on(crowd: World) -> None:
    for user in REACHED[1:-1]:
        await crowd.change_user(user, is_active=False)

    pages = await walked(crowd, bounded(crowd), asked(limit=3))

    assert ids_of(pages) == ["ann", REACHED[-1]]
    assert [] in [[*page.users] for page in pages[:-1]]


async def test_what_few_pass_is_found_all_the_same(crowd: World) -> None:
    await crowd.share("l", "individual:u20", "read write")

    writers = await walked(crowd, bounded(crowd), asked(limit=3, permission=Permission.WRITE))
    searched = await walked(crowd, bounded(crowd), asked(limit=3, q="u2"))

    assert ids_of(writers) == ["ann", "u20"]
    assert ids_of(searched) == [user for user in REACHED if "u2" in user]


async def test_another_order_needs_few_enough(crowd: World) -> None:
    with pytest.raises(Invalid, match="sort=name is for up to 4 users, and more may reach this; use sort=id"):
        await bounded(crowd).of_resource(crowd.actor(), L, asked(sort="name"))

    page = await bounded(crowd, sorted=40).of_resource(crowd.actor(), L, asked(sort="name"))

    assert page.total == len(REACHED)


async def test_a_total_is_exact_where_it_is_asked_for(crowd: World) -> None:
    unasked = await bounded(crowd).of_resource(crowd.actor(), L, asked(limit=2))
    pages = await walked(crowd, bounded(crowd), asked(limit=5, exact_total=True))

    assert unasked.total is None
    assert {page.total for page in pages} == {len(REACHED)}
    assert ids_of(pages) == REACHED
    with pytest.raises(Invalid, match="more than 3 users may reach this, too many to be counted in one answer"):
        await bounded(crowd, counted=3).of_resource(crowd.actor(), L, asked(exact_total=True))


async def test_a_total_is_asked_for_in_the_middle_of_a_walk(crowd: World) -> None:
    first = await bounded(crowd).of_resource(crowd.actor(), L, asked(limit=4))

    rest = await walked(crowd, bounded(crowd), asked(limit=4, cursor=first.next_cursor, exact_total=True))

    assert ids_of([first, *rest]) == REACHED
    assert rest[0].total == len(REACHED)


async def test_more_principals_than_are_merged_change_nothing(crowd: World) -> None:
    pages = await walked(crowd, bounded(crowd, member_lists=1), asked(limit=4))

    assert ids_of(pages) == REACHED


async def test_the_organisation_is_walked_by_its_roll(crowd: World) -> None:
    await crowd.share("l", "organisation")

    assert ids_of(await walked(crowd, bounded(crowd), asked(limit=5))) == ["ann", "root", *PEOPLE]


async def test_a_tenant_without_a_roll_says_that_its_list_may_lack_somebody(crowd: World) -> None:
    await crowd.share("l", "organisation")
    await forget_the_roll(crowd)
    everybody = ["ann", "root", *PEOPLE]

    before = await walked(crowd, bounded(crowd), asked(limit=5))
    await crowd.sharing.jobs.run(crowd.actor(), "rows")
    after = await walked(crowd, bounded(crowd), asked(limit=5))

    assert (ids_of(before), {page.complete for page in before}) == (everybody, {False})
    assert (ids_of(after), {page.complete for page in after}) == (everybody, {True})


async def test_only_shares_with_the_organisation_need_a_roll(crowd: World) -> None:
    await forget_the_roll(crowd)

    assert all(page.complete for page in await walked(crowd, bounded(crowd), asked(limit=5)))


async def forget_the_roll(world: World) -> None:
    """As a tenant is from before there was one."""
    table = world.app.table.for_tenant(world.tenant_id)
    (members,) = await table.list_all(everyone(), at_most=100)
    for member in members:
        await table.delete(member)
    await table.replace(changed(await table.get(Directory.at()), has_roll=False))
