"""What is peculiar to the embedded driver: groups of writes, snapshots, its change log. The rest is the contract."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from entaku.core.errors import Conflict, Invalid, Unavailable
from entaku.core.limits import CHANGES_KEPT_S, QUERY_BYTES_MAX
from entaku.table.driver import (
    Check,
    Delete,
    Driver,
    Expect,
    Generations,
    Item,
    ItemKey,
    Predicate,
    Put,
    Range,
    Refused,
)
from entaku.table.drivers.sqlite import SqliteDriver
from entaku.table.drivers.sqlite.snapshots import SNAPSHOTS_OPEN_MAX
from entaku.table.drivers.sqlite.writer import GROUP_LISTS_MAX
from tests.table.sqlite_samples import (
    NEW,
    THERE,
    all_changes,
    create,
    find,
    find_in_index,
    item_of,
    log_bytes,
    open_table,
    shell,
    sort_keys,
)

LATER_MS = CHANGES_KEPT_S * 1000 + 120_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "table.db"


@pytest_asyncio.fixture
async def driver(path: Path) -> AsyncIterator[SqliteDriver]:
    opened = await open_table(path, writers_wait_s=0.2)
    yield opened
    await opened.close()


async def test_the_driver_is_a_driver_with_generations(driver: SqliteDriver) -> None:
    as_driver: Driver = driver
    as_generations: Generations = driver

    assert as_driver.snapshots
    assert as_generations.generation() == as_generations.generation()


async def test_a_stretch_ends_at_a_megabyte_and_says_so(driver: SqliteDriver) -> None:
    for number in range(5):
        await create(driver, item_of(f"s{number}", text="日" * 100_000))

    first = (await driver.query([Range(pk="p", limit=5)], now_ms=0))[0]
    rest = (await driver.query([Range(pk="p", limit=5, after=first.positions[-1])], now_ms=0))[0]

    assert first.more
    assert sum(len(item.data.encode()) for item in first.items[:-1]) < QUERY_BYTES_MAX
    assert [*first.positions, *rest.positions] == ["s0", "s1", "s2", "s3", "s4"]
    assert not rest.more


async def test_a_refused_list_leaves_the_others_of_its_group_alone(driver: SqliteDriver) -> None:
    await create(driver, item_of("taken"))
    good = [create(driver, item_of(f"good{number}")) for number in range(9)]
    bad = create(driver, item_of("bad"), item_of("taken"))

    answers = await asyncio.gather(*good[:5], bad, *good[5:], return_exceptions=True)

    refused = answers.pop(5)
    assert isinstance(refused, Refused)
    assert (refused.position, refused.current_version) == (1, 1)
    assert answers == [None] * 9
    assert await sort_keys(driver) == [*(f"good{number}" for number in range(9)), "taken"]


async def test_a_list_that_breaks_half_way_is_undone_alone(driver: SqliteDriver) -> None:
    broken = msgspec.structs.replace(item_of("z"), version="not a number")

    answers = await asyncio.gather(
        create(driver, item_of("a")),
        create(driver, item_of("y"), broken),
        create(driver, item_of("b")),
        return_exceptions=True,
    )

    assert isinstance(answers[1], Exception)
    assert await sort_keys(driver) == ["a", "b"]


async def test_more_writes_than_a_group_holds_are_all_done(driver: SqliteDriver) -> None:
    many = [f"{number:04d}" for number in range(GROUP_LISTS_MAX * 3 + 1)]

    await asyncio.gather(*(create(driver, item_of(sk)) for sk in many))

    assert sorted(item.sk for item in await driver.walk(0, 1, after=None, limit=1000)) == many


async def test_an_answered_write_is_seen_by_the_next_read(driver: SqliteDriver) -> None:
    await create(driver, item_of("a"))

    for version in range(2, 30):
        await driver.write([Put(item=item_of("a", version), expect=THERE)], tenant="acme", now_ms=0)
        assert (await find_in_index(driver, f"a-{version}")).version == version


async def test_writes_are_answered_beside_a_loop_that_is_never_idle(driver: SqliteDriver) -> None:
    writing = asyncio.ensure_future(_create_one_by_one(driver, 5))
    turns_left = 30_000

    while not writing.done() and turns_left:
        turns_left -= 1
        sum(range(2000))
        await asyncio.sleep(0)

    assert turns_left
    await writing


async def _create_one_by_one(driver: SqliteDriver, count: int) -> None:
    for number in range(count):
        await create(driver, item_of(f"{number}"))


async def test_closing_finishes_what_was_accepted(path: Path) -> None:
    driver = await open_table(path)
    writes = [asyncio.ensure_future(create(driver, item_of(f"{number}"))) for number in range(5)]
    await asyncio.sleep(0)

    await driver.close()
    await driver.close()

    await asyncio.gather(*writes)
    assert shell(path, "SELECT count(*) FROM item") == [(5,)]
    assert log_bytes(path) == 0


async def test_a_closed_driver_is_unavailable(driver: SqliteDriver) -> None:
    snapshot = await driver.begin_snapshot()
    await driver.close()

    for call in (create(driver, item_of("a")), find(driver, "a"), snapshot.read([ItemKey("p", "a")], now_ms=0)):
        with pytest.raises(Unavailable, match="closed"):
            await call
    with pytest.raises(Unavailable, match="closed"):
        driver.generation()


async def test_a_snapshot_stays_as_it_was_while_others_see_what_is_new(driver: SqliteDriver) -> None:
    await create(driver, item_of("a"))
    snapshot = await driver.begin_snapshot()

    await create(driver, item_of("b"))
    await driver.write([Delete(key=ItemKey("p", "a"), expect=THERE)], tenant="acme", now_ms=0)

    frozen = (await snapshot.query([Range(pk="p", limit=9)], now_ms=0))[0]
    assert frozen.positions == ("a",)
    assert [item is not None for item in await snapshot.read([ItemKey("p", sk) for sk in "ab"], now_ms=0)] == [
        True,
        False,
    ]
    assert await sort_keys(driver) == ["b"]
    await snapshot.close()


async def test_a_closed_snapshot_gives_its_connection_to_the_next(driver: SqliteDriver) -> None:
    await create(driver, item_of("a"))
    for _ in range(SNAPSHOTS_OPEN_MAX + 1):
        snapshot = await driver.begin_snapshot()
        await snapshot.close()
        await snapshot.close()

    with pytest.raises(Unavailable, match="begin another"):
        await snapshot.read([ItemKey("p", "a")], now_ms=0)


async def test_snapshots_are_bounded(driver: SqliteDriver) -> None:
    open_ones = [await driver.begin_snapshot() for _ in range(SNAPSHOTS_OPEN_MAX)]

    with pytest.raises(Unavailable, match="snapshots"):
        await driver.begin_snapshot()

    await open_ones[0].close()
    await driver.begin_snapshot()


async def test_changes_older_than_what_is_kept_are_a_conflict(driver: SqliteDriver) -> None:
    start = (await driver.changes(None, limit=1)).position
    await create(driver, item_of("a"), logged=True)
    recent = (await driver.changes(None, limit=1)).position

    await create(driver, item_of("b"), logged=True, now_ms=LATER_MS)

    with pytest.raises(Conflict, match="read the table"):
        await driver.changes(start, limit=10)
    assert [change.key.sk for change in (await driver.changes(recent, limit=10)).changes] == ["b"]


async def test_a_position_from_elsewhere_is_refused(driver: SqliteDriver) -> None:
    with pytest.raises(Conflict):
        await driver.changes("17", limit=1)
    with pytest.raises(Invalid, match="no position"):
        await driver.changes("yesterday", limit=1)


async def test_replacing_an_expired_item_tells_of_its_removal_first(driver: SqliteDriver) -> None:
    await create(driver, item_of("a", expires_ms=5), logged=True)

    await create(driver, item_of("a", 1000), logged=True, now_ms=5)

    told = [(change.old is None, change.new is None, change.version) for change in await all_changes(driver)]
    assert told == [(True, False, 1), (False, True, 2), (True, False, 1000)]


@pytest.mark.parametrize("segments", [1, 3])
async def test_segments_are_disjoint_and_complete(driver: SqliteDriver, segments: int) -> None:
    await create(driver, *(item_of(f"s{number % 3}", pk=f"p{number // 3}", expires_ms=1) for number in range(60)))

    walked: list[Item] = []
    for segment in range(segments):
        after = None
        while batch := await driver.walk(segment, segments, after=after, limit=7):
            walked, after = [*walked, *batch], ItemKey(batch[-1].pk, batch[-1].sk)

    assert sorted((item.pk, item.sk) for item in walked) == sorted((f"p{n // 3}", f"s{n % 3}") for n in range(60))
    assert all(item.index_keys for item in walked)


async def test_an_item_twice_in_a_list_is_refused(driver: SqliteDriver) -> None:
    with pytest.raises(Invalid, match="two actions"):
        await driver.write(
            [Put(item=item_of("a"), expect=NEW), Check(key=ItemKey("p", "a"), expect=NEW)], tenant="t", now_ms=0
        )

    assert await sort_keys(driver) == []


async def test_a_predicate_without_an_order_undoes_its_list(driver: SqliteDriver) -> None:
    await create(driver, item_of("a", tags=["x"]))
    order = Expect(present=True, where=(Predicate("tags", "lt", driver.codec.encode_field(["y"])),))

    with pytest.raises(Invalid, match="order"):
        await driver.write([Check(key=ItemKey("p", "a"), expect=order)], tenant="acme", now_ms=0)
