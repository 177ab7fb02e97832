"""What has been in the bin long enough is removed for good, whoever is killed while it is done."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from entaku.core.config import Config
from entaku.core.errors import Forbidden, NotFound, Unavailable
from entaku.core.limits import ATTEMPTS_MAX
from entaku.hosts.row_keeper import RowKeeper
from entaku.main import build
from entaku.modules.sharing import PURGE_JOB, SHARES_CHANGED_MAX
from entaku.modules.sharing.retention.model import BinEntry
from entaku.modules.sharing.retention.purging import SHARES_PURGED_MAX
from entaku.table.driver import Driver
from entaku.testing import CountingDriver, ManualClock, Storm
from entaku.testing.weather import Mishap
from tests.modules.sharing.world import World, grant

KEPT = timedelta(days=30)
TRAIL = {"AUDIT", "CHANGE_PART", "ACCESS"}
"""What is left: the trail with what belongs together in it, and for two days that somebody has lost an access."""


async def left_of(driver: Driver, library: str) -> set[str]:
    """The kinds of everything that is stored about a library, but for what is remembered of requests."""
    found = await driver.walk(0, 1, after=None, limit=10_000)
    items = [item for item in found if library in f"{item.pk} {item.sk}" and not item.kind.startswith("IDEMPOTENCY")]
    return {item.kind for item in items}


async def purge(world: World) -> int:
    return await world.sharing.purging.purge_due(world.app.table.for_tenant(world.tenant_id), world.clock.now())


async def shelf_of(world: World, shares: int) -> World:
    """Ann has deleted a handbook with so many shares, which start and end."""
    people = [f"p{n:02}" for n in range(shares)]
    await world.user("ann", *people)
    await world.library("handbook")
    for start in range(0, shares, SHARES_CHANGED_MAX):
        add = [
            grant(f"individual:{each}", starts_at=world.at("08:00"), expires_at=world.at("23:00") + 2 * KEPT)
            for each in people[start : start + SHARES_CHANGED_MAX]
        ]
        await world.sharing.shares.change(world.actor("ann"), "handbook", add=add)
    await world.sharing.rows.catch_up(world.tenant_id)
    await world.sharing.libraries.delete(world.actor("ann"), "handbook")
    return world


@pytest.mark.parametrize("shares", [0, 1, SHARES_PURGED_MAX, SHARES_PURGED_MAX + 1])
async def test_nothing_is_left_but_the_trail(world: World, bare_driver: Driver, shares: int) -> None:
    await shelf_of(world, shares)
    world.clock.advance(KEPT)

    purged = await purge(world)
    await world.sharing.rows.catch_up(world.tenant_id)

    trail = await world.audited("handbook")
    assert (purged, await left_of(bare_driver, "handbook") - TRAIL) == (1, set())
    assert (trail.count("library_purged"), trail.count("share_removed")) == (1, shares)
    assert (await world.accounts.tenants.settings(world.actor())).usage["libraries"] == 0


async def test_what_is_not_due_stays(world: World) -> None:
    await shelf_of(world, 1)
    world.clock.advance(KEPT - timedelta(milliseconds=1))

    assert await purge(world) == 0
    assert (await world.sharing.libraries.restore(world.actor("ann"), "handbook")).share_counts == {"individual": 1}


async def test_what_was_restored_is_not_purged(world: World) -> None:
    await shelf_of(world, 1)
    await world.sharing.libraries.restore(world.actor("ann"), "handbook")
    world.clock.advance(KEPT)

    assert await purge(world) == 0
    assert await world.may("ann", "handbook") == "read write delete share"


async def test_what_was_deleted_again_is_kept_from_then_on(world: World) -> None:
    await shelf_of(world, 1)
    await world.sharing.libraries.restore(world.actor("ann"), "handbook")
    world.clock.advance(KEPT / 2)
    await world.sharing.libraries.delete(world.actor("ann"), "handbook")
    world.clock.advance(KEPT / 2)

    assert await purge(world) == 0

    world.clock.advance(KEPT / 2)
    assert await purge(world) == 1


async def test_the_trail_of_what_is_gone_is_for_administrators(world: World) -> None:
    await shelf_of(world, 1)
    world.clock.advance(KEPT)
    await purge(world)

    assert (await world.audited("handbook"))[0] == "library_created"
    with pytest.raises(NotFound):
        await world.sharing.libraries.audit(world.actor("ann"), "handbook", limit=1)
    with pytest.raises(NotFound):
        await world.sharing.libraries.audit(world.actor(), "never-there", limit=1)


@pytest.mark.parametrize("is_permanent", [False, True])
async def test_a_purge_that_was_killed_is_gone_on_with(
    bare_driver: Driver, clock: ManualClock, tmp_path: Path, is_permanent: bool
) -> None:
    storm = Storm(bare_driver, seed=1, percent=0)
    app = await build(Config(data=tmp_path / "data"), driver=storm, clock=clock)
    world = await shelf_of(await World(app, clock, "acme").create(), SHARES_PURGED_MAX + 3)
    if not is_permanent:
        clock.advance(KEPT)
    storm.next_writes(None, *[Mishap.THROTTLED] * ATTEMPTS_MAX)
    with pytest.raises(Unavailable):
        await (world.sharing.libraries.purge(world.actor("ann"), "handbook") if is_permanent else purge(world))
    half_way = (await world.accounts.tenants.settings(world.actor())).usage["libraries"]

    assert (half_way, await purge(world)) == (1, 1)
    await world.sharing.rows.catch_up("acme")
    assert await left_of(bare_driver, "handbook") - TRAIL == set()


async def test_an_entry_of_what_is_another_by_now_is_dropped(world: World) -> None:
    await shelf_of(world, 0)
    table = world.app.table.for_tenant(world.tenant_id)
    old = BinEntry(resource_kind="library", resource_id="handbook", name="Old", owner="ann", purge_at=world.clock.now())
    await table.create(old)

    assert await purge(world) == 0
    entries = (await table.list(BinEntry.of_kind(resource_kind="library"))).items
    assert [entry.name for entry in entries] == ["Handbook"]


async def test_it_asks_one_query_where_nothing_is_due(bare_driver: Driver, clock: ManualClock, tmp_path: Path) -> None:
    counting = CountingDriver(bare_driver)
    app = await build(Config(data=tmp_path / "data"), driver=counting, clock=clock)
    world = await shelf_of(await World(app, clock, "acme").create(), 1)
    counting.start()

    await purge(world)

    assert dict(counting.calls) == {"query": 1}


async def test_it_is_a_job_of_the_tenant(world: World) -> None:
    await shelf_of(world, 1)
    world.clock.advance(KEPT)

    job = await world.sharing.jobs.run(world.actor(), PURGE_JOB)

    assert (job.looked_at, job.found) == (1, 1)
    with pytest.raises(Forbidden):
        await world.sharing.jobs.run(world.actor("ann"), PURGE_JOB)


async def test_a_serving_process_looks_through_the_bin_every_day(world: World) -> None:
    await shelf_of(world, 1)
    keeper = RowKeeper(world.app)
    await keeper.round()
    world.clock.advance(KEPT)

    await keeper.round()

    assert (await world.audited("handbook"))[-2:].count("library_purged") == 1
    records = await world.sharing.libraries.audit(world.actor(), "handbook", limit=1)
    assert records.items[0].actor == "@purge"
