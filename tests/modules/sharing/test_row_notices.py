"""What is announced: each change of what a user may do, once; by the change of a row, or by a start or an end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from entaku.modules.accounts import SharingPolicy
from entaku.modules.sharing.rows.computing import AccessNotice
from entaku.table.driver import Driver
from entaku.testing import ManualClock
from tests.modules.sharing.row_world import RowWorld, row_world

PEOPLE = 200
"""More than are settled in one step."""


@pytest.fixture(params=list(SharingPolicy))
def policy(request: pytest.FixtureRequest) -> SharingPolicy:
    return SharingPolicy(request.param)


@pytest.fixture
async def rows(driver: Driver, clock: ManualClock, tmp_path: Path, policy: SharingPolicy) -> RowWorld:
    """Bob in department `east`; `atlas` is ann's."""
    found = await row_world(driver, clock, tmp_path / "data", "acme", policy)
    await found.world.department("east")
    await found.world.user("ann")
    await found.world.user("bob", department="east")
    await found.world.library("atlas")
    await found.finish()
    await found.notices()
    return found


def other_than(policy: SharingPolicy) -> SharingPolicy:
    return next(each for each in SharingPolicy if each is not policy)


async def announced(rows: RowWorld) -> list[str]:
    await rows.finish()
    return said(await rows.notices())


def said(notices: Sequence[AccessNotice]) -> list[str]:
    return [
        f"{each.user_id} {each.action} {'' if each.after is None else ' '.join(each.after.permissions)}".strip()
        for each in notices
    ]


async def test_a_share_and_its_end_are_announced_to_whom_they_concern(rows: RowWorld) -> None:
    await rows.world.share("atlas", "department:east", "read write")
    added = await announced(rows)
    await rows.world.unshare("atlas", "department:east")

    assert added == ["bob added read write"]
    assert await announced(rows) == ["bob removed"]


async def test_a_nearer_share_that_goes_is_an_update_or_nothing(rows: RowWorld) -> None:
    await rows.world.share("atlas", "department:east", "read write")
    await rows.world.share("atlas", "individual:bob")
    await announced(rows)

    await rows.world.unshare("atlas", "individual:bob")

    assert await announced(rows) == ["bob updated read write"]


async def test_what_changes_nothing_for_the_user_is_not_announced(rows: RowWorld) -> None:
    await rows.world.share("atlas", "individual:bob", "read write")
    await rows.world.share("atlas", "department:east")
    await announced(rows)

    await rows.world.unshare("atlas", "department:east")
    await rows.world.change_library("atlas", name="Zebra")

    assert await announced(rows) == []


async def test_back_and_forth_before_anybody_looked_is_as_if_nothing_had_happened(rows: RowWorld) -> None:
    await rows.world.department("west")
    await rows.world.share("atlas", "department:east")
    await announced(rows)

    await rows.world.change_user("bob", department="west")
    await rows.world.change_user("bob", department="east")

    assert await announced(rows) == []


async def test_work_done_twice_announces_once(rows: RowWorld) -> None:
    await rows.world.share("atlas", "department:east")
    (pending,) = await rows.pending()
    worker = rows.app.sharing.rows.worker

    for _ in range(3):
        await worker.do(rows.table, pending)

    assert said(await rows.notices()) == ["bob added read"]


async def test_whoever_has_it_by_the_organisation_is_told_of_the_difference(rows: RowWorld) -> None:
    await rows.world.share("atlas", "organisation")
    by_organisation = await announced(rows)

    await rows.world.share("atlas", "individual:bob", "read write")
    updated = await announced(rows)
    await rows.world.unshare("atlas", "individual:bob")

    assert by_organisation == []
    assert updated == ["bob updated read write"]
    assert await announced(rows) == ["bob updated read"]


async def test_starts_and_ends_are_announced_when_they_come_and_not_before(rows: RowWorld) -> None:
    sweep = rows.app.sharing.rows.transitions.sweep
    await rows.world.share("atlas", "individual:bob", since="12:00", until="13:00")
    told = {"at once": await announced(rows)}
    for instant in ("11:59:59.999", "12:00", "12:30", "13:00", "13:01"):
        rows.world.wait_until(instant)
        await sweep(rows.table, rows.world.clock.now())
        told[instant] = await announced(rows)

    assert {instant: each for instant, each in told.items() if each} == {
        "12:00": ["bob added read"],
        "13:00": ["bob removed"],
    }


async def test_an_end_beside_a_change_is_one_announcement(rows: RowWorld) -> None:
    await rows.world.share("atlas", "individual:bob", until="12:00")
    await announced(rows)
    rows.world.wait_until("12:00")

    await rows.world.share("atlas", "individual:bob", "read write")
    await rows.app.sharing.rows.transitions.sweep(rows.table, rows.world.clock.now())

    assert await announced(rows) == ["bob updated read write"]


async def test_a_share_by_reference_that_changes_is_told_to_who_has_a_row(
    rows: RowWorld, policy: SharingPolicy
) -> None:
    await rows.world.share("atlas", "individual:bob")
    await announced(rows)

    await rows.world.share("atlas", "organisation", "read write")
    shared = await announced(rows)
    await rows.world.unshare("atlas", "organisation")

    assert shared == (["bob updated read write"] if policy is SharingPolicy.UNION else [])
    assert await announced(rows) == (["bob updated read"] if policy is SharingPolicy.UNION else [])


async def test_a_share_by_reference_that_starts_is_told_to_who_has_a_row(rows: RowWorld, policy: SharingPolicy) -> None:
    await rows.world.share("atlas", "individual:bob")
    await rows.world.share("atlas", "organisation", "read write", since="12:00")
    told = await announced(rows)

    rows.world.wait_until("12:00")
    await rows.app.sharing.rows.transitions.sweep(rows.table, rows.world.clock.now())

    assert told == ["bob added read"]
    assert await announced(rows) == (["bob updated read write"] if policy is SharingPolicy.UNION else [])


async def test_another_policy_is_told_to_whom_it_gives_or_takes_something(
    rows: RowWorld, policy: SharingPolicy
) -> None:
    await rows.world.share("atlas", "individual:bob")
    await rows.world.share("atlas", "department:east", "read write")
    await announced(rows)

    await rows.world.accounts.tenants.change_policy(rows.world.actor(), other_than(policy))

    assert await announced(rows) == ["bob updated read" if policy is SharingPolicy.UNION else "bob updated read write"]


async def test_a_row_that_comes_back_begins_with_what_there_is_by_reference_then(rows: RowWorld) -> None:
    await rows.world.share("atlas", "individual:bob")
    await rows.world.share("atlas", "organisation")
    await rows.world.unshare("atlas", "individual:bob")
    await announced(rows)

    await rows.world.unshare("atlas", "organisation")
    without_a_row = await announced(rows)
    await rows.world.share("atlas", "individual:bob")

    assert without_a_row == []
    assert await announced(rows) == ["bob added read"]


@pytest.mark.thorough
async def test_the_work_of_another_policy_is_gone_on_with_where_it_stopped(
    rows: RowWorld, policy: SharingPolicy
) -> None:
    people = [f"u{n:03}" for n in range(PEOPLE)]
    await rows.world.user(*people, department="east")
    await rows.world.share("atlas", "department:east", "read write")
    await rows.world.share("atlas", "individual:u001")
    await announced(rows)
    for each in (other_than(policy), policy):
        await rows.world.accounts.tenants.change_policy(rows.world.actor(), each)
    (worker, _) = rows.workers

    await worker.until_noted(rows.table)
    left = await rows.pending()

    assert left[0].position > "organisation"
    assert await announced(rows) == []
    assert await rows.pending() == []
