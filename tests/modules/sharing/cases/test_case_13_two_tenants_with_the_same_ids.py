"""Case 13: two tenants with the same user, library and group ids never see, notify, remember or audit one another."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from entaku.core.errors import Invalid
from entaku.main import App
from entaku.modules.accounts import SharingPolicy
from entaku.modules.sharing import ListRequest
from entaku.table.driver import Driver
from entaku.testing import ManualClock
from tests.modules.sharing.row_world import RowWorld, changes, row_world
from tests.modules.sharing.world import World


@pytest.fixture
async def both(driver: Driver, clock: ManualClock, tmp_path: Path) -> tuple[RowWorld, RowWorld]:
    found: list[RowWorld] = []
    for tenant in ("acme", "globex"):
        rows = await row_world(driver, clock, tmp_path / "data", tenant, SharingPolicy.PRECEDENCE)
        await furnish(rows.world)
        await rows.finish()
        found.append(rows)
    return found[0], found[1]


async def furnish(world: World) -> None:
    await world.group("crew")
    await world.user("ann")
    await world.user("bob", groups="crew")
    for library in ("l1", "l2"):
        await world.library(library)


async def test_a_share_is_seen_in_its_own_tenant_alone(both: tuple[RowWorld, RowWorld]) -> None:
    acme, globex = both

    await acme.world.share("l1", "group:crew", "read write")
    await acme.finish()

    assert await acme.world.may("bob", "l1") == "read write"
    assert (await globex.world.may("bob", "l1"), await globex.world.listed("bob")) == ("", {})
    assert await globex.users_with_rows("l1", ["bob"]) == []


async def test_nothing_is_written_into_the_other_tenant_and_nobody_told(
    both: tuple[RowWorld, RowWorld], driver: Driver
) -> None:
    acme, globex = both
    position = (await changes(driver, None)).position

    await acme.world.share("l1", "group:crew")
    await acme.finish()
    batch = await changes(driver, position)

    assert {change.tenant for change in batch.changes} == {"acme"}
    assert await globex.world.audited("l1") == ["library_created"]
    assert await globex.pending() == []


async def test_a_cursor_of_the_other_tenant_is_invalid(both: tuple[RowWorld, RowWorld]) -> None:
    acme, globex = (rows.world for rows in both)
    page = await acme.sharing.lists.of_user(acme.actor("ann"), "ann", ListRequest(limit=1))
    assert page.next_cursor is not None

    with pytest.raises(Invalid, match="cursor"):
        await globex.sharing.lists.of_user(globex.actor("ann"), "ann", ListRequest(limit=1, cursor=page.next_cursor))


async def test_pages_are_remembered_apart(remembering_app: App, clock: ManualClock) -> None:
    worlds = [await World(remembering_app, clock, tenant).create() for tenant in ("acme", "globex")]
    for world in worlds:
        await furnish(world)
    await worlds[0].share("l1", "group:crew")

    for _ in range(2):
        wires = [await w.sharing.pages.page(w.actor("bob"), "bob", ListRequest(limit=9)) for w in worlds]
        assert [msgspec.json.decode(wire.body(0.0))["total"] for wire in wires] == [1, 0]
