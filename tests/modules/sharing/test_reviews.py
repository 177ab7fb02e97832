"""Who could reach what at an instant: what a review says, whom it is for, and when it says that it cannot know."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from entaku import Config, Module, build
from entaku.core.errors import Conflict, Forbidden, Invalid, Limited, NotFound
from entaku.main import App
from entaku.modules.accounts import SharingPolicy, parse_principal
from entaku.modules.audit import Target
from entaku.modules.sharing import Resource, ReviewedAccess, ReviewPage, ReviewRequest, Reviews, Shareable
from entaku.table import key
from entaku.table.driver import Driver
from entaku.testing import ManualClock
from tests.modules.sharing.reviewing import Settle, removed, reviewed
from tests.modules.sharing.world import World, grant

ATLAS = Resource("library", "atlas")


@pytest.fixture
async def office(world: World) -> World:
    """Ann owns the atlas; bob is in the group of designers, cara in no group."""
    await world.group("designers")
    await world.user("ann", "cara")
    await world.user("bob", groups="designers")
    await world.library("atlas")
    return world


def instant(world: World) -> datetime:
    """The present one; what follows happens later."""
    at = world.clock.now()
    world.clock.advance(timedelta(minutes=1))
    return at


async def who(world: World, at: datetime, **request: object) -> dict[str, str]:
    """Who could do what with the atlas."""
    found = await reviewed(world, ReviewRequest(at=at, **request))  # pyright: ignore[reportArgumentType]
    return {user: " ".join(rows[ATLAS]["permissions"]) for user, rows in found.items() if ATLAS in rows}


async def accesses_of(world: World, request: ReviewRequest) -> list[ReviewedAccess]:
    pages = [page async for page in world.sharing.reviews.pages(world.actor(), request)]
    return [access for page in pages for access in page.accesses]


async def test_a_share_that_was_taken_back_is_there_at_the_instant_between(office: World, settled: Settle) -> None:
    before = instant(office)
    await office.share("atlas", "group:designers", "read write")
    between = instant(office)
    await office.unshare("atlas", "group:designers")
    after = instant(office)
    await settled()

    assert await who(office, before) == {"ann": "read write delete share"}
    assert await who(office, between) == {"ann": "read write delete share", "bob": "read write"}
    assert await who(office, after) == {"ann": "read write delete share"}


async def test_an_access_says_by_what_it_was(office: World, settled: Settle) -> None:
    await office.share("atlas", "group:designers", "read write")
    at = instant(office)
    await office.change_library("atlas", name="Another name")
    await office.change_user("bob", name="Robert")
    await settled()

    (access,) = await accesses_of(office, ReviewRequest(at=at, user_id="bob"))

    assert (access.user_name, access.resource, access.name, access.owner) == ("Bob", ATLAS, "Atlas", "ann")
    assert (access.access_type, access.via) == ("group", ("group:designers",))
    assert (access.granted_by, access.granted_at) == ("root", at)


async def test_a_change_counts_in_its_very_millisecond(office: World, settled: Settle) -> None:
    instant(office)
    shared_at = office.clock.now()
    await office.share("atlas", "individual:cara")
    instant(office)
    await settled()

    assert "cara" in await who(office, shared_at)
    assert "cara" not in await who(office, shared_at - timedelta(milliseconds=1))
    assert "cara" in await who(office, shared_at + timedelta(microseconds=300))


async def test_users_and_libraries_that_are_gone_are_in_the_review(office: World, settled: Settle) -> None:
    await office.share("atlas", "group:designers")
    at = instant(office)
    await office.accounts.users.delete(office.actor(), "bob")
    await office.sharing.libraries.delete(office.actor(), "atlas")
    after = instant(office)
    await settled()

    assert set(await who(office, at)) == {"ann", "bob"}
    assert await who(office, after) == {}


async def test_an_id_that_is_used_again_is_somebody_else(office: World, settled: Settle) -> None:
    await office.share("atlas", "individual:bob")
    first = instant(office)
    await office.accounts.users.delete(office.actor(), "bob")
    between = instant(office)
    await office.user("bob")
    await office.share("atlas", "individual:bob", "read write")
    second = instant(office)
    await settled()

    permissions = [(await who(office, at)).get("bob") for at in (first, between, second)]
    assert permissions == ["read", None, "read write"]


async def test_people_and_directory_are_as_they_stood(office: World, settled: Settle) -> None:
    await office.department("division")
    await office.department("sales", "division")
    await office.group("everyone-creative")
    await office.change_user("cara", department="sales")
    await office.share("atlas", "department:division", "read write")
    await office.share("atlas", "group:everyone-creative")
    first = instant(office)
    await office.nest("department:sales", parent=None)
    await office.nest("group:designers", parents=frozenset({"everyone-creative"}))
    second = instant(office)
    await office.change_user("bob", is_active=False)
    third = instant(office)
    await settled()

    assert set(await who(office, first)) == {"ann", "cara"}
    assert set(await who(office, second)) == {"ann", "bob"}
    assert set(await who(office, third)) == {"ann"}


async def test_the_policy_is_the_one_of_the_instant(office: World, settled: Settle) -> None:
    await office.share("atlas", "group:designers", "read write")
    await office.share("atlas", "individual:bob", "read")
    nearest = instant(office)
    await office.accounts.tenants.change_policy(office.actor(), SharingPolicy.UNION)
    united = instant(office)
    await settled()

    assert (await who(office, nearest))["bob"] == "read"
    assert (await who(office, united))["bob"] == "read write"


async def test_a_tenant_that_never_changed_its_policy_is_reviewed_by_it(
    app: App, clock: ManualClock, settled: Settle
) -> None:
    world = await World(app, clock, "united").create(SharingPolicy.UNION)
    await world.user("ann", "bob", department=None)
    await world.library("atlas")
    await world.share("atlas", "organisation", "read write")
    await world.share("atlas", "individual:bob", "read")
    at = instant(world)
    await world.accounts.tenants.change_policy(world.actor(), SharingPolicy.PRECEDENCE)
    await settled()

    assert (await who(world, at))["bob"] == "read write"


async def test_of_one_library_or_user_it_is_a_part_of_the_whole(office: World, settled: Settle) -> None:
    await office.library("guide", owner="bob")
    await office.share("atlas", "individual:bob")
    at = instant(office)
    await settled()

    assert await who(office, at, resource=ATLAS) == await who(office, at)
    assert await who(office, at, user_id="bob") == {"bob": "read"}
    assert await who(office, at, user_id="cara", resource=ATLAS) == {}
    assert [each.resource.id for each in await accesses_of(office, ReviewRequest(at=at, user_id="bob"))] == [
        "atlas",
        "guide",
    ]


async def test_pages_are_the_whole_whatever_happens_between_them(office: World, settled: Settle) -> None:
    await office.share("atlas", "organisation")
    request = ReviewRequest(at=instant(office))
    office.clock.advance(timedelta(hours=1))
    await settled()
    whole = await accesses_of(office, request)

    pages: list[ReviewPage] = [await office.sharing.reviews.page(office.actor(), request, limit=1)]
    while (cursor := pages[-1].cursor) is not None:
        await office.user(f"new-{len(pages)}")
        await office.change_library("atlas", name=f"Name {len(pages)}")
        pages.append(await office.sharing.reviews.page(office.actor(), request, limit=1, after=cursor))

    assert [access for page in pages for access in page.accesses] == whole
    assert sum(page.users for page in pages) == 4


async def test_however_small_pages_are_they_are_the_whole(office: World, settled: Settle) -> None:
    for library in ("guide", "notes"):
        await office.library(library, owner="cara")
        await office.share(library, "organisation")
    request = ReviewRequest(at=instant(office))
    await settled()
    whole = await accesses_of(office, request)
    reviews = Reviews(office.app.table, office.sharing.kinds, office.clock, accesses_max=1)

    split = [page async for page in reviews.pages(office.actor(), request)]
    pages = [await reviews.page(office.actor(), request, limit=3)]
    while (cursor := pages[-1].cursor) is not None:
        pages.append(await reviews.page(office.actor(), request, limit=3, after=cursor))

    assert [len(page.accesses) for page in split] == [1] * len(whole)
    for found in (split, pages):
        assert [access for page in found for access in page.accesses] == whole
        assert sum(page.users for page in found) == 4


async def test_a_page_looks_at_a_bounded_number_of_resources(office: World, settled: Settle) -> None:
    await office.library("guide")
    request = ReviewRequest(at=instant(office))
    await settled()
    reviews = Reviews(office.app.table, office.sharing.kinds, office.clock, things_max=1)

    with pytest.raises(Limited, match="more than 1 resources"):
        await reviews.page(office.actor(), request, limit=1)


async def test_a_cursor_is_good_for_its_own_review_only(office: World, settled: Settle) -> None:
    at = instant(office)
    await settled()
    page = await office.sharing.reviews.page(office.actor(), ReviewRequest(at=at), limit=1)

    with pytest.raises(Invalid, match="cursor"):
        await office.sharing.reviews.page(
            office.actor(), ReviewRequest(at=at - timedelta(milliseconds=1)), limit=1, after=page.cursor
        )


async def test_it_is_for_administrators(office: World) -> None:
    with pytest.raises(Forbidden, match="administrators"):
        await office.sharing.reviews.page(office.actor("ann"), ReviewRequest(at=instant(office)), limit=1)


async def test_before_the_tenant_there_is_nothing_to_review(office: World) -> None:
    with pytest.raises(Invalid, match="the trail of tenant 'acme' begins at"):
        await who(office, office.clock.now() - timedelta(milliseconds=1))


async def test_what_is_still_to_come_is_not_reviewed(office: World) -> None:
    with pytest.raises(Invalid, match="still to come"):
        await who(office, office.clock.now() + timedelta(milliseconds=1))


async def test_an_instant_without_a_zone_is_none(office: World) -> None:
    with pytest.raises(Invalid, match="time zone"):
        await who(office, office.clock.now().replace(tzinfo=None))


async def test_who_never_was_is_not_found(office: World, settled: Settle) -> None:
    at = instant(office)
    await settled()

    with pytest.raises(NotFound, match="there is no user 'zed'"):
        await who(office, at, user_id="zed")
    with pytest.raises(NotFound, match="there is no library 'zed'"):
        await who(office, at, resource=Resource("library", "zed"))


async def test_another_tenant_with_the_same_ids_is_in_no_review(
    office: World, app: App, clock: ManualClock, settled: Settle
) -> None:
    other = await World(app, clock, "other").create()
    await other.user("ann", "bob", "eve")
    await other.library("atlas")
    await other.share("atlas", "individual:eve", "read write")
    at = instant(office)
    await settled()

    assert await who(office, at) == {"ann": "read write delete share"}
    assert await who(other, at) == {"ann": "read write delete share", "eve": "read write"}


async def test_pages_that_are_remembered_are_of_one_tenant_and_instant(
    office: World, app: App, clock: ManualClock, settled: Settle
) -> None:
    other = await World(app, clock, "other").create()
    early = instant(office)
    await other.user("eve")
    await other.library("atlas", owner="eve")
    await office.change_library("atlas", owner="bob")
    late = instant(office)
    clock.advance(timedelta(hours=1))
    await settled()

    async def owners(world: World, at: datetime) -> list[str]:
        page = await world.sharing.reviews.page(world.actor(), ReviewRequest(at=at), limit=10)
        return [access.user_id for access in page.accesses]

    for _ in range(2):
        found = [await owners(world, at) for at in (early, late) for world in (office, other)]
        assert found == [["ann"], [], ["bob"], ["eve"]]


async def test_who_came_again_is_on_one_page_only(office: World, settled: Settle) -> None:
    for _ in range(3):
        await office.accounts.users.delete(office.actor(), "bob")
        await office.user("bob")
    await office.share("atlas", "organisation")
    at = instant(office)
    await settled()

    users, cursor = list[str](), None
    while True:
        page = await office.sharing.reviews.page(office.actor(), ReviewRequest(at=at), limit=1, after=cursor)
        users += [access.user_id for access in page.accesses]
        cursor = page.cursor
        if cursor is None:
            break

    assert users == ["ann", "bob", "cara", "root"]


async def test_users_whom_the_index_does_not_have_are_a_conflict(office: World, settled: Settle) -> None:
    at = instant(office)
    await removed(office, Target("user", "cara"), "user_created")
    await settled()

    with pytest.raises(Conflict, match="entaku table reindex --kind AUDIT"):
        await who(office, at)


async def test_a_clock_that_went_back_does_not_change_what_came_after_what(office: World, settled: Settle) -> None:
    shared_at = office.clock.now() + timedelta(hours=1)
    office.clock.set(shared_at)
    await office.share("atlas", "individual:cara", "read write")
    office.clock.set(shared_at - timedelta(minutes=10))
    await office.share("atlas", "individual:cara", "read")
    office.clock.set(shared_at + timedelta(minutes=1))
    await settled()

    assert (await who(office, shared_at))["cara"] == "read"
    assert "cara" not in await who(office, shared_at - timedelta(minutes=10))


async def test_a_library_whose_trail_begins_late_is_not_guessed(office: World, settled: Settle) -> None:
    await office.library("guide", owner="bob")
    await office.share("guide", "individual:cara")
    at = instant(office)
    await removed(office, Target("library", "guide"), "library_created")
    await settled()

    with pytest.raises(Invalid, match="library:guide was there before its trail"):
        await who(office, at, resource=Resource("library", "guide"))
    assert "ann" in await who(office, at, resource=ATLAS)


async def test_a_user_whose_trail_begins_late_is_known_from_then_on(office: World, settled: Settle) -> None:
    await office.share("atlas", "group:designers")
    early = instant(office)
    await office.change_user("bob", name="Robert")
    late = instant(office)
    await removed(office, Target("user", "bob"), "user_created")
    await settled()

    with pytest.raises(Invalid, match="user:bob was there before its trail"):
        await who(office, early, user_id="bob")
    assert await who(office, late, user_id="bob") == {"bob": "read"}


class Binder(Shareable, kind="BINDER", changes=True):
    binder_id: str

    @key("BINDER#{binder_id}", "METADATA")
    def at(*, binder_id: str) -> None:
        "One binder."


async def test_resources_of_another_kind_are_in_the_review_too(
    driver: Driver, clock: ManualClock, tmp_path: Path, settled: Settle
) -> None:
    binders = Module(name="binders", entities=(Binder,), resource_kinds=(Binder,))
    app = await build(Config(data=tmp_path / "data"), driver=driver, clock=clock, modules=[binders])
    world = await World(app, clock, "acme").create()
    await world.user("ann", "bob")
    sharing = app.sharing.of(Binder)
    await sharing.resources.create(world.actor("ann"), Binder(binder_id="plans", name="Plans", owner="ann"))
    await sharing.shares.change(world.actor("ann"), "plans", add=[grant("individual:bob", "read write")])
    at = instant(world)
    await sharing.shares.change(world.actor("ann"), "plans", remove=[parse_principal("individual:bob")])
    await settled()

    (access,) = await accesses_of(world, ReviewRequest(at=at, user_id="bob"))
    drift = await app.sharing.trail_drifts.check(world.actor())

    assert (access.resource, access.permissions) == (Resource("binder", "plans"), ("read", "write"))
    assert drift.differing == 0
