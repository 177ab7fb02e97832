"""Principals that grow and shrink: by reference above the threshold, with rows below half of it; lists never differ."""

from __future__ import annotations

from pathlib import Path

import pytest

from entaku.modules.accounts import Principal, PrincipalKind
from entaku.modules.sharing.rows.model import Concern
from entaku.table.driver import Driver
from entaku.testing import CountingDriver, ManualClock
from tests.modules.sharing.row_world import RowWorld, row_world

THRESHOLD = 4
HALL = Principal(PrincipalKind.DEPARTMENT, "hall")
CREW = Principal(PrincipalKind.GROUP, "crew")
PEOPLE = tuple(f"u{n}" for n in range(6))


@pytest.fixture
async def rows(driver: Driver, clock: ManualClock, tmp_path: Path) -> RowWorld:
    """Department `hall`, with which `atlas` is shared, and `tower` below it; group `crew`; six people in neither."""
    found = await row_world(driver, clock, tmp_path / "data", "acme", threshold=THRESHOLD)
    world = found.world
    await world.department("hall")
    await world.department("tower", parent="hall")
    await world.group("crew")
    await world.user("ann", *PEOPLE)
    await world.library("atlas")
    await world.share("atlas", "department:hall", "read write")
    await found.finish()
    return found


async def come(rows: RowWorld, *people: str, department: str | None = "hall") -> None:
    for each in people:
        await rows.world.change_user(each, department=department)
        await rows.finish()


async def by_reference(rows: RowWorld) -> list[str]:
    return sorted(str(each) for each in await rows.app.sharing.rows.modes.current(rows.table))


async def test_who_comes_as_the_first_too_many_takes_the_rows_of_all(rows: RowWorld) -> None:
    await come(rows, *PEOPLE[:THRESHOLD])
    with_rows = await rows.users_with_rows("atlas", PEOPLE)

    await come(rows, PEOPLE[THRESHOLD])

    assert with_rows == [*PEOPLE[:THRESHOLD]]
    assert await by_reference(rows) == ["department:hall"]
    assert await rows.users_with_rows("atlas", PEOPLE) == []
    assert [await rows.world.may(each, "atlas") for each in PEOPLE] == ["read write"] * 5 + [""]
    assert [[*await rows.world.listed(each)] for each in PEOPLE] == [["atlas"]] * 5 + [[]]


async def test_below_half_of_the_threshold_rows_come_back_and_not_before(rows: RowWorld) -> None:
    await come(rows, *PEOPLE[:5])
    modes: list[list[str]] = []
    for each in PEOPLE[:4]:
        await come(rows, each, department=None)
        modes.append(await by_reference(rows))

    assert modes == [["department:hall"]] * 3 + [[]]
    assert await rows.users_with_rows("atlas", PEOPLE) == [PEOPLE[4]]
    assert [*await rows.world.listed(PEOPLE[4])] == ["atlas"]


async def test_a_border_is_not_crossed_to_and_fro(rows: RowWorld) -> None:
    await come(rows, *PEOPLE[:5])
    modes: list[list[str]] = []
    for _ in range(3):
        await come(rows, PEOPLE[0], department=None)
        await come(rows, PEOPLE[0])
        modes.append(await by_reference(rows))

    assert modes == [["department:hall"]] * 3


async def test_a_department_grows_by_those_below_it(rows: RowWorld) -> None:
    await come(rows, *PEOPLE[:2])

    await come(rows, *PEOPLE[2:5], department="tower")

    assert await by_reference(rows) == ["department:hall"]
    assert await rows.users_with_rows("atlas", PEOPLE) == []


async def test_a_group_grows_by_a_group_that_is_put_into_it(rows: RowWorld) -> None:
    await rows.world.group("all")
    await rows.world.share("atlas", "group:all")
    for each in PEOPLE:
        await rows.world.change_user(each, groups=frozenset({"crew"}))
    await rows.finish()

    await rows.world.nest("group:crew", parents=frozenset({"all"}))
    await rows.finish()

    assert await by_reference(rows) == ["group:all"]
    assert [[*await rows.world.listed(each)] for each in PEOPLE] == [["atlas"]] * len(PEOPLE)
    assert await rows.users_with_rows("atlas", PEOPLE) == []


async def test_who_is_by_reference_is_measured_when_things_are_shared_with_it(rows: RowWorld) -> None:
    await rows.app.sharing.rows.modes.set(rows.table, HALL, by_reference=True)
    await rows.finish()
    await rows.world.user("zoe", department="hall")
    libraries = [f"l{n}" for n in range(THRESHOLD)]

    for each in libraries:
        await rows.world.library(each)
        await rows.world.share(each, "department:hall")
        await rows.finish()

    assert await by_reference(rows) == []
    assert {each: await rows.users_with_rows(each, ["zoe"]) for each in libraries} == {
        each: ["zoe"] for each in libraries
    }


async def test_what_nothing_is_shared_with_keeps_its_mode_however_large(rows: RowWorld) -> None:
    for each in PEOPLE:
        await rows.world.change_user(each, groups=frozenset({"crew"}))
    await rows.finish()

    assert await by_reference(rows) == []


async def test_a_row_that_says_it_by_a_share_that_has_gone_is_mended_when_rows_come_back(rows: RowWorld) -> None:
    modes = rows.app.sharing.rows.modes
    await rows.world.share("atlas", "group:crew")
    await rows.world.change_user("u0", groups=frozenset({"crew"}), department="hall")
    await rows.finish()
    await modes.set(rows.table, CREW, by_reference=True)
    await rows.world.unshare("atlas", "group:crew")
    for pending in await rows.pending():
        if pending.concern is Concern.SHARES:
            await rows.app.sharing.rows.worker.do(rows.table, pending)

    await modes.set(rows.table, CREW, by_reference=False)
    await rows.finish()

    row = await rows.row("u0", "atlas")
    assert row is not None
    assert [str(source.principal) for source in row.sources] == ["department:hall"]


async def test_at_most_one_more_than_the_threshold_is_counted(
    bare_driver: Driver, clock: ManualClock, tmp_path: Path
) -> None:
    counting = CountingDriver(bare_driver)
    rows = await row_world(counting, clock, tmp_path / "data", "acme", threshold=200)
    await rows.world.department("hall")
    await rows.world.user("ann", *(f"u{n:03}" for n in range(250)), department="hall")
    await rows.world.library("atlas")
    await rows.finish()
    await rows.world.share("atlas", "department:hall")
    (pending,) = await rows.pending()
    counting.start()

    await rows.app.sharing.rows.worker.do(rows.table, pending)

    # Of 251 members 201 are read, by two calls; no row is written for what is by reference by then.
    assert await by_reference(rows) == ["department:hall"]
    assert counting.calls["query"] < 12
