"""The storm: what it may do to a call, and what it never does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from entaku.core.errors import Unavailable
from entaku.table.driver import Driver, IndexKey, ItemKey, Range
from entaku.testing import CountingDriver, Mishap, Storm
from entaku.testing.weather import FAILURES_IN_A_ROW_MAX
from tests.engines import ENGINES
from tests.table.raw_items import NOW, PRESENT, Raw, delete


@pytest.fixture
async def engine_driver(engine: str, tmp_path: Path) -> AsyncIterator[Driver]:
    opened = await ENGINES[engine](tmp_path)
    await opened.create_table(1)
    yield opened
    await opened.close()


@pytest.mark.parametrize(
    ("mishap", "is_there", "is_unknown"),
    [
        (Mishap.THROTTLED, False, False),
        (Mishap.COLLIDED, False, False),
        (Mishap.REQUEST_LOST, False, True),
        (Mishap.ANSWER_LOST, True, True),
    ],
)
async def test_a_mishap_does_what_it_says(
    engine_driver: Driver, mishap: Mishap, is_there: bool, is_unknown: bool
) -> None:
    storm = Storm(engine_driver, seed=1, percent=0)
    raw = Raw(storm)
    storm.next_writes(mishap)

    with pytest.raises(Unavailable) as failed:
        await raw.write(raw.put("a"))

    assert failed.value.outcome_unknown == is_unknown
    assert ((await raw.read("a")) != [None]) == is_there


async def test_failures_in_a_row_end(engine_driver: Driver) -> None:
    storm = Storm(engine_driver, seed=1, percent=100)

    for _ in range(FAILURES_IN_A_ROW_MAX):
        with pytest.raises(Unavailable):
            await storm.read([ItemKey("P", "a")], now_ms=NOW)
    assert await storm.read([ItemKey("P", "a")], now_ms=NOW) == [None]


@pytest.mark.parametrize("seed", range(5))
async def test_an_index_shows_each_item_as_it_is_or_as_it_was(engine_driver: Driver, seed: int) -> None:
    storm = Storm(engine_driver, seed=seed, percent=0)
    raw = Raw(storm)
    await raw.write(raw.put("a", n=1, index_keys=(IndexKey(1, "I", "one"),)))
    await raw.write(raw.put("a", n=2, expect=PRESENT, index_keys=(IndexKey(1, "I", "two"),)))
    await raw.write(delete("a"))

    seen: set[tuple[str, int]] = set()
    for _ in range(20):
        (stretch,) = await storm.query([Range(pk="I", index=1, limit=5)], now_ms=NOW)
        seen |= {(sk, raw.fields(item).n) for sk, item in zip(stretch.positions, stretch.items, strict=True)}
        assert len(stretch.items) <= 1
    assert seen == {("one", 1), ("two", 2)}

    storm.settle()
    assert await raw.sks(Range(pk="I", index=1, limit=5)) == []


async def test_the_table_itself_never_lags(engine_driver: Driver) -> None:
    storm = Storm(engine_driver, seed=1, percent=0)
    raw = Raw(storm)

    for n in range(20):
        await raw.write(raw.put(f"{n:02d}"))
        assert len(await raw.sks(Range(pk="P", limit=50))) == n + 1


async def test_calls_are_counted_by_method(engine_driver: Driver) -> None:
    counting = CountingDriver(engine_driver)
    raw = Raw(counting)
    await raw.write(raw.put("a"), raw.put("b"))
    await raw.read("a", "b", "c")
    snapshot = await counting.begin_snapshot()
    await snapshot.read([ItemKey("P", "a")], now_ms=NOW)
    await snapshot.close()

    assert counting.calls == {"write": 1, "read": 2, "begin_snapshot": 1}
    assert (counting.keys_read, counting.actions_written) == (4, 2)
