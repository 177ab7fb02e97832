"""Whether the trail tells the truth: where records are missing, users and accesses are named."""

from __future__ import annotations

import pytest

from entaku.core.errors import Forbidden
from entaku.modules.accounts import parse_principal
from entaku.modules.audit import Target
from entaku.modules.sharing import Resource
from tests.modules.sharing.reviewing import Settle, removed
from tests.modules.sharing.world import World

ATLAS = Resource("library", "atlas")


@pytest.fixture
async def office(world: World) -> World:
    """Ann owns the atlas; bob is in the group of designers, cara in no group."""
    await world.group("designers")
    await world.user("ann", "cara")
    await world.user("bob", groups="designers")
    await world.library("atlas")
    return world


async def test_a_trail_that_tells_everything_agrees_with_the_shares(office: World, settled: Settle) -> None:
    await office.share("atlas", "group:designers")
    await office.unshare("atlas", "group:designers")
    await settled()

    drift = await office.sharing.trail_drifts.check(office.actor())

    assert (drift.looked_at, drift.differing) == (4, 0)


async def test_a_share_that_is_missing_in_the_trail_is_a_drift(office: World, settled: Settle) -> None:
    await office.share("atlas", "group:designers")
    await removed(office, Target("library", "atlas"), "share_added")
    await settled()

    drift = await office.sharing.trail_drifts.check(office.actor())

    (difference,) = drift.examples
    assert (difference.user_id, difference.resource) == ("bob", ATLAS)
    assert (difference.by_trail, difference.by_shares) == ((), ("read",))


async def test_a_user_without_any_trail_is_a_drift(office: World, settled: Settle) -> None:
    await office.library("guide", owner="bob")
    await removed(office, Target("user", "bob"), "user_created")
    await settled()

    drift = await office.sharing.trail_drifts.check(office.actor())

    assert [each.user_id for each in drift.examples] == ["bob"]


async def test_whether_the_trail_is_true_is_for_administrators(office: World) -> None:
    with pytest.raises(Forbidden):
        await office.sharing.trail_drifts.check(office.actor("ann"))


async def test_the_job_counts_what_differs(office: World, settled: Settle) -> None:
    await office.share("atlas", "group:designers")
    await removed(office, Target("library", "atlas"), "share_added")
    await settled()

    job = await office.sharing.jobs.run(office.actor(), "trail")

    assert (job.looked_at, job.found) == (4, 1)


async def test_the_trail_of_everything_that_moves_shares_agrees_with_them(office: World, settled: Settle) -> None:
    """Handing over, archiving, deleting, restoring, purging, ends, releases, deletions of people and of groups."""
    for library in ("guide", "notes", "plans", "diary"):
        await office.library(library, owner="ann")
        await office.share(library, "group:designers", "read write")
        await office.share(library, "individual:cara")
    await office.change_library("guide", owner="cara")
    await office.sharing.libraries.archive(office.actor(), "notes")
    await office.sharing.libraries.delete(office.actor(), "plans")
    await office.sharing.libraries.restore(office.actor(), "plans")
    await office.sharing.libraries.purge(office.actor(), "diary")
    await office.library("diary", owner="bob")
    await office.share("atlas", "individual:bob", until="10:00")
    office.wait_until("12:00")
    await office.sharing.jobs.run(office.actor(), "expiry")
    await office.change_user("bob", groups=frozenset())
    await office.accounts.directory.delete(office.actor(), parse_principal("group:designers"))
    await settled()

    drift = await office.sharing.trail_drifts.check(office.actor())

    assert drift.examples == ()
