"""Following the table: whoever keeps something in memory hears of every change, whatever else is in the log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from entaku.core.clock import to_ms
from entaku.table import EntityChange, Model, Table, Tail
from entaku.table.driver import Expect, Item, Put
from entaku.table.drivers.sqlite import SqliteDriver, open_sqlite
from entaku.testing import ManualClock
from tests.table.entities import Note

pytestmark = pytest.mark.engine("sqlite")

HEARD = list[EntityChange | None]


@pytest.fixture
async def engine_followed(model: Model, tmp_path: Path) -> AsyncIterator[SqliteDriver]:
    opened = await open_sqlite(tmp_path / "followed.db")
    await opened.create_table(model.index_count)
    yield opened
    await opened.close()


async def following(engine: SqliteDriver, model: Model) -> tuple[Tail, HEARD]:
    tail, heard = Tail(engine, engine, model), HEARD()
    tail.listen(["NOTE"], heard.append)
    await tail.catch_up()
    heard.clear()
    return tail, heard


async def test_every_change_is_told_in_order_and_once(
    engine_followed: SqliteDriver, model: Model, clock: ManualClock
) -> None:
    tail, heard = await following(engine_followed, model)
    acme = Table(engine_followed, model, secret=b"cursors of tests only", clock=clock).for_tenant("acme")
    for name in "abc":
        await acme.create(Note(book="b", id=name))

    await tail.catch_up()
    await tail.catch_up()

    assert [change and change.entity.id for change in heard] == ["a", "b", "c"]


async def test_a_change_that_only_a_newer_program_can_read_lets_everything_be_forgotten_and_hides_no_other(
    engine_followed: SqliteDriver, model: Model, clock: ManualClock
) -> None:
    tail, heard = await following(engine_followed, model)
    strange = Item(
        "TENANT#acme#BOOK#b",
        "NOTE#z",
        "NOTE",
        99,
        '{"unknown":1}',
        1,
        "w",
        "2026-01-01T00:00:00.000Z",
        "2026-01-01T00:00:00.000Z",
    )
    put = Put(item=strange, expect=Expect(present=False), logged=True)
    await engine_followed.write([put], tenant="acme", now_ms=to_ms(clock.now()))
    acme = Table(engine_followed, model, secret=b"cursors of tests only", clock=clock).for_tenant("acme")
    await acme.create(Note(book="b", id="after"))

    await tail.catch_up()

    assert [change and change.entity.id for change in heard] == [None, "after"]
