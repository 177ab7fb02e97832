"""Copying a table: in the end the target is the source, whoever writes meanwhile and wherever it was interrupted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from entaku.core.errors import Conflict, Internal
from entaku.table import BoundTable, Model, Table, Transaction, add, changed, idempotency_key
from entaku.table.driver import Driver
from entaku.table.moving.copying import Copied, copy_table
from entaku.table.moving.marks import unfinished
from entaku.testing import ManualClock
from tests.engines import yield_once
from tests.table.entities import Account, Note, OldPaper, Paper, Site
from tests.table.places import Places, Stopped, busy, losing, stopping, walked


@pytest.fixture
async def places(
    engine: str, tmp_path: Path, model: Model, clock: ManualClock, is_storm: bool
) -> AsyncIterator[Places]:
    made = Places(engine, tmp_path, model, clock, is_storm=is_storm)
    yield made
    await made.close()


@pytest.fixture
async def filled(table: Table, older: BoundTable) -> None:
    for tenant_id in ("acme", "globex"):
        for n in range(20):
            await table.for_tenant(tenant_id).create(Note(book="b", id=f"{n}", stars=n))
        await table.platform.create(Site(id=tenant_id))
    await older.create(OldPaper(id="1", name="on tables"))


async def copy(places: Places, source: Driver, target: Driver, name: str = "here") -> Copied:
    return await copy_table(source, target, places.model, source_name=name, clock=places.clock, sleep=yield_once)


@pytest.mark.usefixtures("filled")
async def test_the_target_is_the_source_in_the_end(driver: Driver, places: Places) -> None:
    target = await places.empty()

    copied = await copy(places, driver, target)

    assert await walked(target) == await walked(driver)
    assert (copied.items, copied.is_compared) == (len(await walked(driver)), True)


@pytest.mark.usefixtures("filled")
@pytest.mark.engine("dynamodb")
async def test_a_table_goes_to_another_engine_and_back(driver: Driver, places: Places, acme: BoundTable) -> None:
    laptop, back = await places.empty("sqlite"), await places.empty()
    await acme.replace(await acme.get(Paper.at(id="1")))  # in today's shape, which it would get on the way

    await copy(places, driver, laptop)
    await copy(places, laptop, back)

    assert await walked(back) == await walked(driver)


@pytest.mark.usefixtures("filled")
@pytest.mark.engine("dynamodb")
async def test_what_is_older_than_the_program_is_upgraded_on_the_way_to_another_engine(
    driver: Driver, places: Places
) -> None:
    laptop = await places.empty("sqlite")

    await copy(places, driver, laptop)

    paper = await places.table(laptop).for_tenant("acme").get(Paper.at(id="1"))
    assert (paper.title, paper.stored and paper.stored.schema) == ("On Tables", 2)


@pytest.mark.engine("dynamodb")
async def test_what_was_answered_before_a_move_is_answered_again_and_can_be_changed(
    driver: Driver, places: Places
) -> None:
    laptop = await places.empty("sqlite")

    async def write(tx: Transaction) -> Note:
        return tx.create(Note(book="b", id="1", text="x"))

    async def request(table: Table) -> Note:
        return await table.for_tenant("acme").run(write, answer=Note, idempotency=idempotency_key("once", b""))

    first = await request(places.table(laptop))
    target = await places.empty()
    await copy(places, laptop, target)

    again = await request(places.table(target))

    assert (again, again.version) == (first, first.version)
    assert (await places.table(target).for_tenant("acme").replace(changed(again, text="y"))).text == "y"


@pytest.mark.usefixtures("filled")
async def test_what_is_written_meanwhile_is_in_the_target_too(
    driver: Driver, places: Places, acme: BoundTable, table: Table
) -> None:
    target = await places.empty()
    turns = iter(range(5))

    async def write() -> None:
        turn = next(turns, None)
        if turn == 0:
            await acme.patch(Note.at(book="b", id="0"), text="later")
            await acme.delete(await acme.get(Note.at(book="b", id="1")))
            await table.platform.delete(await table.platform.get(Site.at(id="globex")))
        elif turn is not None:
            await acme.create(Account(id=f"{turn}"))

    copied = await copy(places, busy(driver, write), target)

    assert await walked(target) == await walked(driver)
    assert copied.is_compared


@pytest.mark.usefixtures("filled")
async def test_a_copy_follows_until_it_is_told_to_end(driver: Driver, places: Places, acme: BoundTable) -> None:
    target, until = await places.empty(), asyncio.Event()
    rounds = 0

    async def wait(seconds: float) -> None:
        nonlocal rounds
        rounds += 1
        if rounds < 4:
            await acme.patch(Note.at(book="b", id="0"), stars=add(1))
        elif rounds > 8:
            until.set()
        await asyncio.sleep(0)

    await copy_table(driver, target, places.model, source_name="here", clock=places.clock, until=until, sleep=wait)

    assert await walked(target) == await walked(driver)
    assert (await acme.get(Note.at(book="b", id="0"))).stars == 3


@pytest.mark.usefixtures("filled")
async def test_an_interrupted_copy_shows_no_tenant_and_is_finished_by_repeating_it(
    driver: Driver, places: Places, acme: BoundTable
) -> None:
    target = await places.empty()

    with pytest.raises(Stopped):
        await copy(places, driver, stopping(target, at_load=2))
    assert await places.table(target).platform.find(Site.at(id="acme")) is None
    await acme.delete(await acme.get(Note.at(book="b", id="1")))
    await acme.patch(Note.at(book="b", id="2"), text="later")
    await copy(places, driver, target)

    assert await walked(target) == await walked(driver)


@pytest.mark.usefixtures("filled")
async def test_a_table_that_is_not_whole_is_neither_copied_nor_mixed(
    driver: Driver, places: Places, acme: BoundTable
) -> None:
    target, other = await places.empty(), await places.empty()
    with pytest.raises(Stopped):
        await copy(places, driver, stopping(target, at_load=2))

    with pytest.raises(Conflict, match="unfinished copy of here"):
        await copy(places, driver, target, name="elsewhere")
    with pytest.raises(Conflict, match="not whole yet"):
        await copy(places, target, other)
    with pytest.raises(Conflict, match="not empty"):
        await copy(places, other, driver)


@pytest.mark.usefixtures("filled")
async def test_an_item_that_was_copied_wrongly_is_copied_again(driver: Driver, places: Places) -> None:
    target = await places.empty()

    await copy(places, driver, losing(target, loads=1))

    assert await walked(target) == await walked(driver)


@pytest.mark.usefixtures("filled")
async def test_a_target_that_keeps_losing_items_is_not_called_a_copy(driver: Driver, places: Places) -> None:
    target = await places.empty()

    with pytest.raises(Internal, match="tables differ"):
        await copy(places, driver, losing(target, loads=1000))

    assert await unfinished(target, yield_once) == ["COPY"]
