"""A kind of resource that a module brings is shared as libraries are, by the same functions, and apart from them."""

from __future__ import annotations

from pathlib import Path

import pytest

from entaku import App, Config, Module, build
from entaku.core.errors import Conflict, Forbidden, Invalid, NotFound
from entaku.modules.accounts import parse_principal
from entaku.modules.audit import Target
from entaku.modules.sharing import (
    Check,
    Grant,
    ListRequest,
    Permission,
    Resource,
    ResourceKind,
    ResourceKinds,
    Shareable,
    SharedKind,
)
from entaku.table import Entity, changed, key
from entaku.table.driver import Driver
from entaku.testing import ManualClock
from tests.modules.sharing.world import World


class Folder(Shareable, kind="FOLDER", changes=True):
    folder_id: str
    colour: str = "grey"

    @key("FOLDER#{folder_id}", "METADATA")
    def at(*, folder_id: str) -> None:
        "One folder."


FOLDERS = Module(name="folders", entities=(Folder,), resource_kinds=(Folder,))
PLANS = Resource("folder", "plans")
ALL = frozenset(Permission)


@pytest.fixture
async def app(driver: Driver, clock: ManualClock, tmp_path: Path) -> App:
    return await build(Config(data=tmp_path / "data"), driver=driver, clock=clock, modules=[FOLDERS])


@pytest.fixture
async def office(world: World) -> World:
    """Ann has the folder `plans`; bob is in the group staff."""
    await world.group("staff")
    await world.user("ann", "bob", "cara")
    await world.change_user("bob", groups=frozenset({"staff"}))
    await folders(world).resources.create(world.actor("ann"), Folder(folder_id="plans", name="Plans", owner="ann"))
    return world


def folders(world: World) -> SharedKind[Folder]:
    return world.sharing.of(Folder)


async def share(world: World, principal: str, *permissions: Permission) -> None:
    grant = Grant(principal=parse_principal(principal), permissions=frozenset({Permission.READ, *permissions}))
    await folders(world).shares.change(world.actor("ann"), "plans", add=[grant], expect="*")


async def reached(world: World, user_id: str) -> list[str]:
    page = await folders(world).lists.of_user(world.actor(user_id), user_id, ListRequest(limit=10))
    return [row.library_id for row in page.libraries]


async def test_its_owner_has_everything_and_others_know_nothing(office: World) -> None:
    standing = await folders(office).resources.get(office.actor("ann"), "plans")

    assert standing.access.permissions == ALL
    with pytest.raises(NotFound, match="there is no folder 'plans'"):
        await folders(office).resources.get(office.actor("bob"), "plans")


async def test_a_share_with_a_group_is_checked_explained_and_listed(office: World) -> None:
    await share(office, "group:staff", Permission.WRITE)

    may = [Check(user_id="bob", resource=PLANS, permission=permission) for permission in Permission]
    answer = await folders(office).checks.access(office.actor("bob"), "plans", "bob")

    assert await office.sharing.checks.check(office.actor("bob"), may) == [True, True, False, False]
    assert answer.why.sentence.startswith("Bob may read and write in folder 'Plans'")
    assert await reached(office, "bob") == ["plans"]


async def test_a_library_of_the_same_id_has_nothing_to_do_with_it(office: World) -> None:
    await office.library("plans", owner="cara")
    await share(office, "individual:bob")

    page = await office.sharing.lists.of_user(office.actor("bob"), "bob", ListRequest(limit=10))

    assert page.libraries == ()
    assert await reached(office, "cara") == []
    checks = [Check(user_id="bob", library_id="plans"), Check(user_id="bob", resource=PLANS)]
    assert await office.sharing.checks.check(office.actor(), checks) == [False, True]


async def test_a_check_names_one_thing_of_a_kind_there_is(office: World) -> None:
    both = Check(user_id="bob", library_id="plans", resource=PLANS)
    with pytest.raises(Invalid, match="about one thing"):
        await office.sharing.checks.check(office.actor(), [both])
    with pytest.raises(Invalid, match="no kind of resource 'drawer'; there are library, folder"):
        await office.sharing.checks.check(office.actor(), [Check(user_id="bob", resource=Resource("drawer", "plans"))])


async def test_a_change_keeps_what_is_the_modules_and_is_told_in_the_trail(office: World) -> None:
    await folders(office).resources.change(
        office.actor("ann"), "plans", lambda folder: changed(folder, colour="red"), reason="easier to find"
    )

    trail = await office.app.audit.list(office.actor(), Target("folder", "plans"), limit=10)

    assert [record.action for record in trail.items] == ["folder_changed", "folder_created"]
    assert (trail.items[0].before or {})["colour"] == "grey"
    assert (trail.items[0].after or {})["colour"] == "red"


async def test_only_who_manages_it_changes_it(office: World) -> None:
    await share(office, "individual:bob", Permission.WRITE)

    with pytest.raises(Forbidden, match="owner of folder 'plans'"):
        await folders(office).resources.change(office.actor("bob"), "plans", lambda folder: folder)


async def test_a_stale_version_conflicts(office: World) -> None:
    before = (await folders(office).resources.get(office.actor("ann"), "plans")).thing
    await share(office, "individual:bob")

    with pytest.raises(Conflict):
        await folders(office).resources.delete(office.actor("ann"), "plans", expect=before.version)


async def test_it_is_handed_over_with_everything(office: World) -> None:
    await share(office, "individual:bob")

    after = await folders(office).resources.change(
        office.actor("ann"), "plans", lambda folder: changed(folder, owner="bob")
    )

    assert (after.owner, after.share_counts) == ("bob", {})
    assert (await reached(office, "ann"), await reached(office, "bob")) == ([], ["plans"])


async def test_purged_it_leaves_every_list_and_its_id_is_free(office: World) -> None:
    await share(office, "group:staff")

    await folders(office).resources.purge(office.actor("ann"), "plans")

    assert await reached(office, "bob") == []
    again = Folder(folder_id="plans", name="Others", owner="cara")
    stored = await folders(office).resources.create(office.actor("cara"), again)
    assert (stored.name, stored.share_counts) == ("Others", {})
    with pytest.raises(NotFound):
        await folders(office).resources.get(office.actor("ann"), "plans")


async def test_its_shares_go_with_their_principal(office: World) -> None:
    await share(office, "group:staff")
    await office.change_user("bob", groups=frozenset())

    await office.accounts.directory.delete(office.actor(), parse_principal("group:staff"))

    listed = await folders(office).shares.list(office.actor("ann"), "plans", limit=10)
    assert (listed.shares.items, listed.thing.share_counts) == ((), {})


async def test_who_owns_one_is_not_deleted(office: World) -> None:
    with pytest.raises(Conflict, match="owns folder:plans"):
        await office.accounts.users.delete(office.actor(), "ann")


async def test_an_id_that_is_taken_is_refused(office: World) -> None:
    with pytest.raises(Conflict, match="the folder id 'plans' is taken"):
        await folders(office).resources.create(office.actor("bob"), Folder(folder_id="plans", name="Mine", owner="bob"))


async def test_what_is_counted_is_not_the_callers_to_say(office: World) -> None:
    made_up = Folder(folder_id="new", name="New", owner="bob", share_counts={"group": 7}, revision=9)

    stored = await folders(office).resources.create(office.actor("bob"), made_up)

    assert (stored.share_counts, stored.revision) == ({}, 0)


def test_what_cannot_be_shared_is_refused_by_name() -> None:
    class Drawer(Entity, kind="DRAWER"):
        drawer_id: str

        @key("DRAWER#{drawer_id}", "METADATA")
        def at(*, drawer_id: str) -> None:
            "One drawer."

    class Silent(Shareable, kind="SILENT"):
        silent_id: str

        @key("SILENT#{silent_id}", "METADATA")
        def at(*, silent_id: str) -> None:
            "One thing whose changes nobody hears."

    with pytest.raises(TypeError, match="Drawer is no kind of resource; derive it from Shareable"):
        ResourceKinds([Drawer])
    with pytest.raises(TypeError, match="changes=True"):
        ResourceKind(Silent)


async def test_a_kind_that_no_module_names_is_not_shared(world: World) -> None:
    class Unknown(Shareable, kind="UNKNOWN", changes=True):
        unknown_id: str

        @key("UNKNOWN#{unknown_id}", "METADATA")
        def at(*, unknown_id: str) -> None:
            "One thing."

    with pytest.raises(TypeError, match="name it in its Module's resource_kinds"):
        world.sharing.of(Unknown)
