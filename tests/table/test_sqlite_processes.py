"""Several writers of one file: other processes, other programs, processes that die."""

from __future__ import annotations

import asyncio
import fcntl
import multiprocessing
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import apsw
import pytest
import pytest_asyncio

from entaku.core.errors import Unavailable
from entaku.table.driver import (
    Driver,
    Expect,
    ItemKey,
    Patch,
    Put,
    Range,
    Refused,
)
from entaku.table.drivers.sqlite import SqliteDriver, open_sqlite
from entaku.table.drivers.sqlite.writer import LOG_PAGES_MAX
from tests.table.sqlite_samples import AT, THERE, all_changes, create, find, item_of, log_bytes, open_table, sort_keys

pytestmark = pytest.mark.thorough


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "table.db"


@pytest_asyncio.fixture
async def driver(path: Path) -> AsyncIterator[SqliteDriver]:
    opened = await open_table(path, writers_wait_s=0.2)
    yield opened
    await opened.close()


@pytest.mark.parametrize("lock", ["lock", "turn"])
async def test_a_lock_that_others_keep_makes_writes_unavailable(driver: SqliteDriver, path: Path, lock: str) -> None:
    with _kept(Path(f"{path}.{lock}")):
        answers = await asyncio.gather(*(create(driver, item_of(sk)) for sk in "ab"), return_exceptions=True)

    assert [isinstance(answer, Unavailable) and not answer.outcome_unknown for answer in answers] == [True, True]
    await create(driver, item_of("c"))
    assert await sort_keys(driver) == ["c"]


async def test_a_foreign_writer_makes_writes_unavailable_and_reads_go_on(driver: SqliteDriver, path: Path) -> None:
    await create(driver, item_of("a"))
    foreign = apsw.Connection(str(path))
    foreign.execute("BEGIN IMMEDIATE")

    with pytest.raises(Unavailable, match="another program"):
        await create(driver, item_of("b"))
    assert await sort_keys(driver) == ["a"]

    foreign.close()
    await create(driver, item_of("b"))
    assert await sort_keys(driver) == ["a", "b"]


async def test_the_generation_moves_with_every_commit_of_anybody(driver: SqliteDriver, path: Path) -> None:
    other = await open_table(path)
    seen = [driver.generation()]

    for writer, sk in ((driver, "a"), (other, "b"), (driver, "c")):
        await create(writer, item_of(sk))
        seen.append(driver.generation())

    assert len(set(seen)) == len(seen)
    await other.close()


async def test_the_log_does_not_grow_without_end_beside_readers_and_another_process(path: Path) -> None:
    drivers = [await open_table(path) for _ in range(2)]
    bound = LOG_PAGES_MAX * 8192
    text, written, versions = "x" * 390_000, 0, 2
    await create(drivers[0], *(item_of(f"{number}", text="") for number in range(5)))

    while written < 2 * bound:
        for driver in drivers:
            puts = [Put(item=item_of(f"{number}", versions, text=text), expect=THERE) for number in range(5)]
            await asyncio.gather(driver.write(puts, tenant="acme", now_ms=0), sort_keys(drivers[0]))
            written, versions = written + 5 * len(text), versions + 1

    assert log_bytes(path) < bound
    for driver in drivers:
        await driver.close()


def _count_up(path: Path, rounds: int, out: Connection) -> None:
    """In a process of its own: four tasks raise one counter, each so many times, and report the versions they made."""

    async def task(driver: SqliteDriver, won: list[int]) -> None:
        mine = 0
        while mine < rounds:
            item = await find(driver, "counter")
            assert item is not None
            key, expect = ItemKey("p", "counter"), Expect(present=True, version=item.version)
            one = driver.codec.encode_field(1)
            patch = Patch(key=key, expect=expect, write_id="w", updated_at=AT, add={"count": one}, logged=True)
            try:
                await driver.write([patch], tenant="acme", now_ms=0)
            except Refused:
                continue
            won.append(item.version + 1)
            mine += 1

    async def main() -> list[int]:
        driver, won = await open_sqlite(path), list[int]()
        await asyncio.gather(*(task(driver, won) for _ in range(4)))
        return won  # and forgets to close

    out.send(asyncio.run(main()))


async def test_every_version_has_one_winner_among_two_processes(driver: SqliteDriver, path: Path) -> None:
    await create(driver, item_of("counter", count=0))
    processes = [_start(_count_up, path, 25) for _ in range(2)]

    won = [version for process, results in processes for version in await asyncio.to_thread(results.recv)]

    for process, _ in processes:
        await asyncio.to_thread(process.join)
        assert process.exitcode == 0
    counter = await find(driver, "counter")
    assert counter is not None
    assert (counter.version, driver.codec.fields(counter.data)) == (201, {"count": 200})
    assert sorted(won) == list(range(2, 202))
    assert [change.version for change in await all_changes(driver)] == list(range(2, 202))


def _write_pairs(path: Path, out: Connection) -> None:
    """In a process of its own, until it is killed: write two items at a time, and report each pair that is answered."""

    async def main() -> None:
        driver = await open_sqlite(path)
        for number in range(1_000_000):
            await create(driver, item_of(f"{number:06d}", pk="left"), item_of(f"{number:06d}", pk="right"))
            out.send(number)

    asyncio.run(main())


async def test_a_killed_process_leaves_no_half_list_and_loses_no_answered_one(driver: SqliteDriver, path: Path) -> None:
    seen = []
    for kills, enough in enumerate((3, 40, 150)):
        at = path.with_name(f"killed{kills}.db")
        survivor = await open_table(at)
        process, acknowledged = _start(_write_pairs, at)
        while await asyncio.to_thread(acknowledged.recv) < enough:
            pass

        process.kill()
        await asyncio.to_thread(process.join)

        await create(survivor, item_of("writes go on"))
        seen.append([await _partition(survivor, pk) for pk in ("left", "right")])
        assert seen[-1][0] == seen[-1][1]
        assert len(seen[-1][0]) > enough
        await survivor.close()


@contextmanager
def _kept(lock: Path) -> Iterator[None]:
    """As another process would keep it: `flock` goes by open file, not by process."""
    with lock.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


async def _partition(driver: Driver, pk: str) -> list[str]:
    return [item.sk for item in (await driver.query([Range(pk=pk, limit=100_000)], now_ms=0))[0].items]


def _start(target: Any, *arguments: Any) -> tuple[Any, Connection]:
    spawn = multiprocessing.get_context("spawn")
    results, out = spawn.Pipe(duplex=False)
    process = spawn.Process(target=target, args=(*arguments, out), daemon=True)
    process.start()
    out.close()
    return process, results
