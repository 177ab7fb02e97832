"""Measured units: of whom, of which pattern, how many; the same by DynamoDB's report and by the sizes of items."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from entaku.core.errors import Conflict
from entaku.table import Model, Table
from entaku.table.driver import Driver, ItemKey, Range
from entaku.table.metering.meter import Meter
from entaku.table.metering.metered_driver import metered
from entaku.table.metering.usage import REST, USAGE_KEPT_DAYS, USAGE_NAMES_MAX, Usage, UsageLine, read_usage
from entaku.table.metering.usage_names import OTHER, UsageNames
from entaku.table.pricing import CallPricer
from entaku.testing import ManualClock
from tests.engines import SECRET, yield_once
from tests.table.entities import ENTITIES, Account, Chapter, Member, Note, Owner, OwnerKind, Site

MODEL = Model(ENTITIES)
Lines = Callable[[], Awaitable[dict[tuple[str, str], UsageLine]]]
"""What has been written down so far, by tenant and pattern."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "usage"


@pytest.fixture
def meter(folder: Path, clock: ManualClock) -> Meter:
    return Meter(Usage(folder, clock))


@pytest_asyncio.fixture
async def measured(bare_driver: Driver, meter: Meter, clock: ManualClock, engine: str) -> AsyncIterator[Table]:
    """On an engine that reports what it consumes, or on one that does not."""
    says_units = engine == "dynamodb"
    if says_units:
        bare_driver._wire._on_capacity = meter.on_capacity  # pyright: ignore[reportAttributeAccessIssue]
    driver = metered(bare_driver, MODEL, meter, says_units=says_units)
    yield Table(driver, MODEL, secret=SECRET, clock=clock, sleep=yield_once)


@pytest.fixture
def model() -> Model:
    return MODEL


@pytest.fixture
def lines(meter: Meter, folder: Path) -> Lines:
    async def written() -> dict[tuple[str, str], UsageLine]:
        await meter.usage.flush()
        return {(line.tenant, line.what): line for line in read_usage(folder)}

    return written


async def test_each_pattern_is_counted_for_each_tenant(measured: Table, lines: Lines) -> None:
    for tenant in ("acme", "globex"):
        table = measured.for_tenant(tenant)
        await table.create(Account(id="a"))
        await table.find(Account.at(id="a"))
    await measured.for_tenant("acme").find(Account.at(id="b"))
    await measured.platform.find(Site.at(id="s"))

    found = await lines()

    assert {key: (line.calls, line.read_units) for key, line in found.items() if not line.write_units} == {
        ("acme", "ACCOUNT.at"): (2, 2),
        ("globex", "ACCOUNT.at"): (1, 1),
        ("", "SITE.at"): (1, 1),
    }
    assert found["acme", "create ACCOUNT"].write_units == 1


async def test_indexes_repeat_writes_and_listings_of_them_cost_half(measured: Table, lines: Lines) -> None:
    table = measured.for_tenant("acme")
    await table.create(Note(book="b", id="n", owner=Owner(OwnerKind.USER, "u")))
    await table.list(Note.by_stars(book="b"))
    await table.list(Member.by_name())

    found = await lines()

    assert found["acme", "create NOTE"].write_units == 3
    assert found["acme", "create NOTE"].index_units == 2
    assert found["acme", "NOTE.by_stars"].read_units == 0.5
    assert (found["acme", "MEMBER.by_name"].calls, found["acme", "MEMBER.by_name"].read_units) == (1, 4)


async def test_what_is_measured_of_a_write_is_what_is_estimated(measured: Table, lines: Lines) -> None:
    table = measured.for_tenant("acme")
    async with table.transaction() as tx:
        tx.create(Account(id="a"))
        tx.create(Chapter(book="b", part="p", number=1))
        tx.create(Member(id="m", name="Ann"))

    found = await lines()
    pricer = CallPricer(MODEL)

    assert {line.in_transaction for line in found.values()} == {True}
    for (_, what), line in found.items():
        units = pricer.units_of(what, in_transaction=True)
        assert units is not None
        assert line.write_units == pytest.approx(units.write_total), what


async def test_what_is_read_after_a_transaction_is_that_of_its_patches(measured: Table, lines: Lines) -> None:
    table = measured.for_tenant("acme")
    account = await table.create(Account(id="a"))
    async with table.transaction() as tx:
        tx.patch(account, balance=1)
        tx.create(Account(id="b"))

    found = await lines()

    assert found["acme", "patch ACCOUNT"].read_units == 1
    assert found["acme", "create ACCOUNT"].read_units == 0


async def test_a_conflict_leaves_nobody_asking(measured: Table, meter: Meter, clock: ManualClock, lines: Lines) -> None:
    table = measured.for_tenant("acme")
    await table.create(Account(id="a"))
    with pytest.raises(Conflict):
        await table.create(Account(id="a"))

    meter.on_capacity("Scan", _Consumed())
    found = await lines()

    assert found["", OTHER].read_units == 7


async def test_tasks_side_by_side_are_not_mixed_up(measured: Table, lines: Lines) -> None:
    tenants = [f"t{n}" for n in range(20)]
    await asyncio.gather(*(measured.for_tenant(each).find(Account.at(id="a")) for each in tenants))

    found = await lines()

    assert {tenant: line.read_units for (tenant, _), line in found.items()} == dict.fromkeys(tenants, 1.0)


@pytest.mark.parametrize(
    ("part", "what"),
    [
        (Range(pk="TENANT#a%23b#BOOK#1", low="NOTE#", limit=1), "NOTE.in_book"),
        (Range(pk="TENANT#a%23b#STARS#1", index=1, limit=1), "NOTE.by_stars"),
        (Range(pk="TENANT#a%23b#STARS#1", low="000003#", index=1, limit=1), "NOTE.with_stars"),
        (Range(pk="TENANT#a%23b#MEMBERS#07", index=3, limit=1), "MEMBER.by_name"),
        (Range(pk="TENANT#a%23b#NOWHERE", limit=1), OTHER),
    ],
)
def test_a_range_leads_back_to_its_pattern(part: Range, what: str) -> None:
    assert UsageNames(MODEL).of_range(part)[:2] == ("a#b", what)


def test_a_key_leads_back_to_its_entity() -> None:
    names = UsageNames(MODEL)

    tenant, note = names.of_key(ItemKey("TENANT#acme#BOOK#1", "NOTE#2"))
    nobody, site = names.of_key(ItemKey("TENANT#acme", "METADATA"))

    assert (tenant, note and note.kind, nobody, site and site.kind) == ("acme", "NOTE", "", "SITE")
    assert names.of_key(ItemKey("TENANT#acme#BOOK#1", "NOTE#2#3")) == ("acme", None)


async def test_figures_add_up_over_processes_and_days(folder: Path, clock: ManualClock) -> None:
    for _ in range(2):
        usage = Usage(folder, clock)
        usage.of(("acme", "NOTE.at", False)).read_units += 1
        await usage.flush()
        clock.advance(timedelta(days=1))

    today = clock.now().date()
    assert [line.read_units for line in read_usage(folder)] == [2]
    assert [line.read_units for line in read_usage(folder, since=today - timedelta(days=1))] == [1]
    assert read_usage(folder, since=today) == []
    assert read_usage(folder, tenant="globex") == []


async def test_old_days_are_removed_and_torn_lines_left_out(folder: Path, clock: ManualClock) -> None:
    usage = Usage(folder, clock)
    usage.of(("acme", "NOTE.at", False)).calls += 1
    await usage.flush()
    (first,) = files(folder)
    first.write_bytes(first.read_bytes() + b'{"since": "20')
    assert len(read_usage(folder)) == 1

    clock.advance(timedelta(days=USAGE_KEPT_DAYS + 1))
    usage.of(("acme", "NOTE.at", False)).calls += 1
    await usage.flush()

    assert [file.stem for file in files(folder)] == [clock.now().date().isoformat()]


async def test_of_more_names_than_are_counted_apart_there_is_the_sum(folder: Path, clock: ManualClock) -> None:
    usage = Usage(folder, clock)
    for n in range(USAGE_NAMES_MAX + 5):
        usage.of((f"t{n}", "NOTE.at", False)).calls += 1
    await usage.flush()

    (rest,) = [line for line in read_usage(folder) if line.tenant == REST]
    assert rest.calls == 5


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


class _Consumed:
    """What DynamoDB would say of a scan."""

    table = 7.0
    indexes: dict[str, float] = {}  # noqa: RUF012 - never changed
