"""The trail by who did it and by the day: everything exactly once, newest first, in any period."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entaku.core.config import Config
from entaku.core.errors import Forbidden, Invalid
from entaku.main import App, build
from entaku.main import model as whole_model
from entaku.modules.audit import AuditRecord, Period, Target
from entaku.table import Model, Page
from entaku.table.driver import Driver
from entaku.testing import ManualClock
from tests.modules.sharing.world import World

DAY = timedelta(days=1)
MS = timedelta(milliseconds=1)
Fetch = Callable[[str | None], Awaitable[Page[AuditRecord]]]


@pytest.fixture
def model() -> Model:
    return whole_model()


@pytest.fixture
async def office(driver: Driver, clock: ManualClock, tmp_path: Path, settled: Callable[[], Awaitable[None]]) -> World:
    """Ann and Bob have changed their libraries on three days, some of it in one millisecond."""
    app: App = await build(Config(data=tmp_path / "data"), driver=driver, clock=clock)
    world = await World(app, clock, "acme").create()
    await world.user("ann", "bob", "cara")
    for library, owner in (("a", "ann"), ("b", "bob")):
        await world.library(library, owner=owner)
    for n in range(6):
        clock.advance(timedelta(hours=11, microseconds=1000 * n))
        for library, owner in (("a", "ann"), ("b", "bob")):
            await world.share(library, "individual:cara", "read" if n % 2 else "read write", by=owner)
    await settled()
    return world


async def walked(fetch: Fetch) -> list[AuditRecord]:
    """All pages of a listing."""
    records: list[AuditRecord] = []
    cursor: str | None = None
    while True:
        page = await fetch(cursor)
        records += page.items
        cursor = page.cursor
        if cursor is None:
            return records


async def everything(world: World) -> list[AuditRecord]:
    """Every record of the tenant, by what it is about."""
    found: list[AuditRecord] = []
    targets = [Target("library", each) for each in "ab"] + [Target("user", each) for each in ("root", "ann", "bob")]
    for target in (*targets, Target("user", "cara"), Target("tenant", "acme")):
        found += await walked(
            lambda after, target=target: world.app.audit.list(world.actor(), target, limit=7, after=after)
        )
    return found


def by(world: World, user_id: str, period: Period, limit: int = 2) -> Fetch:
    return lambda after: world.app.audit.list_by(world.actor(), user_id, limit=limit, after=after, period=period)


def on(world: World, day: date, period: Period, limit: int = 2) -> Fetch:
    return lambda after: world.app.audit.list_on(world.actor(), day, limit=limit, after=after, period=period)


def ids(records: list[AuditRecord]) -> list[str]:
    return sorted(record.record_id for record in records)


async def test_what_each_has_done_is_in_their_trail_once_and_newest_first(office: World) -> None:
    known = await everything(office)

    for user_id in ("root", "ann", "bob", "cara", "@operator"):
        found = await walked(by(office, user_id, Period()))
        assert ids(found) == ids([record for record in known if record.actor == user_id])
        assert [record.recorded_at for record in found] == sorted((r.recorded_at for r in found), reverse=True)


async def test_each_day_has_what_was_done_on_it(office: World) -> None:
    known = await everything(office)
    first = office.clock.now().date() - 4 * DAY

    found = {day: await walked(on(office, day, Period())) for day in (first + n * DAY for n in range(6))}

    assert {day: ids(records) for day, records in found.items()} == {
        day: ids([record for record in known if record.recorded_at.date() == day]) for day in found
    }
    assert sum(map(len, found.values())) == len(known)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(since=st.integers(-5, 80), length=st.integers(1, 90), cut=st.integers(0, 999))
async def test_a_period_is_what_lies_in_it(office: World, since: int, length: int, cut: int) -> None:
    start = datetime(2026, 4, 1, 0, 0, tzinfo=UTC) + since * timedelta(hours=1) + cut * timedelta(microseconds=1)
    period = Period(since=start, until=start + length * timedelta(hours=1))
    assert period.since is not None
    assert period.until is not None

    found = await walked(by(office, "ann", period, limit=100))

    known = [record for record in await everything(office) if record.actor == "ann"]
    assert ids(found) == ids([record for record in known if period.since <= record.recorded_at < period.until])


async def test_the_first_instant_belongs_to_a_period_and_the_last_does_not(office: World) -> None:
    (at, *_) = [record.recorded_at for record in (await walked(by(office, "ann", Period())))]

    assert ids(await walked(by(office, "ann", Period(since=at, until=at + MS)))) != []
    assert await walked(by(office, "ann", Period(since=at + MS))) == []
    assert all(record.recorded_at < at for record in await walked(by(office, "ann", Period(until=at))))


async def test_a_cursor_of_another_period_is_refused(office: World) -> None:
    page = await by(office, "ann", Period())(None)

    with pytest.raises(Invalid, match="does not belong to this listing"):
        await by(office, "ann", Period(since=office.at("00:00") - 9 * DAY))(page.cursor)


async def test_the_trail_is_for_administrators(office: World) -> None:
    with pytest.raises(Forbidden):
        await office.app.audit.list_by(office.actor("ann"), "ann", limit=5)
    with pytest.raises(Forbidden):
        await office.app.audit.list_on(office.actor("ann"), office.clock.now().date(), limit=5)


async def test_a_period_that_holds_no_instant_is_refused() -> None:
    noon = datetime(2026, 4, 1, 12, tzinfo=UTC)

    with pytest.raises(Invalid, match="holds no instant"):
        Period(since=noon, until=noon)
    with pytest.raises(Invalid, match="has no time zone"):
        Period(since=noon.replace(tzinfo=None))
